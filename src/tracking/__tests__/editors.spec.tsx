import { act } from 'react';
import * as React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeServer, fakeLab, Refusal, runOf, summaryOf } from '../../__tests__/fakes';
import { button, click, draw, press, type, until } from '../../__tests__/screen';
import { Desk } from '../desk';
import { Editor } from '../editors';
import type { IRunTools } from '../runTools';

const NOTE = 'mlflow.note.content';

let server: FakeServer;
let desk: Desk;
let saved: string[][];
let setNote: IRunTools['setNote'];

const runWith = (note: string): object =>
  runOf(summaryOf('a'), { tags: [{ name: NOTE, value: note }] });
const fieldOf = (host: HTMLElement): HTMLTextAreaElement | null => host.querySelector('textarea');

async function opened(kind: 'note' | 'tags' = 'note'): Promise<HTMLElement> {
  desk.edit({ kind, ids: ['a'] });
  const { client } = fakeLab(server);
  const tools = { client, rendermime: null, setNote } as unknown as IRunTools;
  const host = await draw(<Drawn tools={tools} />);
  // The press that opened a sheet does not close it.
  await act(async () => new Promise(resolve => setTimeout(resolve, 5)));
  return host;
}

/** The editor as the list has it: it goes when it is ended. */
function Drawn({ tools }: { tools: IRunTools }): React.JSX.Element | null {
  const [isOpen, setIsOpen] = React.useState(true);
  return isOpen ? (
    <Editor desk={desk} tools={tools} top={0} isInRow={false} onEnd={() => setIsOpen(false)} />
  ) : null;
}

async function writing(text: string): Promise<HTMLElement> {
  const host = await opened();
  await until(() => host.querySelector('.jp-MlopsLab-sheet-buttons'), 'the note');
  await click(button(host, 'Edit'));
  await type(fieldOf(host), text);
  return host;
}

const pressElsewhere = (): Promise<void> =>
  act(async () => void document.body.dispatchEvent(new Event('pointerdown', { bubbles: true })));

beforeEach(() => {
  saved = [];
  setNote = async (...args) => void saved.push(args);
  desk = new Desk();
  server = new FakeServer().on('GET runs/a', runWith('old')).on('GET names', { names: [] });
});

describe('the editor of a note', () => {
  it('saves what was written when the user goes on elsewhere', async () => {
    const host = await writing('new');
    await pressElsewhere();
    expect(saved).toEqual([['a', 'new', 'old']]);
    expect(host.querySelector('[role=dialog]')).toBeNull();
    expect(desk.draftOf('a')).toBeNull();
  });

  it('writes nothing when a note was only read', async () => {
    const host = await opened();
    await until(() => host.textContent.includes('old'), 'the note');
    await pressElsewhere();
    expect(host.querySelector('[role=dialog]')).toBeNull();
    expect(saved).toEqual([]);
  });

  it('offers again what Escape left unsaved, until it is cancelled', async () => {
    const host = await writing('half');
    await press(fieldOf(host), 'Escape');
    expect(host.querySelector('[role=dialog]')).toBeNull();
    expect(saved).toEqual([]);
    const again = await opened();
    await until(() => fieldOf(again), 'the field');
    expect(fieldOf(again)?.value).toBe('half');
    expect(again.textContent).toContain('This text was not saved yet.');
    await click(button(again, 'Cancel'));
    expect(desk.draftOf('a')).toBeNull();
  });

  it('keeps the text where it could not be saved', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    setNote = () => Promise.reject(new Error('read-only'));
    await writing('new');
    await pressElsewhere();
    expect(desk.draftOf('a')).toBe('new');
  });

  it('opens no empty note over one that could not be read, but tells why', async () => {
    const problem = { code: 'store_unavailable', detail: 'Busy.', hint: 'Wait.' };
    server.on('GET runs/a', new Refusal(503, problem));
    const host = await opened();
    await until(() => host.querySelector('[role=alert]'), 'the error');
    expect(host.textContent).toContain('Busy.');
    expect(fieldOf(host)).toBeNull();
    server.on('GET runs/a', runWith('old'));
    await click(button(host, 'Retry'));
    await until(() => host.textContent.includes('old'), 'the note');
    expect(host.querySelector('[role=alert]')).toBeNull();
  });
});

describe('the editor of tags', () => {
  it('tells why tags could not be read, and adds none meanwhile', async () => {
    const problem = { code: 'store_unavailable', detail: 'Busy.', hint: 'Wait.' };
    server.on('GET runs/a', new Refusal(503, problem));
    const host = await opened('tags');
    await until(() => host.querySelector('[role=alert]'), 'the error');
    expect(host.querySelector('form')).toBeNull();
  });
});
