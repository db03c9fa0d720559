/** Owns the list of our plugins. */
import { apiPlugin } from './api/plugin';
import { comparePlugin } from './compare/plugin';
import { jobsPlugin } from './jobs/plugin';
import { promotePlugin } from './promote/plugin';
import { trackingPlugin } from './tracking/plugin';

export default [apiPlugin, trackingPlugin, comparePlugin, promotePlugin, jobsPlugin];
