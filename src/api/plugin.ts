/** Owns the plugin that opens the connection which all features share. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ChangeFeed } from './changes';
import { LabClient } from './client';
import { ILab } from './tokens';

export const apiPlugin: JupyterFrontEndPlugin<ILab> = {
  id: 'mlops-lab:api',
  description: 'Gives access to the MLOps Lab routes of the server and to its changes.',
  autoStart: true,
  provides: ILab,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): ILab => {
    const trans = (translator ?? nullTranslator).load('mlops_lab');
    const { serviceManager } = app;
    const client = new LabClient({ settings: serviceManager.serverSettings, trans });
    return { client, changes: new ChangeFeed(serviceManager, client), trans };
  }
};
