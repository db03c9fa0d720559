/** Owns which parts of plotly we draw with; a chunk of its own, fetched with the first chart. */
import * as bar from 'plotly.js/lib/bar';
import * as box from 'plotly.js/lib/box';
import * as contour from 'plotly.js/lib/contour';
import * as core from 'plotly.js/lib/core';
import * as parcoords from 'plotly.js/lib/parcoords';

core.register([bar, box, contour, parcoords]);

export default core;
