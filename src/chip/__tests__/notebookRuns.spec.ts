import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  experimentOf,
  FakeFeed,
  FakeServer,
  fakeLab,
  pageOf,
  summaryOf
} from '../../__tests__/fakes';
import type { RunSummary } from '../../api/types';
import { NotebookRuns } from '../notebookRuns';

let feed: FakeFeed;
let runs: RunSummary[];
let server: FakeServer;

const PATH = 'work/train.ipynb';

beforeEach(() => {
  feed = new FakeFeed();
  runs = [];
  server = new FakeServer()
    .on('GET runs', ({ path }: { path: string }) => {
      const query = new URLSearchParams(path.split('?')[1]);
      const parent = query.get('parent');
      const isIn = (run: RunSummary): boolean =>
        parent === null || run.parent_run_id === (parent === 'none' ? null : parent);
      const found = runs.filter(
        run => isIn(run) && run.notebook_path === (query.get('notebook') ?? run.notebook_path)
      );
      return pageOf(found.slice(0, Number(query.get('limit'))));
    })
    .on('GET experiments/train', experimentOf('train'));
});

function run(id: string, at: number, more: Partial<RunSummary> = {}): RunSummary {
  return summaryOf(id, { started_at: at, ...more });
}

async function opened(): Promise<NotebookRuns> {
  const model = new NotebookRuns({ ...fakeLab(server, feed), path: PATH });
  model.isActive = true;
  await model.ready;
  return model;
}

describe('NotebookRuns', () => {
  it('knows the newest run of each cell, and the one before', async () => {
    runs = [
      run('c', 3, { cell_id: 'two' }),
      run('b', 2),
      run('a', 1),
      run('0', 0),
      run('x', 9, { notebook_path: 'other.ipynb' })
    ];
    const model = await opened();
    const one = model.byCell.get('cell-1');
    expect([one?.run.id, one?.previous?.id]).toEqual(['b', 'a']);
    expect(model.byCell.get('two')?.previous).toBeNull();
    expect(model.experiment('train')?.best).toBe(0.8);
  });

  it('takes no trial for the run of its cell, but a cell of a tracked session', async () => {
    runs = [
      run('t', 5, { parent_run_id: 'search' }),
      run('search', 4, { children: 1 }),
      run('s', 3, { parent_run_id: 'session', cell_id: 'two' }),
      run('session', 2, { cell_id: null, children: 1 })
    ];
    const model = await opened();
    expect(model.byCell.get('cell-1')?.run.id).toBe('search');
    expect(model.byCell.get('two')?.run.id).toBe('s');
  });

  it('learns of a new run, and asks once about those of other notebooks', async () => {
    const model = await opened();
    runs = [run('a', 1)];
    feed.move('run', 'a');
    await vi.waitFor(() => expect(model.byCell.get('cell-1')?.run.id).toBe('a'));
    feed.move('run', 'elsewhere');
    const before = server.seen.length;
    await vi.waitFor(() => expect(server.seen.length).toBeGreaterThan(before));
    const after = server.seen.length;
    feed.move('run', 'elsewhere');
    feed.move('run', 'a');
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(server.seen).toHaveLength(after);
  });

  it('looks anew at where runs stand when one has ended', async () => {
    const model = await opened();
    server.on('GET experiments/train', experimentOf('train', { best: 0.9 }));
    await model.noteEnd(run('a', 1));
    expect(model.experiment('train')?.best).toBe(0.9);
    expect(model.byCell.get('cell-1')?.run.id).toBe('a');
  });

  it('reads all anew after changes were missed', async () => {
    const model = await opened();
    runs = [run('a', 1)];
    feed.resync.emit();
    await vi.waitFor(() => expect(model.byCell.size).toBe(1));
  });
});
