import { describe, expect, it } from 'vitest';

import type { PastJob } from '../../api/types';
import { newestResult } from '../results';

function past(
  values: readonly (number | null)[],
  direction: 'max' | 'min' | null = 'max'
): PastJob[] {
  return values.map((value, index) => ({
    id: `j${index}`,
    state: value === null ? 'failed' : 'succeeded',
    revision: 1,
    submitted_at: 100 - index,
    ended_at: 100 - index,
    run_id: `r${index}`,
    result: value === null ? null : { metric: 'auc', value, direction }
  }));
}

describe('newestResult', () => {
  it('is none where no job has one', () => {
    expect(newestResult([])).toBeNull();
    expect(newestResult(past([null, null]))).toBeNull();
  });

  it('passes jobs without one, and is held against the one before', () => {
    const result = newestResult(past([null, 0.5, null, 0.75, 0.25]));
    expect(result).toMatchObject({ value: 0.5, bestOf: 0 });
    expect(result?.job.id).toBe('j1');
    expect(result?.change).toEqual({ kind: 'worse', difference: 0.25 });
  });

  it('knows which way is better', () => {
    expect(newestResult(past([0.5, 0.75], 'min'))?.change?.kind).toBe('better');
    expect(newestResult(past([0.5, 0.5]))?.change?.kind).toBe('equal');
    expect(newestResult(past([0.5, 0.75], null))?.change?.kind).toBe('other');
    expect(newestResult(past([0.5]))?.change).toBeNull();
  });

  it('is the best of several, but of two there is no best', () => {
    expect(newestResult(past([3, 2, 1]))?.bestOf).toBe(3);
    expect(newestResult(past([3, 2]))?.bestOf).toBe(0);
    expect(newestResult(past([3, 3, 1]))?.bestOf).toBe(0);
    expect(newestResult(past([3, 2, 1], null))?.bestOf).toBe(0);
  });

  it('leaves out jobs with another metric', () => {
    const [newest, other] = past([1, 2]);
    const result = { metric: 'rmse', value: 2, direction: 'min' as const };
    expect(newestResult([newest, { ...other, result }] as PastJob[])?.change).toBeNull();
  });
});
