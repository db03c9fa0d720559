import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fullCapture, fullRun } from '../../__tests__/captures';
import {
  experimentOf,
  FakeFeed,
  FakeServer,
  fakeLab,
  lineageOf,
  pageOf,
  Refusal,
  summaryOf,
  trans
} from '../../__tests__/fakes';
import { button, click, draw, press, recordingCommands, type, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { actionsOf, type IAction } from '../actions';
import { Folds } from '../folds';
import { RunModel } from '../model';
import { RunPage } from '../page';

let server: FakeServer;
let feed: FakeFeed;
let executed: unknown[];
let model: RunModel;

// Each test draws a whole page.
vi.setConfig({ testTimeout: 20_000 });

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(400);
  executed = [];
  feed = new FakeFeed();
  server = new FakeServer()
    .on('GET runs/full', fullRun())
    .on('GET runs/full/capture', fullCapture())
    .on('GET runs/full/lineage', lineageOf('full'))
    .on('GET runs/full/series', { run_id: 'full', name: 'loss', count: 3, points: [] })
    .on('GET experiments/train', experimentOf('train'))
    .on('GET runs', pageOf([summaryOf('other'), summaryOf('before', { cell_id: 'cell-1' })]))
    .on('GET comparison', { runs: [], params: [], metrics: [], series: [], code: [] })
    .on('GET audit', { entries: [], next_cursor: null })
    .on('GET names', { names: [{ name: 'team', count: 3 }] })
    .on('GET models', { models: [], next_cursor: null });
});

afterEach(async () => {
  await act(async () => Notification.dismiss());
});

async function page(): Promise<HTMLElement> {
  model = new RunModel({ ...fakeLab(server, feed), runId: 'full' });
  await model.refresh();
  model.isActive = true;
  return draw(
    <RunPage
      model={model}
      commands={recordingCommands(executed)}
      rendermime={null}
      folds={new Folds(null)}
      onReveal={section => executed.push(section)}
    />
  );
}

function sent(method: string): { path: string; body: unknown }[] {
  return server.seen
    .filter(seen => seen.method === method)
    .map(({ path, body }) => ({ path, body }));
}

function actions(): Map<string, IAction> {
  const source = {
    run: model.run!,
    model,
    commands: recordingCommands(executed),
    trans,
    onReveal: () => undefined,
    onRegister: () => undefined
  };
  return new Map(actionsOf(source).map(action => [action.id, action]));
}

/** Press what the newest notice offers. */
async function undo(): Promise<void> {
  await until(() => Notification.manager.notifications.length > 0, 'a notice');
  const [action] = Notification.manager.notifications[0]!.options.actions ?? [];
  expect(action?.label).toBe('Undo');
  await act(async () => action?.callback(new MouseEvent('click')));
}

