import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, pageOf, Refusal, summaryOf } from '../../__tests__/fakes';
import { RunsModel } from '../model';
import { only, toggle } from '../selection';
import { PAGE } from '../strand';

const queryOf = (path: string): URLSearchParams => new URLSearchParams(path.split('?')[1]);

/** A server with these runs, newest first, which gives them in pages. */
function serverWith(ids: string[]): FakeServer {
  return new FakeServer()
    .on('GET glances', { glances: [] })
    .on('GET experiments', { experiments: [] })
    .on('GET runs', ({ path }: { path: string }) => {
      const query = queryOf(path);
      const from = Number(query.get('offset') ?? 0);
      const to = from + Number(query.get('limit'));
      const page = pageOf(
        ids.slice(from, to).map(id => summaryOf(id)),
        to < ids.length ? String(to) : null
      );
      return { ...page, total: ids.length };
    });
}

const asked = (server: FakeServer): string[] =>
  server.seen.filter(({ path }) => path.startsWith('runs?')).map(({ path }) => path);
const offsets = (server: FakeServer): string[] =>
  asked(server).map(path => queryOf(path).get('offset') ?? '0');

const many = Array.from({ length: 100_000 }, (_, index) => `r${index}`);

async function opened(server: FakeServer, feed = new FakeFeed()): Promise<RunsModel> {
  const model = new RunsModel(fakeLab(server, feed));
  onTestFinished(() => model.dispose());
  model.isActive = true;
  await model.ready;
  return model;
}

const nameAt = (model: RunsModel, index: number): string | null => model.layout.nameAt(index);

