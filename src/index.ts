/** Owns the list of our plugins. */
import { apiPlugin } from './api/plugin';
import { chipPlugin } from './chip/plugin';
import { chartCodePlugin } from './compare/charts/plugin';
import { comparePlugin } from './compare/plugin';
import { jobsPlugin } from './jobs/plugin';
import { linksPlugin } from './links/plugin';
import { promotePlugin } from './promote/plugin';
import { runPlugin } from './run/plugin';
import { trackingPlugin } from './tracking/plugin';

export default [
  apiPlugin,
  trackingPlugin,
  runPlugin,
  chipPlugin,
  comparePlugin,
  chartCodePlugin,
  promotePlugin,
  jobsPlugin,
  linksPlugin
];
