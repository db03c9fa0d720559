/** Owns our icons. */
import { LabIcon } from '@jupyterlab/ui-components';

import jobsSvg from '../style/icons/jobs.svg';
import productionizeSvg from '../style/icons/productionize.svg';
import compareSvg from '../style/icons/compare.svg';
import leftOutSvg from '../style/icons/leftOut.svg';
import runsSvg from '../style/icons/runs.svg';
import shownSvg from '../style/icons/shown.svg';
import trackSvg from '../style/icons/track.svg';

export const runsIcon = new LabIcon({ name: 'mlops-lab:runs', svgstr: runsSvg });
export const compareIcon = new LabIcon({ name: 'mlops-lab:compare', svgstr: compareSvg });
export const productionizeIcon = new LabIcon({
  name: 'mlops-lab:productionize',
  svgstr: productionizeSvg
});
export const jobsIcon = new LabIcon({ name: 'mlops-lab:jobs', svgstr: jobsSvg });
export const trackIcon = new LabIcon({ name: 'mlops-lab:track', svgstr: trackSvg });
export const shownIcon = new LabIcon({ name: 'mlops-lab:shown', svgstr: shownSvg });
export const leftOutIcon = new LabIcon({ name: 'mlops-lab:left-out', svgstr: leftOutSvg });
