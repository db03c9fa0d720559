import { describe, expect, it, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, pageOf, Refusal, summaryOf } from '../../__tests__/fakes';
import { RunsModel } from '../model';
import { only, toggle } from '../selection';

/** A server with this many runs, newest first, which gives them in pages. */
function serverWith(ids: string[]): FakeServer {
  return new FakeServer().on('GET runs', ({ path }: { path: string }) => {
    const query = new URLSearchParams(path.split('?')[1]);
    const from = Number(query.get('cursor') ?? 0);
    const to = from + Number(query.get('limit'));
    const page = pageOf(
      ids.slice(from, to).map(id => summaryOf(id)),
      to < ids.length ? String(to) : null
    );
    return { ...page, total: ids.length };
  });
}

const many = Array.from({ length: 250 }, (_, index) => `r${index}`);

async function opened(server: FakeServer, feed = new FakeFeed()): Promise<RunsModel> {
  const model = new RunsModel(fakeLab(server, feed));
  model.isActive = true;
  await model.ready;
  return model;
}

describe('RunsModel', () => {
  it('loads page after page, each once', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    expect(model.runs).toHaveLength(100);
    expect(model.total).toBe(250);
    await Promise.all([model.loadMore(), model.loadMore()]);
    expect(model.runs).toHaveLength(200);
    await model.loadMore();
    expect(model.runs.map(run => run.id)).toEqual(many);
    expect(model.hasMore).toBe(false);
    expect(server.seen).toHaveLength(3);
  });

  it('keeps as many rows as it shows when something moves', async () => {
    const feed = new FakeFeed();
    const ids = [...many];
    const server = serverWith(ids);
    const model = await opened(server, feed);
    await model.loadMore();
    ids.unshift('new');
    feed.move('run', 'new');
    await vi.waitFor(() => expect(model.runs[0]?.id).toBe('new'));
    expect(model.runs).toHaveLength(200);
    expect(server.seen).toHaveLength(3);
  });

  it('asks the server to filter, and shows what is wrong with a filter', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    await model.setFilter('metrics.auc > 0.7');
    expect(server.seen.at(-1)?.path).toContain('filter=metrics.auc+%3E+0.7');
    const problem = { code: 'invalid_input', detail: "'>>' at character 5.", hint: 'Use >.' };
    server.on('GET runs', new Refusal(400, problem));
    await model.setFilter('auc >> 1');
    expect(model.filterError?.message).toBe("'>>' at character 5.");
    expect(model.runs).toHaveLength(100);
  });

  it('keeps the selection in order and drops runs that are gone', async () => {
    const feed = new FakeFeed();
    const ids = ['a', 'b', 'c'];
    const model = await opened(serverWith(ids), feed);
    model.select(toggle(only('c'), 'a'));
    expect(model.selected.map(run => run.id)).toEqual(['c', 'a']);
    ids.splice(0, 1);
    feed.resync.emit();
    await vi.waitFor(() => expect(model.selected.map(run => run.id)).toEqual(['c']));
  });

  it('tells a failure of the server', async () => {
    const problem = { code: 'store_unavailable', detail: 'Read-only.', hint: 'Mend it.' };
    const model = await opened(new FakeServer().on('GET runs', new Refusal(503, problem)));
    expect(model.error?.hint).toBe('Mend it.');
    expect(model.filterError).toBeNull();
    expect(model.isLoading).toBe(false);
  });

  it('unfolds children on demand, and those of runs that go on by itself', async () => {
    const feed = new FakeFeed();
    const done = summaryOf('done', { children: 2 });
    const going = summaryOf('going', { children: 1, status: 'running' });
    const server = new FakeServer().on('GET runs', ({ path }: { path: string }) => {
      const parent = new URLSearchParams(path.split('?')[1]).get('parent');
      return pageOf(parent === 'none' ? [going, done] : [summaryOf(`child of ${parent}`)]);
    });
    const model = await opened(server, feed);
    const ids = (): string[] => model.rows.map(({ run }) => run.id);
    expect(ids()).toEqual(['going', 'child of going', 'done']);
    await model.fold('done', true);
    expect(ids()).toEqual(['going', 'child of going', 'done', 'child of done']);
    await model.fold('going', false);
    model.select(only('child of done'));
    expect(model.selected.map(run => run.id)).toEqual(['child of done']);
    expect(ids()).toEqual(['going', 'done', 'child of done']);
  });

  it('finds children by a filter too', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    await model.setFilter('auc');
    const [first, last] = [server.seen[0]?.path, server.seen.at(-1)?.path];
    expect(first).toContain('parent=none');
    expect(last).not.toContain('parent');
  });
});
