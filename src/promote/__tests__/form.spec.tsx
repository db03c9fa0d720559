import * as React from 'react';
import { describe, expect, it, vi } from 'vitest';

import { FakeServer, Refusal, trans } from '../../__tests__/fakes';
import { click, draw, type, until } from '../../__tests__/screen';
import { PromoteForm } from '../form';
import { PromoteModel } from '../model';

const draft = {
  name: 'train',
  run_id: 'r1',
  notebook_path: 'work/train.ipynb',
  kernel_name: 'python3',
  parameters: [
    {
      name: 'carrier',
      type: 'str',
      value: 'UA',
      chosen: true,
      reason: 'Assigned.',
      reason_code: 'assigned',
      reason_values: [],
      comment: 'who'
    },
    {
      name: 'trees',
      type: 'int',
      value: 80,
      chosen: true,
      reason: 'Assigned.',
      reason_code: 'tomorrow',
      reason_values: [],
      comment: ''
    },
    {
      name: 'months',
      type: 'list',
      value: [1, 2],
      chosen: false,
      reason: 'A constant.',
      reason_code: 'constant',
      reason_values: [],
      comment: ''
    }
  ],
  warnings: ['A cell reads a file.'],
  existing_revision: 3
};

const preview = {
  cron: '0 6 * * *',
  timezone: 'UTC',
  description: 'Every day at 06:00',
  next_fire_at: [1, 2, 3].map(day => Date.UTC(2099, 0, day, 6)),
  next_fire_words: ['Mon 06:00', 'Tue 06:00', 'Wed 06:00']
};

function serverOf(): FakeServer {
  return new FakeServer()
    .on('GET promotion-draft', draft)
    .on('GET cron-preview', preview)
    .on('POST definitions', { id: 'd1' });
}

async function loaded(server: FakeServer): Promise<PromoteModel> {
  const model = new PromoteModel({
    client: server.client,
    trans,
    source: { run_id: 'r1' },
    timezone: 'Europe/Berlin'
  });
  await model.load();
  return model;
}

const bodyOf = (server: FakeServer): unknown =>
  server.seen.find(seen => seen.method === 'POST')?.body;

describe('PromoteModel', () => {
  it('sends the chosen parameters with their values, types and comments', async () => {
    const server = serverOf();
    const model = await loaded(server);
    model.change('trees', { type: 'float', text: '0.5' });
    model.change('months', { isChosen: true });
    model.name = ' nightly ';
    expect(await model.send()).toEqual({ id: 'd1' });
    expect(bodyOf(server)).toEqual({
      run_id: 'r1',
      name: 'nightly',
      parameters: [
        { name: 'carrier', type: 'str', default: 'UA', comment: 'who' },
        { name: 'trees', type: 'float', default: 0.5, comment: '' },
        { name: 'months', type: 'list', default: [1, 2], comment: '' }
      ],
      schedule: null
    });
  });

  it('sends the schedule once its fire times are known', async () => {
    const server = serverOf();
    const model = await loaded(server);
    model.preset = 'weekdays';
    expect(model.isComplete).toBe(false);
    await vi.waitFor(() => expect(model.isComplete).toBe(true));
    expect(server.seen.at(-1)?.path).toBe(
      'cron-preview?cron=0+6+*+*+1-5&timezone=Europe%2FBerlin&count=3'
    );
    await model.send();
    expect(bodyOf(server)).toMatchObject({
      schedule: { cron: '0 6 * * 1-5', timezone: 'Europe/Berlin' }
    });
  });

  it('shows the literals that will stand in the notebook', async () => {
    const model = await loaded(serverOf());
    model.change('carrier', { text: "O'Hare" });
    expect(model.parametersCell).toBe('carrier = "O\'Hare"\ntrees = 80');
  });

  it('cannot be sent while something is wrong, and says why the server refused', async () => {
    const problem = { code: 'invalid_input', detail: 'Twice.', hint: 'Remove one.' };
    const server = serverOf().on('POST definitions', new Refusal(400, problem));
    const model = await loaded(server);
    model.change('trees', { text: 'many' });
    expect(model.isComplete).toBe(false);
    model.change('trees', { isChosen: false });
    expect(model.isComplete).toBe(true);
    model.name = ' ';
    expect(model.isComplete).toBe(false);
    model.name = 'train';
    expect(await model.send()).toBeNull();
    expect(model.sendError?.hint).toBe('Remove one.');
    expect(model.isComplete).toBe(true);
  });
});

describe('PromoteForm', () => {
  it('tells which revision this will be, and the warnings', async () => {
    const host = await draw(<PromoteForm model={await loaded(serverOf())} />);
    expect(host.textContent).toContain('Makes revision 4 of this job.');
    expect(host.textContent).toContain('A cell reads a file.');
    await type(host.querySelector('#jp-MlopsLab-promote-name'), 'other');
    expect(host.textContent).toContain('Makes a new job from work/train.ipynb');
  });

  it('shows what is proposed first, and the other constants below', async () => {
    const parameters = [...draft.parameters].reverse();
    const server = serverOf().on('GET promotion-draft', { ...draft, parameters });
    const model = await loaded(server);
    const host = await draw(<PromoteForm model={model} />);
    const names = (): (string | null)[] =>
      [...host.querySelectorAll('tbody label, tbody th')].map(item => item.textContent);
    const order = ['trees', 'carrier', 'Other constants, which stay in the code', 'months'];
    expect(names()).toEqual(order);
    await click(host.querySelector('[aria-label="Make months a parameter"]'));
    expect(names()).toEqual(order);
  });

  it('checks a value where it is typed', async () => {
    const host = await draw(<PromoteForm model={await loaded(serverOf())} />);
    const field = host.querySelector('#jp-MlopsLab-parameter-trees');
    await type(field, 'many');
    expect(field?.getAttribute('aria-invalid')).toBe('true');
    expect(host.querySelector('[role=alert]')?.textContent).toContain('Not a whole number');
  });

  it('lets one add a parameter that was not proposed', async () => {
    const model = await loaded(serverOf());
    const host = await draw(<PromoteForm model={model} />);
    expect(host.querySelector('input#jp-MlopsLab-parameter-months')).toBeNull();
    await click(host.querySelector('[aria-label="Make months a parameter"]'));
    expect(host.querySelector('input#jp-MlopsLab-parameter-months')).not.toBeNull();
    expect(model.parametersCell).toContain('months = [1, 2]');
  });

  it('shows the next fire times, or the fault of the cron', async () => {
    const server = serverOf();
    const host = await draw(<PromoteForm model={await loaded(server)} />);
    await type(host.querySelector('[aria-label="When the job runs"]'), 'daily');
    await until(() => host.textContent.includes('Jan 3, 2099, 06:00'), 'the fire times');
    const problem = { code: 'invalid_input', detail: 'Field 1 (minute) is 61.', hint: '' };
    server.on('GET cron-preview', new Refusal(400, problem));
    await type(host.querySelector('[aria-label^="Cron"]'), '61 6 * * *');
    await until(() => host.textContent.includes('Field 1 (minute) is 61.'), 'the fault');
    expect(host.textContent).not.toContain('2099');
  });

  it('shows why there is no draft, with a way to try again', async () => {
    const problem = { code: 'not_found', detail: 'There is no such notebook.', hint: 'Save it.' };
    const server = new FakeServer().on('GET promotion-draft', new Refusal(404, problem));
    const host = await draw(<PromoteForm model={await loaded(server)} />);
    expect(host.textContent).toContain('There is no such notebook.Save it.Retry');
  });
});
