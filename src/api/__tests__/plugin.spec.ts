import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { nullTranslator, type ITranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { FakeServer } from '../../__tests__/fakes';
import { apiPlugin } from '../plugin';

function activate(languageCode: string): ReturnType<typeof vi.fn> {
  const reload = vi.fn(() => Promise.resolve({} as ISettingRegistry.ISettings));
  const signal = new Signal<object, unknown>({});
  const { settings: serverSettings } = new FakeServer();
  const app = {
    serviceManager: { serverSettings, events: { stream: signal }, connectionFailure: signal }
  } as unknown as JupyterFrontEnd;
  const translator: ITranslator = { languageCode, load: () => nullTranslator.load('mlops_lab') };
  void apiPlugin.activate(app, translator, null, { reload });
  return reload;
}

describe('the settings', () => {
  it('are read once more where the reader has another language than English', () => {
    expect(activate('fr_FR')).toHaveBeenCalledWith('mlops-lab:plugin');
  });

  it('cost English readers no request', () => {
    expect(activate('en')).not.toHaveBeenCalled();
    expect(activate('en_US')).not.toHaveBeenCalled();
  });
});