describe('the head of a run’s page', () => {
  it('renames in place; Escape leaves the name', async () => {
    server.on('PATCH runs/full', fullRun());
    const host = await page();
    await click(host.querySelector('[aria-label="Rename this run"]'));
    await press(host.querySelector('input'), 'Escape');
    expect(host.querySelector('h1')?.textContent).toBe('run full');
    await click(host.querySelector('[aria-label="Rename this run"]'));
    await type(host.querySelector('input'), 'baseline');
    await press(host.querySelector('input'), 'Enter');
    await until(() => host.querySelector('h1'), 'the heading');
    expect(sent('PATCH')).toEqual([{ path: 'runs/full', body: { name: 'baseline' } }]);
  });

  it('says why a name was refused, and keeps what was typed', async () => {
    const problem = { code: 'invalid_input', detail: 'Too long.' };
    server.on('PATCH runs/full', new Refusal(400, problem));
    const host = await page();
    await click(host.querySelector('[aria-label="Rename this run"]'));
    await type(host.querySelector('input'), 'x');
    await press(host.querySelector('input'), 'Enter');
    await until(() => host.textContent.includes('Too long.'), 'the reason');
    expect(host.querySelector('input')?.value).toBe('x');
  });

  it('changes and adds tags, and takes back what it did', async () => {
    server.on('PUT runs/full/tags/note', {}).on('PUT runs/full/tags/team', {});
    server.on('DELETE runs/full/tags/team', {});
    const host = await page();
    await click(button(host, 'notefirst try'));
    await type(host.querySelector('.jp-MlopsLab-tagForm input'), 'second');
    await click(button(host, 'Save'));
    await undo();
    await until(() => sent('PUT').length === 2, 'the undoing');
    expect(sent('PUT').map(({ body }) => body)).toEqual([
      { value: 'second' },
      { value: 'first try' }
    ]);
    await act(async () => Notification.dismiss());
    await click(host.querySelector('.jp-mod-new'));
    const [name, value] = host.querySelectorAll('.jp-MlopsLab-tagForm input');
    await type(name!, 'team');
    await type(value!, 'growth');
    await until(() => host.querySelector('datalist option'), 'an offered name');
    await click(button(host, 'Save'));
    await undo();
    await until(() => sent('DELETE').length === 1, 'the undoing');
    expect(sent('DELETE')[0]?.path).toBe('runs/full/tags/team');
  });

  it('writes the note in Markdown and shows who wrote it before', async () => {
    const note = { name: 'mlflow.note.content', value: 'now' };
    server
      .on('GET runs/full', { ...fullRun(), tags: [note] })
      .on('PUT runs/full/note', {})
      .on('GET runs/full/tags/mlflow.note.content/history', {
        entries: [
          { ...note, value: 'then', set_at: 1000 },
          { ...note, set_at: 90_000 }
        ]
      })
      .on('GET audit', {
        entries: [
          deed(2, 90_001, 'bob', { tag: note.name }),
          deed(1, 1001, 'ada', { tag: note.name })
        ],
        next_cursor: null
      });
    const host = await page();
    const section = host.querySelector<HTMLElement>('[data-section="notes"]')!;
    await act(async () => {
      const past = section.querySelector('details')!;
      past.open = true;
      past.dispatchEvent(new Event('toggle'));
    });
    await until(() => section.querySelectorAll('.jp-MlopsLab-timeline > li').length === 2, 'notes');
    const [newest, first] = section.querySelectorAll('.jp-MlopsLab-timeline > li');
    expect(newest?.textContent).toContain('bob');
    expect(first?.textContent).toContain('ada');
    await click(button(section, 'Restore this note'));
    await until(() => sent('PUT').length === 1, 'the note');
    expect(sent('PUT')).toEqual([{ path: 'runs/full/note', body: { text: 'then' } }]);
    await click(button(section, 'Edit note'));
    await press(section.querySelector('textarea'), 'Enter', { ctrlKey: true });
    await until(() => sent('PUT').length === 2, 'the note');
    expect(section.querySelector('textarea')).toBeNull();
  });

  it('tells the audit in words, page by page', async () => {
    server.on('GET audit', ({ path }: { path: string }) =>
      path.includes('cursor=')
        ? { entries: [deed(1, 1, 'ada', { removed_tag: 'old' })], next_cursor: null }
        : { entries: [deed(2, 2, 'bob', { name: 'new', before: 'old' })], next_cursor: '2' }
    );
    const host = await page();
    const audit = host.querySelector<HTMLElement>('[data-section="audit"]')!;
    expect(audit.textContent).toContain('bob renamed it from “old” to “new”');
    expect(audit.textContent).not.toContain('started the run');
    await click(button(audit, 'Show earlier'));
    await until(() => audit.textContent.includes('ada removed the tag “old”'), 'the next page');
    expect(audit.textContent).toContain('ada started the run');
  });
});

function deed(seq: number, at: number, who: string, detail: object): object {
  return { seq, at, who, action: 'update', kind: 'run', record_id: 'full', detail };
}

