import { expect, it } from 'vitest';

import { putBack } from '../putBack';

it('puts back what was taken at its place, and keeps what came and went since', () => {
  const back = (now: string, taken: string): string =>
    putBack(now.split(','), 'a,b,c,d'.split(','), taken.split(','), String).join(',');
  expect(back('a,b,d', 'c')).toBe('a,b,c,d');
  expect(back('b,c,d', 'a')).toBe('a,b,c,d');
  expect(back('x,b,d', 'a,c')).toBe('a,x,b,c,d');
  expect(back('a', 'c,d')).toBe('a,c,d');
  expect(back('a,b,c,d', 'c')).toBe('a,b,c,d');
});
