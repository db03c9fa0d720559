/** Owns the sidebar as tests open it: on a server of three runs, with tools that only write down. */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { onTestFinished, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, pageOf, summaryOf } from '../../__tests__/fakes';
import { recordingCommands, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { Desk, Follower } from '../desk';
import { RunsModel } from '../model';
// What the widget loads when it is first seen is here at once, so that no test waits for it.
import '../panel';
import { Preferences } from '../preferences';
import type { IRunTools } from '../runTools';
import { RunsPanel } from '../sidebar';

export class PanelWorld {
  constructor() {
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
    vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(300);
  }

  readonly executed: unknown[] = [];
  readonly inserted: string[] = [];
  readonly preferences = new Preferences();
  readonly feed = new FakeFeed();
  readonly server = new FakeServer()
    .on('GET runs', pageOf(['a', 'b', 'c'].map(id => summaryOf(id))))
    .on('GET names', { names: [{ name: 'auc', count: 3 }] })
    .on('GET glances', { glances: [] })
    .on('GET experiments', { experiments: [] });
  readonly desk = new Desk();
  readonly lab = fakeLab(this.server, this.feed);
  readonly model = new RunsModel(this.lab);

  /** The sidebar as JupyterLab attaches it. */
  async opened(): Promise<HTMLElement> {
    const { lab, model, desk, preferences } = this;
    const insert = (code: string): Promise<void> => Promise.resolve(void this.inserted.push(code));
    const inserter = { isOpen: true, insert, addCell: insert };
    const follower = new Follower({
      notebooks: null,
      contents: { driveName: () => '', localPath: path => path },
      onScope: () => undefined
    });
    const tools = this._tools();
    const panel = new RunsPanel({ lab, model, desk, preferences, follower, tools, inserter });
    onTestFinished(async () => act(async () => panel.dispose()));
    await act(async () => {
      Widget.attach(panel, document.body);
      MessageLoop.flush();
    });
    await until(() => !panel.node.querySelector('.jp-MlopsLab-skeleton'), 'the first answer');
    return panel.node;
  }

  private _tools(): IRunTools {
    const { executed, preferences, lab } = this;
    const commands = recordingCommands(executed);
    return {
      client: lab.client,
      rendermime: null,
      run: (id, args = {}) => void commands.execute(id, args as ReadonlyPartialJSONObject),
      open: id => void commands.execute(CommandIds.openRun, { runId: id }),
      sort: order => void preferences.setList({ order }),
      rename: (id, name) => void commands.execute(CommandIds.renameRun, { runId: id, name }),
      pin: ids => void commands.execute(CommandIds.pinRun, { runIds: [...ids] }),
      undo: async () => void executed.push('undo'),
      setTag: async () => undefined,
      removeTag: async () => undefined,
      setNote: async () => undefined,
      showMenu: () => undefined
    };
  }
}

export const rowsOf = (node: HTMLElement): HTMLElement[] => [
  ...node.querySelectorAll<HTMLElement>('[role=treeitem]')
];
