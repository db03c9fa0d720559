import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, NotebookModel, type NotebookPanel } from '@jupyterlab/notebook';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/fakes';
import { toggleTracking } from '../cellTracking';

let model: NotebookModel;
let panel: NotebookPanel;
let told: unknown[][];
let ran: readonly Cell[][];

/** A notebook of these cells, with a widget for each, as far as our code looks at it. */
function open(...sources: string[]): void {
  model = new NotebookModel();
  model.sharedModel.insertCells(
    0,
    sources.map(source => ({ cell_type: 'code' as const, source }))
  );
  const content = {
    model,
    activeCellIndex: 0,
    get widgets() {
      return [...model.cells].map(item => ({ model: item, isDisposed: false }));
    }
  };
  const sessionContext = { session: { kernel: {} } };
  panel = { content, sessionContext } as unknown as NotebookPanel;
}

beforeEach(() => {
  told = [];
  ran = [];
  vi.spyOn(Notification, 'info').mockImplementation((...args) => {
    told.push(args);
    return '';
  });
  vi.spyOn(NotebookActions, 'runCells').mockImplementation(async (_, cells) => {
    ran = [...ran, [...cells]];
    return true;
  });
});

const sources = (): string[] => model.sharedModel.cells.map(cell => cell.getSource());

async function toggle(index: number): Promise<void> {
  await toggleTracking(panel, panel.content.widgets[index] as unknown as Cell, trans);
}

describe('toggleTracking', () => {
  it('puts the line in, and takes it out', async () => {
    open('%load_ext mlops_lab', 'x = 1');
    await toggle(1);
    expect(sources()).toEqual(['%load_ext mlops_lab', '%%track\nx = 1']);
    await toggle(1);
    expect(sources()).toEqual(['%load_ext mlops_lab', 'x = 1']);
    expect(told).toEqual([]);
  });

  it('loads the extension where no cell does, says so, and takes both back', async () => {
    open('import os', 'x = 1');
    await toggle(1);
    expect(sources()).toEqual(['%load_ext mlops_lab', 'import os', '%%track\nx = 1']);
    expect(ran.map(cells => cells[0]?.model.sharedModel.getSource())).toEqual([
      '%load_ext mlops_lab'
    ]);
    const [words, options] = told[0] as [string, { actions: { callback: () => void }[] }];
    expect(words).toContain('%load_ext mlops_lab');
    options.actions[0]?.callback();
    expect(sources()).toEqual(['import os', 'x = 1']);
  });
});
