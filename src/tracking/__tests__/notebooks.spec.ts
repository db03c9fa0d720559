import {
  NotebookActions,
  NotebookModel,
  type INotebookTracker,
  type Notebook
} from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { beforeEach, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/fakes';
import { makeInserter, type IInserter } from '../notebooks';

let model: NotebookModel;
let active: number;
let isWritable: boolean;
let inserter: IInserter;

const cells = (): [string, string][] =>
  model.sharedModel.cells.map(cell => [cell.cell_type, cell.getSource()]);

/** What JupyterLab does in a notebook that is drawn. */
function insertAt(notebook: Notebook, offset: number): void {
  const at = notebook.activeCellIndex + offset;
  // New cells are of another kind by default, as a user may have chosen.
  notebook.model?.sharedModel.insertCell(at, { cell_type: 'markdown' });
  notebook.activeCellIndex = at;
}

beforeEach(() => {
  vi.spyOn(NotebookActions, 'insertAbove').mockImplementation(one => insertAt(one, 0));
  vi.spyOn(NotebookActions, 'insertBelow').mockImplementation(one => insertAt(one, 1));
  vi.spyOn(NotebookActions, 'changeCellType').mockImplementation((notebook, kind) => {
    notebook.model?.sharedModel.deleteCell(notebook.activeCellIndex);
    notebook.model?.sharedModel.insertCell(notebook.activeCellIndex, {
      cell_type: kind as 'code'
    });
  });
  model = new NotebookModel();
  isWritable = true;
  active = 0;
  const content = {
    model,
    get activeCellIndex() {
      return active;
    },
    set activeCellIndex(index: number) {
      active = index;
    },
    get activeCell() {
      const cell = model.cells.get(active);
      return { model: cell, ready: Promise.resolve(), editor: null };
    }
  };
  const context = {
    model,
    get contentsModel() {
      return { writable: isWritable };
    }
  };
  const currentWidget = { content, context, title: { label: 'a.ipynb' } };
  inserter = makeInserter(
    { currentWidget } as unknown as INotebookTracker,
    new CommandRegistry(),
    { specs: null },
    trans
  );
});

it('leaves cells that are not code as they are, and makes one of code below', async () => {
  model.sharedModel.insertCell(0, { cell_type: 'markdown', source: '# Title' });
  await inserter.insert('%%track');
  expect(cells().slice(0, 2)).toEqual([
    ['markdown', '# Title'],
    ['code', '%%track\n']
  ]);
});

it('leaves a cell that must not be edited as it is', async () => {
  const metadata = { editable: false };
  model.sharedModel.insertCell(0, { cell_type: 'code', source: 'x = 1', metadata });
  await inserter.insert('%%track');
  expect(cells().slice(0, 2)).toEqual([
    ['code', 'x = 1'],
    ['code', '%%track\n']
  ]);
});

it('puts magics first and lines above into a cell of code', async () => {
  model.sharedModel.insertCell(0, { cell_type: 'code', source: 'x = 1' });
  await inserter.insert('%%track');
  expect(cells()[0]).toEqual(['code', '%%track\nx = 1']);
  await inserter.insert('import mlops_lab as lab');
  expect(cells()[0]).toEqual(['code', 'import mlops_lab as lab']);
  await inserter.addCell('y = 2');
  expect(cells()[1]).toEqual(['code', 'y = 2']);
});

it('changes nothing in a notebook that is read-only, and says so', async () => {
  model.sharedModel.insertCell(0, { cell_type: 'code', source: 'x = 1' });
  isWritable = false;
  const before = cells();
  await expect(inserter.insert('%%track')).rejects.toThrow('The notebook “a.ipynb” is read-only.');
  await expect(inserter.addCell('y = 2')).rejects.toThrow('read-only');
  expect(cells()).toEqual(before);
});
