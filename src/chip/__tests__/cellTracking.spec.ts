import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, NotebookModel, type NotebookPanel } from '@jupyterlab/notebook';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { trans } from '../../__tests__/fakes';
import { loadAndRun, toggleTracking } from '../cellTracking';

let model: NotebookModel;
let panel: NotebookPanel;
let told: unknown[][];
let ran: readonly Cell[][];
let asked: unknown[];
let reply: Record<string, unknown>;

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
  const kernel = {
    requestExecute: (request: unknown) => {
      asked.push(request);
      return { done: Promise.resolve({ content: reply }) };
    }
  };
  const sessionContext = { session: { kernel } };
  panel = { content, sessionContext } as unknown as NotebookPanel;
}

beforeEach(() => {
  told = [];
  ran = [];
  asked = [];
  reply = { status: 'ok' };
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

describe('loadAndRun', () => {
  const run = (index: number): Promise<string | null> =>
    loadAndRun(panel, panel.content.widgets[index] as unknown as Cell, trans);
  const executed = (): unknown[] => ran.flat().map(cell => cell.model.sharedModel.getSource());

  it('loads silently where a cell of the notebook loads, and runs the cell', async () => {
    open('%load_ext mlops_lab', '%%track\nx = 1');
    expect(await run(1)).toBeNull();
    expect(asked).toMatchObject([
      { code: '%load_ext mlops_lab', silent: true, store_history: false }
    ]);
    expect(executed()).toEqual(['%%track\nx = 1']);
    expect(sources()).toHaveLength(2);
    expect(told).toEqual([]);
  });

  it('puts the cell that loads where none does, and takes that alone back', async () => {
    open('%%track\nx = 1');
    await run(0);
    expect(executed()).toEqual(['%%track\nx = 1']);
    expect(sources()).toEqual(['%load_ext mlops_lab', '%%track\nx = 1']);
    const [, options] = told[0] as [string, { actions: { callback: () => void }[] }];
    options.actions[0]?.callback();
    expect(sources()).toEqual(['%%track\nx = 1']);
  });

  it('tells what the kernel said, and runs nothing', async () => {
    open('%%track\nx = 1');
    reply = { status: 'error', ename: 'ModuleNotFoundError', evalue: 'No module named x' };
    expect(await run(0)).toBe('ModuleNotFoundError: No module named x');
    expect([executed(), sources().length]).toEqual([[], 1]);
  });
});