describe('RunsModel', () => {
  it('knows how many runs there are and fetches only what is in sight', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    expect(model.total).toBe(100_000);
    expect(model.layout.length).toBe(100_000);
    model.look(70_000, 70_020);
    await vi.waitFor(() => expect(nameAt(model, 70_010)).toBe('r70010'));
    expect(offsets(server).slice(1).map(Number)).toEqual([69_950, 70_000]);
    expect(nameAt(model, 40_000)).toBeNull();
  });

  it('refetches only what is in sight when something moves, and keeps it in its place', async () => {
    const feed = new FakeFeed();
    const ids = [...many];
    const server = serverWith(ids);
    const model = await opened(server, feed);
    model.look(500, 520);
    await vi.waitFor(() => expect(nameAt(model, 510)).toBe('r510'));
    const before = asked(server).length;
    ids.unshift('new1', 'new2');
    feed.move('run', 'new2');
    await vi.waitFor(() => expect(model.total).toBe(100_002));
    expect(model.newAbove).toBe(2);
    expect(model.takeShift()).toBe(2);
    expect(model.takeShift()).toBe(0);
    expect(nameAt(model, 502)).toBe('r500');
    expect(offsets(server)[before]).toBe('500');
    model.look(0, 20);
    expect(model.newAbove).toBe(0);
  });

  it('asks the server to filter, and shows what is wrong with a filter at its place', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    await model.show({ filter: 'metrics.auc > 0.7' });
    expect(asked(server).at(-1)).toContain('filter=metrics.auc+%3E+0.7');
    expect(asked(server).at(-1)).not.toContain('parent');
    const problem = {
      code: 'invalid_input',
      detail: "'statsu' is not a field.",
      hint: '',
      position: 4,
      length: 6,
      suggestions: ['status']
    };
    server.on('GET runs', new Refusal(400, problem));
    await model.show({ filter: 'not statsu = 1' });
    expect(model.filterError?.place).toEqual({ at: 4, length: 6, suggestions: ['status'] });
    expect(model.layout.length).toBe(100_000);
  });

  it('keeps selected runs that were scrolled away, and drops those that are gone', async () => {
    const feed = new FakeFeed();
    const ids = ['a', 'b', 'c'];
    const model = await opened(serverWith(ids), feed);
    model.select(toggle(only('c'), 'a'));
    expect(model.selected.map(run => run.id)).toEqual(['c', 'a']);
    await model.show({ filter: 'x' });
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
    const done = summaryOf('done', { children: 1 });
    const going = summaryOf('going', { children: 1, status: 'running' });
    const server = serverWith([]).on('GET runs', ({ path }: { path: string }) => {
      const parent = queryOf(path).get('parent');
      return pageOf(parent === 'none' ? [going, done] : [summaryOf(`child of ${parent}`)]);
    });
    const model = await opened(server);
    const names = (): (string | null)[] =>
      Array.from({ length: model.layout.length }, (_, index) => nameAt(model, index));
    await vi.waitFor(() => expect(names()).toEqual(['going', 'child of going', 'done']));
    model.fold('done', true);
    await vi.waitFor(() => expect(names().at(-1)).toBe('child of done'));
    model.fold('going', false);
    expect(names()).toEqual(['going', 'done', 'child of done']);
  });

  it('groups runs by what the server counts, and folds groups', async () => {
    const server = serverWith(['a', 'b']).on('GET facets', {
      field: 'experiment',
      values: [{ value: 'flights', count: 2, last_started_at: 1 }],
      groups: 1,
      is_exact: true
    });
    const model = await opened(server);
    await model.show({ grouping: 'experiment' });
    expect(asked(server).at(-1)).toContain('experiment=flights');
    expect(model.total).toBe(2);
    const row = model.layout.rowAt(0);
    expect(row).toMatchObject({ kind: 'group', count: 2, isOpen: true });
    expect(nameAt(model, 1)).toBe('a');
    if (row?.kind === 'group') {
      model.foldGroup(row.group, false);
    }
    expect(model.layout.length).toBe(1);
  });

  it('puts pinned runs on top', async () => {
    const server = serverWith(['a', 'b']);
    const model = await opened(server);
    await model.show({ pins: ['b'] });
    expect(model.layout.rowAt(0)).toMatchObject({ kind: 'group', group: { kind: 'pins' } });
    expect(asked(server).some(path => path.includes('filter=id+IN'))).toBe(true);
  });

  it('fetches a range for the selection, in one go', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    const runs = await model.runsBetween(10, PAGE * 3);
    expect(runs.map(run => run.id)).toEqual(many.slice(10, PAGE * 3 + 1));
  });

  it('asks for tags, curves and experiments of what is in sight, and again when a run moves', async () => {
    const feed = new FakeFeed();
    const server = serverWith(['a', 'b']).on('GET glances', ({ path }: { path: string }) => ({
      glances: queryOf(path)
        .getAll('run_id')
        .map(id => ({ run_id: id, tags: [], note: `of ${id}`, sparkline: null }))
    }));
    const model = await opened(server, feed);
    model.look(0, 1);
    await vi.waitFor(() => expect(model.glances.of('b')?.note).toBe('of b'));
    feed.move('run', 'a');
    const glances = (): string[] =>
      server.seen.filter(({ path }) => path.startsWith('glances')).map(({ path }) => path);
    await vi.waitFor(() => expect(glances()).toHaveLength(2));
    expect(queryOf(glances()[1] ?? '').getAll('run_id')).toEqual(['a']);
  });

  it('says when there are more groups than it shows', async () => {
    const values = (count: number): object => ({
      values: many.slice(0, count).map(value => ({ value, count: 1 })),
      is_exact: true
    });
    const server = serverWith(many).on('GET facets', values(999));
    const model = await opened(server);
    await model.show({ grouping: 'experiment' });
    expect(model.isCut).toBe(false);
    server.on('GET facets', values(1000));
    await model.refresh();
    expect(model.isCut).toBe(true);
    await model.show({ grouping: 'none' });
    expect(model.isCut).toBe(false);
  });

  it('shows on return what was asked for while nobody looked', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    model.isActive = false;
    await model.show({ filter: 'metrics.auc > 0.7' });
    expect(asked(server).at(-1)).not.toContain('filter=metrics');
    model.isActive = true;
    await vi.waitFor(() => expect(model.shown).toBe(model.view));
    expect(asked(server).at(-1)).toContain('filter=metrics.auc+%3E+0.7');
  });

  it('leaves out a page that was asked for before the newest answer', async () => {
    const server = serverWith(many);
    const model = await opened(server);
    const answers: (() => void)[] = [];
    let name = 'old';
    server.on('GET runs', ({ path }: { path: string }) => {
      const from = Number(queryOf(path).get('offset') ?? 0);
      const runs = many.slice(from, from + PAGE).map(id => summaryOf(id, { name }));
      const page = { ...pageOf(runs, 'more'), total: many.length };
      return name === 'old' ? new Promise(resolve => answers.push(() => resolve(page))) : page;
    });
    const nameIn = (index: number): string | null => {
      const row = model.layout.rowAt(index);
      return row?.kind === 'run' ? row.run.name : null;
    };
    model.look(500, 520);
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(0));
    name = 'new';
    await model.refresh();
    expect(nameIn(510)).toBe('new');
    answers.forEach(answer => answer());
    await new Promise(resolve => window.setTimeout(resolve, 20));
    expect(nameIn(510)).toBe('new');
  });
});
