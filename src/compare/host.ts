/** Owns what a comparison needs of JupyterLab around it. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';

import type { CompareModel } from './model';

export interface IHosted {
  model: CompareModel;
  commands: CommandRegistry;
  rendermime: IRenderMimeRegistry | null;
  /** Puts code into the notebook that is open; null without one. */
  inserter: () => ((code: string) => void) | null;
}
