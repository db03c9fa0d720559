/** Owns what the jobs of a definition came to, held against one another; pure. */
import type { PastJob } from '../api/types';

export interface IResult {
  job: PastJob;
  metric: string;
  value: number;
  /** Against the job before it that has the same metric; null where there is none. */
  change: { kind: 'better' | 'worse' | 'equal' | 'other'; difference: number } | null;
  /** Of how many of the newest jobs it is the best; 0 where it is not, or nothing can be said. */
  bestOf: number;
}

/** Fewest results among which one is called the best. */
const MIN_RIVALS = 3;

/** The newest result of jobs that are ordered from the newest to the oldest; null without one. */
export function newestResult(past: readonly PastJob[]): IResult | null {
  const found = past.findIndex(job => valueOf(job) !== null);
  const job = past[found];
  const result = job?.result;
  if (!job || !result || typeof result.value !== 'number') {
    return null;
  }
  const { metric, value, direction } = result;
  const rivals = past
    .slice(found + 1)
    .filter(one => one.result?.metric === metric)
    .map(valueOf)
    .filter(one => one !== null);
  const before = rivals[0];
  const gain = (other: number): number => (direction === 'min' ? other - value : value - other);
  const isBest = direction !== null && rivals.every(other => gain(other) > 0);
  return {
    job,
    metric,
    value,
    change: before === undefined ? null : changeOf(gain(before), direction !== null),
    bestOf: isBest && rivals.length + 1 >= MIN_RIVALS ? rivals.length + 1 : 0
  };
}

function changeOf(gain: number, isDirected: boolean): NonNullable<IResult['change']> {
  const difference = Math.abs(gain);
  if (gain === 0) {
    return { kind: 'equal', difference };
  }
  if (!isDirected) {
    return { kind: 'other', difference };
  }
  return { kind: gain > 0 ? 'better' : 'worse', difference };
}

function valueOf({ result }: PastJob): number | null {
  return typeof result?.value === 'number' ? result.value : null;
}
