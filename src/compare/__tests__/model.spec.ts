import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { captureOf, FakeFeed, FakeServer, fakeLab, runOf, summaryOf } from '../../__tests__/fakes';
import type { Run } from '../../api/types';
import { CompareModel } from '../model';
import { MOST_COMPARED } from '../order';
import { COMPARISON, WHY } from './compared';

let server: FakeServer;
let feed: FakeFeed;
let runs: Run[];

beforeEach(() => {
  feed = new FakeFeed();
  runs = ['a', 'b', 'c'].map(id => runOf(summaryOf(id)));
  server = new FakeServer()
    .on('POST runs/batch-get', ({ body }) => {
      const ids = (body as { run_ids: string[] }).run_ids;
      const found = ids.flatMap(id => runs.find(run => run.summary.id === id) ?? []);
      return {
        runs: found,
        missing: ids.filter(id => !found.some(run => run.summary.id === id))
      };
    })
    .on('GET comparison', COMPARISON)
    .on('GET explanation', WHY);
  for (const id of ['a', 'b', 'c']) {
    server.on(`GET runs/${id}/capture`, captureOf(id));
  }
});

async function modelOf(...runIds: string[]): Promise<CompareModel> {
  const model = new CompareModel({ ...fakeLab(server, feed), changes: feed, runIds });
  onTestFinished(() => model.dispose());
  model.isActive = true;
  await model.refresh();
  return model;
}

const readsOf = (id: string): number =>
  server.seen.filter(seen => seen.path === `runs/${id}/capture`).length;

describe('CompareModel', () => {
  it('reads what was captured of the runs that are there, whichever was deleted', async () => {
    const model = await modelOf('a', 'gone', 'b');
    await model.capture();
    expect(model.capturing.error).toBeNull();
    expect([...model.captures.keys()]).toEqual(['a', 'b']);
    expect(readsOf('gone')).toBe(0);
  });

  it('reads anew what was captured of a run that moved, and of no other', async () => {
    const model = await modelOf('a', 'b');
    await model.capture();
    const artifact = { path: 'model.pkl', size: 7, digest: 'xxh3:1' };
    server.on('GET runs/b/capture', captureOf('b', { artifacts: [artifact as never] }));
    feed.move('run', 'b');
    await vi.waitFor(() => expect(model.captures.get('b')?.artifacts).toHaveLength(1));
    expect([readsOf('a'), readsOf('b')]).toEqual([1, 2]);
    await model.refresh();
    expect([readsOf('a'), readsOf('b')]).toEqual([1, 2]);
  });

  it('reads again what moved while it was read', async () => {
    const model = await modelOf('a', 'b');
    let answer = (): void => undefined;
    server.on('GET runs/a/capture', async () => {
      await new Promise<void>(resolve => (answer = resolve));
      return captureOf('a');
    });
    const reading = model.capture();
    await vi.waitFor(() => expect(readsOf('a')).toBe(1));
    feed.move('run', 'a');
    await model.refresh();
    server.on('GET runs/a/capture', captureOf('a'));
    answer();
    await reading;
    expect(readsOf('a')).toBe(2);
    expect(model.capturing.isLoading).toBe(false);
  });

  it('puts back only the run that was taken out, at its place', async () => {
    const model = await modelOf('a', 'b');
    model.remove('a');
    model.add(['c']);
    model.putBack('a', 0);
    expect(model.runIds).toEqual(['a', 'b', 'c']);
  });

  it('takes no more runs than the server does, and says so', async () => {
    const many = Array.from({ length: MOST_COMPARED + 1 }, (_, index) => `run${index}`);
    const model = await modelOf(...many);
    expect(model.runIds).toEqual(many.slice(0, MOST_COMPARED));
    expect(model.isCut).toBe(true);
    model.remove('run0');
    expect(model.isCut).toBe(false);
    model.add(['a', 'b']);
    expect(model.runIds).toHaveLength(MOST_COMPARED);
    expect(model.isCut).toBe(true);
  });
});
