import * as React from 'react';
import { act } from 'react';
import { expect, it } from 'vitest';

import { fakeLab, FakeServer } from '../../__tests__/fakes';
import { button, click, draw, press, type } from '../../__tests__/screen';
import { LabProvider } from '../../components/hooks';
import { RunEdits, type EditClient } from '../edits';
import { Note } from '../note';

it('shows the writer of a note what was saved from elsewhere meanwhile', async () => {
  const saved: string[] = [];
  const edits = {
    noteDraft: null,
    setNote: (text: string) => Promise.resolve(void saved.push(text))
  } as unknown as RunEdits;
  let say: (text: string) => void = () => undefined;
  const Held = (): React.JSX.Element => {
    const [text, setText] = React.useState('first');
    say = setText;
    return (
      <LabProvider value={fakeLab(new FakeServer())}>
        <Note text={text} edits={edits} rendermime={null} />
      </LabProvider>
    );
  };
  const host = await draw(<Held />);
  await click(button(host, 'Edit note'));
  expect(host.querySelector('[role=status]')).toBeNull();
  await type(host.querySelector('textarea'), 'mine');
  await act(async () => say('theirs'));
  expect(host.querySelector('[role=status]')?.textContent).toContain('theirs');
  await click(button(host, 'Put it above mine'));
  expect(host.querySelector('textarea')?.value).toBe('theirs\n\nmine');
  expect(host.querySelector('[role=status]')).toBeNull();
  await click(button(host, 'Save'));
  expect(saved).toEqual(['theirs\n\nmine']);
});

it('keeps a note that was left with Escape, also when the page is opened anew', async () => {
  const saved: string[] = [];
  const client = {
    setNote: async (_: string, text: string) => void saved.push(text)
  } as unknown as EditClient;
  const note = (): React.JSX.Element => {
    const edits = new RunEdits(client, 'kept', async () => undefined);
    return <Note text="first" edits={edits} rendermime={null} />;
  };
  const host = await draw(note());
  await click(button(host, 'Edit note'));
  await press(host.querySelector('textarea'), 'Escape');
  await click(button(host, 'Edit note'));
  await type(host.querySelector('textarea'), 'mine');
  await press(host.querySelector('textarea'), 'Escape');
  expect(host.querySelector('textarea')).toBeNull();
  const again = await draw(note());
  await click(button(again, 'Go on writing'));
  expect(again.querySelector('textarea')?.value).toBe('mine');
  await click(button(again, 'Save'));
  expect(saved).toEqual(['mine']);
  expect((await draw(note())).textContent).toContain('Edit note');
});
