import { CommandRegistry } from '@lumino/commands';
import { expect, it, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab } from '../../__tests__/fakes';
import { CommandIds } from '../../commands';
import { runPlugin } from '../plugin';

it('opens a page without waiting for the answer of the server', async () => {
  const server = new FakeServer().on('GET runs/a', () => new Promise(() => undefined));
  const commands = new CommandRegistry();
  const shell = { add: vi.fn(), activateById: vi.fn() };
  const lab = fakeLab(server, new FakeFeed());
  const rest = [null, null, null, null, null, null];
  const activate = runPlugin.activate as (...args: unknown[]) => void;
  activate({ commands, shell, name: 'JupyterLab' }, lab, ...rest);
  await commands.execute(CommandIds.openRun, { runId: 'a' });
  expect(shell.add).toHaveBeenCalledOnce();
});
