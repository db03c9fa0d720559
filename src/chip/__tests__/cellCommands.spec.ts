import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import { NotebookModel, type INotebookTracker } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it } from 'vitest';

import { FakeServer, fakeLab, summaryOf } from '../../__tests__/fakes';
import { recordingCommands } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { addComparePrevious, addTrack, followActiveCell } from '../cellCommands';
import type { ICellRuns } from '../notebookRuns';

const { trackCell, comparePrevious, compareRuns } = CommandIds;

let commands: CommandRegistry;
let executed: unknown[];
let model: NotebookModel;
let runs: ICellRuns | undefined;
let activeCellChanged: Signal<object, Cell | null>;
let changed: string[];

beforeEach(() => {
  executed = [];
  commands = recordingCommands(executed, [trackCell, comparePrevious]);
  model = new NotebookModel();
  model.sharedModel.insertCells(0, [
    { cell_type: 'code', source: '%%track\nx = 1' },
    { cell_type: 'markdown', source: '# Title' }
  ]);
  runs = undefined;
  activeCellChanged = new Signal({});
  const currentWidget = { content: { model } };
  const notebooks = { currentWidget, activeCell: cellAt(0), activeCellChanged };
  const place = {
    app: { commands } as unknown as JupyterFrontEnd,
    lab: fakeLab(new FakeServer()),
    notebooks: notebooks as unknown as INotebookTracker,
    runsOf: () => runs
  };
  addTrack(place);
  addComparePrevious(place);
  followActiveCell(place);
  changed = [];
  commands.commandChanged.connect((_, { id }) => id && changed.push(id));
  activeCellChanged.connect((_, cell) => Object.assign(notebooks, { activeCell: cell }));
});

function cellAt(index: number): Cell {
  return { model: model.cells.get(index), isDisposed: false } as unknown as Cell;
}

describe('commands of the active cell', () => {
  it('show whether it is tracked', () => {
    expect(commands.isToggled(trackCell)).toBe(true);
    expect(commands.caption(trackCell)).toContain('no longer tracked');
    expect(commands.label(trackCell, { toolbar: true })).toBe('');
  });

  it('tell when its first line is edited, not with every stroke', () => {
    activeCellChanged.emit(cellAt(0));
    changed.length = 0;
    model.sharedModel.cells[0]?.setSource('%%track\nx = 12');
    expect(changed).toEqual([]);
    model.sharedModel.cells[0]?.setSource('x = 12');
    expect(changed).toContain(trackCell);
    expect(commands.isToggled(trackCell)).toBe(false);
  });

  it('are hidden where it is no code, or not in Python', () => {
    expect(commands.isVisible(trackCell)).toBe(true);
    model.sharedModel.setMetadata('language_info', { name: 'R' });
    expect(commands.isVisible(trackCell)).toBe(false);
    model.sharedModel.setMetadata('language_info', { name: 'python' });
    activeCellChanged.emit(cellAt(1));
    expect(commands.isVisible(comparePrevious)).toBe(false);
  });

  it('compare its last run with the one before, where there is one', async () => {
    expect(commands.isEnabled(comparePrevious)).toBe(false);
    runs = { run: summaryOf('b'), previous: null };
    expect(commands.isEnabled(comparePrevious)).toBe(false);
    runs = { run: summaryOf('b'), previous: summaryOf('a') };
    await commands.execute(comparePrevious);
    expect(executed).toEqual([[compareRuns, { runIds: ['a', 'b'] }]]);
  });
});
