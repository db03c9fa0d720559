/** Owns the plugin that opens the connection which all features share. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ChangeFeed } from './changes';
import { LabClient } from './client';
import { ILab } from './tokens';

export const apiPlugin: JupyterFrontEndPlugin<ILab> = {
  id: 'mlops-lab:api',
  description: 'Gives access to the MLOps Lab routes of the server and to its changes.',
  autoStart: true,
  provides: ILab,
  optional: [ITranslator, IEditorLanguageRegistry],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null
  ): ILab => {
    const trans = (translator ?? nullTranslator).load('mlops_lab');
    const { serviceManager } = app;
    const client = new LabClient({
      settings: serviceManager.serverSettings,
      trans,
      onUnreachable: () => changes.suspect()
    });
    const changes = new ChangeFeed(serviceManager, client);
    const highlight: ILab['highlight'] =
      languages &&
      ((code, element) => languages.highlight(code, languages.findBest('ipython'), element));
    return { client, changes, trans, highlight };
  }
};
