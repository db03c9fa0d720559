import { describe, expect, it } from 'vitest';

import { toPython } from '../python';

describe('toPython', () => {
  it.each([
    [null, 'None'],
    [true, 'True'],
    [3, '3'],
    [0.5, '0.5'],
    ["it's", '"it\'s"'],
    ['say "it\'s"', "'say \"it\\'s\"'"],
    ['a\nb\\', "'a\\nb\\\\'"],
    ['naïve ☃', "'naïve ☃'"],
    [[1, 'a', [false]], "[1, 'a', [False]]"],
    [{ a: 1, 'b c': null }, "{'a': 1, 'b c': None}"]
  ])('writes %j as %s', (value, text) => {
    expect(toPython(value)).toBe(text);
  });

  it('writes whole numbers of a float parameter with their point', () => {
    expect(toPython(1, 'float')).toBe('1.0');
    expect(toPython(1, 'int')).toBe('1');
    expect(toPython(1e22, 'float')).toBe('1e+22');
  });
});
