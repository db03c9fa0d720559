import { expect, it } from 'vitest';

import { putBack } from '../putBack';

it('puts back what was taken at its place, and keeps what came and went since', () => {
  const back = (now: string, taken: string): string =>
    putBack([...now], [...'abcd'], [...taken], String).join('');
  expect(back('abd', 'c')).toBe('abcd');
  expect(back('bcd', 'a')).toBe('abcd');
  expect(back('xbd', 'ac')).toBe('axbcd');
  expect(back('a', 'cd')).toBe('acd');
  expect(back('abcd', 'c')).toBe('abcd');
  expect(back('', 'bc')).toBe('bc');
});
