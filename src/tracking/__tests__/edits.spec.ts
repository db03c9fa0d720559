import { Notification } from '@jupyterlab/apputils';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  FakeServer,
  fakeLab,
  pageOf,
  Refusal,
  runOf,
  summaryOf,
  trans
} from '../../__tests__/fakes';
import { EditRefused, RunEdits } from '../edits';
import { RunsModel } from '../model';
import { Preferences } from '../preferences';

let server: FakeServer;
let model: RunsModel;
let preferences: Preferences;
let edits: RunEdits;
let undo: () => void;
let told: string[];

const run = summaryOf('a');
const written = (): [string, string, unknown][] =>
  server.seen
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, body }) => [method, path, body]);
const nameOf = (): string | undefined => {
  const row = model.layout.rowAt(0);
  return row?.kind === 'run' ? row.run.name : undefined;
};

beforeEach(async () => {
  told = [];
  vi.spyOn(Notification, 'emit').mockImplementation((message, _, options) => {
    told.push(message);
    undo = () => options?.actions?.[0]?.callback(new MouseEvent('click'));
    return '';
  });
  vi.spyOn(Notification, 'error').mockImplementation(message => {
    told.push(message);
    return '';
  });
  const outcome = { runs: ['a'], experiments: [], refused: [] };
  server = new FakeServer()
    .on('GET runs', pageOf([run]))
    .on('GET runs/a', runOf(run, { tags: [{ name: 'team', value: 'red' }] }))
    .on('GET glances', { glances: [] })
    .on('GET experiments', { experiments: [] })
    .on('PATCH runs/a', runOf(run))
    .on('PUT runs/a/tags/team', {})
    .on('PUT runs/a/note', {})
    .on('POST runs/archive', {})
    .on('POST trash', outcome)
    .on('POST trash/restore', outcome);
  const lab = fakeLab(server);
  model = new RunsModel(lab);
  model.isActive = true;
  await model.ready;
  preferences = new Preferences();
  edits = new RunEdits({ client: lab.client, model, preferences, trans });
});

describe('RunEdits', () => {
  it('renames at once and back', async () => {
    await edits.rename(run, ' other ');
    expect(nameOf()).toBe('other');
    expect(told).toEqual(['Renamed to “other”.']);
    undo();
    await vi.waitFor(() => expect(written()).toHaveLength(2));
    expect(written()[1]).toEqual(['PATCH', 'runs/a', { name: 'run a' }]);
    expect(nameOf()).toBe('run a');
  });

  it('puts the old value back and says why where an edit fails', async () => {
    const problem = { code: 'store_unavailable', detail: 'Read-only.', hint: 'Mend it.' };
    server.on('PATCH runs/a', new Refusal(503, problem));
    await expect(edits.rename(run, 'other')).rejects.toBeInstanceOf(EditRefused);
    expect(nameOf()).toBe('run a');
    expect(told).toEqual(['Nothing was changed: Read-only. Mend it.']);
  });

  it('sets a tag and puts back what it was', async () => {
    await edits.setTag(['a'], 'team', 'blue');
    expect(written()).toEqual([['PUT', 'runs/a/tags/team', { value: 'blue' }]]);
    undo();
    await vi.waitFor(() => expect(written()).toHaveLength(2));
    expect(written()[1]).toEqual(['PUT', 'runs/a/tags/team', { value: 'red' }]);
    expect(told).toEqual(['Tag “team” set.']);
  });

  it('writes a note only where it has changed', async () => {
    await edits.setNote('a', 'same', 'same');
    expect(written()).toEqual([]);
    await edits.setNote('a', '# New', 'same');
    expect(written()).toEqual([['PUT', 'runs/a/note', { text: '# New' }]]);
  });

  it('archives, trashes and restores, each with a way back', async () => {
    await edits.archive(['a'], true);
    undo();
    await vi.waitFor(() => expect(written()).toHaveLength(2));
    expect(written()[1]?.[2]).toEqual({ run_ids: ['a'], archived: false });
    await edits.trash(['a']);
    undo();
    await vi.waitFor(() => expect(written()).toHaveLength(4));
    expect(written()[3]?.[1]).toBe('trash/restore');
    await edits.restore(['a']);
    expect(told.at(-1)).toBe('“run a” is restored.');
  });

  it('undoes each change by its own notice, or the last ones by the key, and none twice', async () => {
    vi.spyOn(Notification, 'dismiss').mockImplementation(() => undefined);
    await edits.trash(['a']);
    expect(told.at(-1)).toBe('“run a” is in the trash.');
    const undoTrash = undo;
    await edits.setNote('a', 'new', 'old');
    undoTrash();
    await vi.waitFor(() => expect(written().at(-1)?.[1]).toBe('trash/restore'));
    await edits.undoLast();
    expect(written().at(-1)).toEqual(['PUT', 'runs/a/note', { text: 'old' }]);
    const { length } = written();
    await edits.undoLast();
    undoTrash();
    expect(written()).toHaveLength(length);
  });

  it('pins, and unpins with a way back', async () => {
    await edits.pin(['a', 'b'], true);
    expect(preferences.pins).toEqual(['a', 'b']);
    await edits.pin(['a'], false);
    expect(preferences.pins).toEqual(['b']);
    undo();
    expect(preferences.pins).toEqual(['a', 'b']);
  });

  it('puts back only the pins that were taken, beside what was pinned since', async () => {
    await edits.pin(['a', 'b'], true);
    await edits.pin(['a'], false);
    const undoFirst = undo;
    await edits.pin(['c'], true);
    undoFirst();
    await vi.waitFor(() => expect(preferences.pins).toEqual(['a', 'c', 'b']));
  });

  it('tells how many runs were changed where a tag could not be set on all, and undoes these', async () => {
    const problem = { code: 'store_unavailable', detail: 'Busy.', hint: 'Wait.' };
    server
      .on('GET runs/b', runOf(summaryOf('b')))
      .on('PUT runs/b/tags/team', new Refusal(503, problem));
    await edits.setTag(['a', 'b'], 'team', 'blue');
    expect(told).toEqual([
      '1 of 2 runs were changed, the others stayed as they were: Busy. Wait.',
      'Tag “team” set.'
    ]);
    undo();
    await vi.waitFor(() => expect(written()).toHaveLength(3));
    expect(written()[2]).toEqual(['PUT', 'runs/a/tags/team', { value: 'red' }]);
  });

  it('says that nothing was changed where a tag could be set on no run', async () => {
    const problem = { code: 'store_unavailable', detail: 'Busy.', hint: 'Wait.' };
    server.on('PUT runs/a/tags/team', new Refusal(503, problem));
    await expect(edits.setTag(['a'], 'team', 'blue')).rejects.toBeInstanceOf(EditRefused);
    expect(told).toEqual(['Nothing was changed: Busy. Wait.']);
  });
});
