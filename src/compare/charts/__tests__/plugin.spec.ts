import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { describe, expect, it } from 'vitest';

import { FakeServer, fakeLab } from '../../../__tests__/fakes';
import { CommandIds } from '../../../commands';
import { chartCodePlugin } from '../plugin';

/** A notebook whose cells are their sources. */
class FakeNotebook {
  constructor(readonly sources: string[]) {}

  readonly id = 'notebook';
  readonly context = { ready: Promise.resolve() };
  readonly revealed = Promise.resolve();

  get content(): object {
    const { sources } = this;
    const sharedModel = {
      get cells() {
        return sources.map(source => ({ cell_type: 'code', getSource: () => source }));
      },
      transact: (change: () => void) => change(),
      insertCell: (at: number, cell: { source: string }) => sources.splice(at, 0, cell.source),
      deleteCell: (at: number) => sources.splice(at, 1)
    };
    return { activeCell: {}, activeCellIndex: 0, model: { sharedModel }, scrollToItem: () => {} };
  }
}

function commandsOf(current: FakeNotebook | null, made = new FakeNotebook([''])): CommandRegistry {
  const commands = new CommandRegistry();
  commands.addCommand('notebook:create-new', { describedBy: { args: {} }, execute: () => made });
  const app = { commands, shell: { activateById: () => {} } } as unknown as JupyterFrontEnd;
  const notebooks = { currentWidget: current } as unknown as INotebookTracker;
  void chartCodePlugin.activate(app, fakeLab(new FakeServer()), notebooks);
  return commands;
}

describe('the command that inserts code', () => {
  it('puts it below the active cell, or in place of an empty one', async () => {
    const notebook = new FakeNotebook(['a', 'b']);
    await commandsOf(notebook).execute(CommandIds.insertCode, { code: 'x' });
    expect(notebook.sources).toEqual(['a', 'x', 'b']);
    const blank = new FakeNotebook(['', 'b']);
    await commandsOf(blank).execute(CommandIds.insertCode, { code: 'x' });
    expect(blank.sources).toEqual(['x', 'b']);
  });

  it('makes a notebook where none is open', async () => {
    const made = new FakeNotebook(['']);
    await commandsOf(null, made).execute(CommandIds.insertCode, { code: 'x' });
    expect(made.sources).toEqual(['x']);
  });

  it('needs code', () => {
    const commands = commandsOf(null);
    expect(commands.isEnabled(CommandIds.insertCode)).toBe(false);
    expect(commands.isEnabled(CommandIds.insertCode, { code: 'x' })).toBe(true);
  });
});
