/** Owns what the sidebar is made of. */
import type { ILab } from '../api/tokens';
import type { Desk, Follower } from './desk';
import type { RunsModel } from './model';
import type { IInserter } from './notebooks';
import type { Preferences } from './preferences';
import type { IRunTools } from './runTools';

export interface ISidebarOptions {
  lab: ILab;
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  follower: Follower;
  tools: IRunTools;
  inserter: IInserter | null;
}
