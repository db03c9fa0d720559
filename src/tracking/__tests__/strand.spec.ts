import { describe, expect, it } from 'vitest';

import { pageOf, summaryOf } from '../../__tests__/fakes';
import { PAGE, Strand } from '../strand';

/** A page of a list of `total` runs. */
function pageAt(page: number, total: number): ReturnType<typeof pageOf> {
  const ids = Array.from({ length: Math.min(PAGE, total - page * PAGE) }, (_, index) =>
    summaryOf(`r${page * PAGE + index}`)
  );
  const isLast = (page + 1) * PAGE >= total;
  return { ...pageOf(ids, isLast ? null : 'more'), total };
}

describe('Strand', () => {
  it('asks for the first page while its length is not known', () => {
    const strand = new Strand('all', {});
    expect(strand.missing(100, 200)).toEqual([0]);
    strand.put(0, pageAt(0, 1000));
    expect(strand.total).toBe(1000);
    expect(strand.missing(0, 49)).toEqual([]);
    expect(strand.missing(40, 120)).toEqual([1, 2]);
    expect(strand.runAt(7)?.id).toBe('r7');
    expect(strand.runAt(70)).toBeUndefined();
  });

  it('shows what is old until the new is here', () => {
    const strand = new Strand('all', {});
    strand.put(0, pageAt(0, 60));
    strand.age();
    expect(strand.missing(0, 10)).toEqual([0]);
    expect(strand.runAt(3)?.id).toBe('r3');
  });

  it('knows its true length from the last page, and more than a lower bound', () => {
    const strand = new Strand('all', {});
    strand.put(0, { ...pageAt(0, 1000), total: 10, is_total_exact: false });
    expect(strand.total).toBe(PAGE + 1);
    expect(strand.isExact).toBe(false);
    strand.put(1, { ...pageOf([summaryOf('last')]), total: 10, is_total_exact: false });
    expect(strand.total).toBe(PAGE + 1);
    expect(strand.isExact).toBe(true);
  });

  it('lets go of pages far away, but for those that hold something unfolded', () => {
    const strand = new Strand('all', {});
    for (let page = 0; page < 40; page += 1) {
      strand.put(page, pageAt(page, 5000));
    }
    strand.dropFar(0, 20, run => run.id === 'r1999');
    expect(strand.runAt(0)).toBeDefined();
    expect(strand.runAt(1999)).toBeDefined();
    expect(strand.runAt(1900)).toBeUndefined();
  });
});
