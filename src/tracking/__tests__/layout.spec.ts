import { describe, expect, it } from 'vitest';

import { pageOf, summaryOf } from '../../__tests__/fakes';
import type { RunSummary } from '../../api/types';
import { Layout, type IGroup } from '../layout';
import { Strand } from '../strand';

function strandOf(key: string, runs: RunSummary[]): Strand {
  const strand = new Strand(key, {});
  strand.put(0, pageOf(runs));
  return strand;
}

const group: IGroup = { key: 'group:experiment:a', kind: 'experiment', value: 'a' };
const top = summaryOf('top', { children: 2 });
const below = strandOf('below:top', [summaryOf('one'), summaryOf('two')]);

function layoutOf(isOpen: boolean, isGroupOpen = true): Layout {
  const all = strandOf('all', [summaryOf('first'), top, summaryOf('last')]);
  return new Layout([{ group, strand: all }], {
    isGroupOpen: () => isGroupOpen,
    childrenOf: run => (isOpen && run.id === 'top' ? below : null)
  });
}

const names = (layout: Layout): (string | null)[] =>
  Array.from({ length: layout.length }, (_, index) => layout.nameAt(index));

describe('Layout', () => {
  it('puts children below their parent, and groups above their runs', () => {
    const layout = layoutOf(true);
    expect(names(layout)).toEqual([group.key, 'first', 'top', 'one', 'two', 'last']);
    const row = layout.rowAt(3);
    expect(row?.kind === 'run' && row.depth).toBe(1);
    expect(names(layoutOf(false))).toEqual([group.key, 'first', 'top', 'last']);
    expect(names(layoutOf(true, false))).toEqual([group.key]);
  });

  it('finds rows by name, and rows that are not here by nothing', () => {
    const layout = layoutOf(true);
    expect(layout.indexOf('two')).toBe(4);
    expect(layout.indexOf('last', 5)).toBe(5);
    expect(layout.indexOf('last', 1)).toBe(5);
    expect(layout.indexOf(group.key)).toBe(0);
    expect(layout.indexOf('gone')).toBe(-1);
  });

  it('tells which pages rows need', () => {
    const long = new Strand('all', {}, 500);
    const layout = new Layout([{ group: null, strand: long }], {
      isGroupOpen: () => true,
      childrenOf: () => null
    });
    expect(layout.length).toBe(500);
    expect(layout.rowAt(400)).toEqual({ kind: 'wait', depth: 0 });
    expect(layout.rowAt(500)).toBeUndefined();
    expect(layout.missing(120, 160).map(([, page]) => page)).toEqual([2, 3]);
  });
});
