import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import type { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeServer, fakeLab, summaryOf } from '../../__tests__/fakes';
import { recordingCommands } from '../../__tests__/screen';
import type { IRunSelection } from '../../api/tokens';
import { CommandIds } from '../../commands';
import { linksPlugin } from '../plugin';

let executed: unknown[];
let commands: CommandRegistry;
let selected: IRunSelection;
let routed: Signal<object, void>;

beforeEach(() => {
  executed = [];
  commands = recordingCommands(executed, [CommandIds.copyLink]);
  selected = { selected: [], selectionChanged: new Signal({}) };
  routed = new Signal({});
  window.history.replaceState(null, '', '/user/ada/lab');
});

async function started(): Promise<void> {
  const app = { commands, restored: Promise.resolve() } as unknown as JupyterFrontEnd;
  void linksPlugin.activate(app, fakeLab(new FakeServer()), selected, null, { routed });
  await new Promise(resolve => setTimeout(resolve, 0));
}

describe('links', () => {
  it('open the page of a run, and leave the address without it', async () => {
    window.history.replaceState(null, '', '/user/ada/lab?reset&mlops-lab=run:a1#x');
    await started();
    expect(executed).toEqual([[CommandIds.openRun, { runId: 'a1' }]]);
    expect(window.location.href).toMatch(/\/user\/ada\/lab\?reset#x$/);
  });

  it('open a comparison with its baseline', async () => {
    window.history.replaceState(null, '', '/lab/workspaces/w?mlops-lab=compare:a1,b2:b2');
    await started();
    const args = { runIds: ['a1', 'b2'], baseline: 'b2' };
    expect(executed).toEqual([[CommandIds.compareRuns, args]]);
  });

  it('are opened once, though JupyterLab writes the address again', async () => {
    const address = '/lab/workspaces/auto-1?mlops-lab=run:a1';
    window.history.replaceState(null, '', address);
    await started();
    window.history.replaceState(null, '', address);
    routed.emit();
    await new Promise(resolve => setTimeout(resolve, 0));
    expect(executed).toHaveLength(1);
    expect(window.location.search).toBe('');
  });

  it('say that they are broken', async () => {
    const told = vi.spyOn(Notification, 'error').mockReturnValue('');
    window.history.replaceState(null, '', '/lab?mlops-lab=run:');
    await started();
    expect(executed).toEqual([]);
    expect(told.mock.calls[0]?.[0]).toContain('cannot be read');
  });

  it('are copied for the runs that are named or selected', async () => {
    vi.spyOn(Notification, 'info').mockReturnValue('');
    vi.spyOn(PageConfig, 'getShareUrl').mockReturnValue('/hub/user-redirect/');
    const copied = vi.spyOn(Clipboard, 'copyToSystem').mockReturnValue();
    await started();
    expect(commands.isEnabled(CommandIds.copyLink)).toBe(false);
    await commands.execute(CommandIds.copyLink, { runIds: ['a1'] });
    Object.assign(selected, { selected: [summaryOf('a1'), summaryOf('b2')] });
    await commands.execute(CommandIds.copyLink);
    const page = `${window.location.origin}/hub/user-redirect/lab`;
    expect(copied.mock.calls).toEqual([
      [`${page}?mlops-lab=run:a1`],
      [`${page}?mlops-lab=compare:a1,b2`]
    ]);
  });
});