describe('what can be done with a run', () => {
  it('registers its model under a new name with an alias', async () => {
    const version = { name: 'delays', version: 1, aliases: ['champion'] };
    server
      .on('POST models', { name: 'delays' })
      .on('POST models/delays/versions', version)
      .on('PUT models/delays/aliases/champion', version);
    const host = await page();
    await click(button(host, 'Register…'));
    const form = host.querySelector<HTMLElement>('.jp-MlopsLab-form')!;
    const inputs = form.querySelectorAll('input');
    await type(inputs[0]!, 'delays');
    await type(inputs[1]!, 'champion');
    await act(async () =>
      form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    );
    await until(() => host.querySelector('[role=status] code'), 'the version');
    expect(host.textContent).toContain('It is version 1 of “delays”, and “champion” points at it.');
    expect(sent('POST').map(({ path }) => path)).toEqual(['models', 'models/delays/versions']);
    expect(sent('POST')[1]?.body).toMatchObject({ run_id: 'full', source: 'runs:/full/model' });
    expect(sent('PUT')[0]?.body).toEqual({ version: 1 });
  });

  it('moves it to the trash and back', async () => {
    server.on('POST trash', { runs: ['full'] }).on('POST trash/restore', { runs: ['full'] });
    await page();
    actions().get('trash')!.act();
    await undo();
    await until(() => sent('POST').length === 2, 'the way back');
    expect(sent('POST')[1]).toEqual({ path: 'trash/restore', body: { runs: ['full'] } });
  });

  it('archives it and takes it back', async () => {
    server.on('PATCH runs/full', fullRun());
    await page();
    expect(actions().get('archive')?.label).toBe('Archive');
    actions().get('archive')!.act();
    await undo();
    await until(() => sent('PATCH').length === 2, 'the way back');
    expect(sent('PATCH').map(({ body }) => body)).toEqual([
      { archived: true },
      { archived: false }
    ]);
    server.on('GET runs/full', {
      ...fullRun(),
      summary: { ...fullRun().summary, archived: true }
    });
    await act(async () => model.refresh());
    expect(actions().get('archive')?.label).toBe('Unarchive');
  });

  it('opens a run that is in the trash with the way back', async () => {
    server.on('GET runs/full', { ...fullRun(), trashed_at: 5 });
    server.on('POST trash/restore', { runs: ['full'] });
    const host = await page();
    expect(host.textContent).toContain('This run is in the trash');
    expect([...actions().keys()]).not.toContain('archive');
    server.on('GET runs/full', fullRun());
    await click(button(host, 'Restore'));
    await until(() => !host.textContent.includes('This run is in the trash'), 'the run');
  });

  it('compares with the run of the cell before it, and with the best', async () => {
    await page();
    const done = actions();
    done.get('compare-best')!.act();
    done.get('compare-previous')!.act();
    await until(() => executed.length === 2, 'the comparison');
    expect(executed).toEqual([
      [CommandIds.compareRuns, { runIds: ['best', 'full'] }],
      [CommandIds.compareRuns, { runIds: ['other', 'full'] }]
    ]);
  });

  it('offers only what the run allows', async () => {
    server.on('GET runs/full', {
      ...fullRun(),
      summary: { ...fullRun().summary, status: 'running' }
    });
    await page();
    const ids = [...actions().keys()];
    expect(ids).not.toContain('promote');
    expect(ids).not.toContain('reproduce');
    expect(ids).not.toContain('trash');
    expect(ids).toContain('export');
    expect(model.exportUrl).toContain('/export?run_id=full');
    expect(model.reportUrl('markdown')).toContain('/report?run_id=full&format=markdown');
  });

  it('says that a run went into the trash meanwhile', async () => {
    const host = await page();
    await act(async () =>
      feed.changed.emit({ seq: 1, kind: 'run', id: 'full', action: 'deleted' })
    );
    await until(() => host.textContent.includes('This run is in the trash'), 'the notice');
  });

  it('says that a run was removed for good', async () => {
    await page();
    server.on('GET runs/full', new Refusal(404, { code: 'not_found', detail: 'No run.' }));
    await act(async () => model.refresh());
    expect(model.error?.message).toContain('This run was removed for good');
    expect(model.isLoaded).toBe(true);
  });
});
