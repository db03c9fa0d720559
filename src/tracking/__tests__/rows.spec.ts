import { describe, expect, it } from 'vitest';

import { summaryOf } from '../../__tests__/fakes';
import { flatten } from '../rows';

describe('flatten', () => {
  it('puts children below their parents, at any depth, where they are unfolded', () => {
    const top = summaryOf('top', { children: 2 });
    const inner = summaryOf('inner', { children: 1, parent_run_id: 'top' });
    const children = new Map([
      ['top', [inner, summaryOf('leaf')]],
      ['inner', [summaryOf('deep')]]
    ]);
    const all = flatten([top, summaryOf('other')], children, run => run.children > 0);
    expect(all.map(({ run, depth, isOpen }) => [run.id, depth, isOpen])).toEqual([
      ['top', 0, true],
      ['inner', 1, true],
      ['deep', 2, null],
      ['leaf', 1, null],
      ['other', 0, null]
    ]);
    const folded = flatten([top], children, () => false);
    expect(folded).toEqual([{ run: top, depth: 0, isOpen: false }]);
  });
});
