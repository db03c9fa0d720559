import { act } from 'react';
import { MessageLoop } from '@lumino/messaging';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { FakeServer, fakeLab, Refusal, trans } from '../../__tests__/fakes';
import { button, click, press, until } from '../../__tests__/screen';
import { PromoteDialog } from '../dialog';
import { PromoteModel } from '../model';

const draft = {
  name: 'train',
  run_id: null,
  notebook_path: 'train.ipynb',
  kernel_name: 'python3',
  parameters: [],
  warnings: [],
  existing_revision: null
};

let server: FakeServer;

async function opened(): Promise<{ dialog: PromoteDialog; isOpen: () => boolean }> {
  const source = { notebook_path: 'train.ipynb' };
  const model = new PromoteModel({ client: server.client, trans, source, timezone: 'UTC' });
  const dialog = new PromoteDialog(model, fakeLab(server));
  onTestFinished(async () => act(async () => dialog.dispose()));
  let isOpen = true;
  await act(async () => {
    const end = (): void => void (isOpen = false);
    dialog.launch().then(end, end);
    await Promise.resolve();
    MessageLoop.flush();
  });
  await until(() => dialog.node.querySelector('#jp-MlopsLab-promote-name'), 'the form');
  return { dialog, isOpen: () => isOpen };
}

beforeEach(() => {
  server = new FakeServer()
    .on('GET promotion-draft', draft)
    .on('POST definitions', { id: 'd1', name: 'train' });
});

describe('PromoteDialog', () => {
  it('closes when the job was made', async () => {
    const { dialog, isOpen } = await opened();
    await click(button(dialog.node, 'Create'));
    await until(() => !isOpen(), 'the end');
    expect(dialog.definition?.id).toBe('d1');
    expect(server.seen.at(-1)?.body).toMatchObject({ notebook_path: 'train.ipynb' });
  });

  it('stays open with the reason when the server refuses', async () => {
    const problem = { code: 'invalid_input', detail: 'No cells.', hint: 'Add one.' };
    server.on('POST definitions', new Refusal(400, problem));
    const { dialog, isOpen } = await opened();
    await click(button(dialog.node, 'Create'));
    await until(() => dialog.node.textContent.includes('No cells.'), 'the reason');
    expect(isOpen()).toBe(true);
    expect(dialog.definition).toBeNull();
  });

  it('does not end by Enter in a field or a click beside it, but by Escape', async () => {
    const { dialog, isOpen } = await opened();
    await press(dialog.node.querySelector('#jp-MlopsLab-promote-name'), 'Enter');
    await click(dialog.node);
    expect(isOpen()).toBe(true);
    expect(server.seen.some(seen => seen.method === 'POST')).toBe(false);
    await press(dialog.node, 'Escape');
    await until(() => !isOpen(), 'the end');
    expect(dialog.definition).toBeNull();
  });
});
