import { expect, it, vi } from 'vitest';

import { FirstAlone } from '../curveSource';

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

it('lets the first chart have its points before the others are asked for', async () => {
  const turns = new FirstAlone();
  let answer: (value: string) => void = () => undefined;
  const first = turns.ask(() => new Promise<string>(resolve => (answer = resolve)));
  const others = [vi.fn(() => Promise.resolve('b')), vi.fn(() => Promise.resolve('c'))];
  const asked = others.map(question => turns.ask(question));
  await settled();
  expect(others[0]).not.toHaveBeenCalled();
  answer('a');
  expect(await Promise.all([first, ...asked])).toEqual(['a', 'b', 'c']);
});

it('lets the others go on when the first fails', async () => {
  const turns = new FirstAlone();
  await expect(turns.ask(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(await turns.ask(() => Promise.resolve('b'))).toBe('b');
});
