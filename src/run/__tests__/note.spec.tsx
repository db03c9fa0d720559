import * as React from 'react';
import { act } from 'react';
import { expect, it } from 'vitest';

import { fakeLab, FakeServer } from '../../__tests__/fakes';
import { button, click, draw, type } from '../../__tests__/screen';
import { LabProvider } from '../../components/hooks';
import type { RunEdits } from '../edits';
import { Note } from '../note';

it('shows the writer of a note what was saved from elsewhere meanwhile', async () => {
  const saved: string[] = [];
  const edits = {
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
