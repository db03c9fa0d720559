/** Owns the plugin that opens the connection which all features share. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ChangeFeed } from './changes';
import { LabClient } from './client';
import { ILab } from './tokens';

const SETTINGS_ID = 'mlops-lab:plugin';

export const apiPlugin: JupyterFrontEndPlugin<ILab> = {
  id: 'mlops-lab:api',
  description: 'Gives access to the MLOps Lab routes of the server and to its changes.',
  autoStart: true,
  provides: ILab,
  optional: [ITranslator, IEditorLanguageRegistry, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null,
    settings: ISettingRegistry | null
  ): ILab => {
    void translateSettings(settings, translator);
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

/**
 * Have the settings shown in the language of the reader: among all settings, which JupyterLab reads
 * at its start, those of extensions are in English; alone, the server translates them.
 */
async function translateSettings(
  settings: ISettingRegistry | null,
  translator: ITranslator | null
): Promise<void> {
  if (!settings || !translator || translator.languageCode.startsWith('en')) {
    return;
  }
  try {
    await settings.reload(SETTINGS_ID);
  } catch (error) {
    console.warn('MLOps Lab settings stay in English.', error);
  }
}
