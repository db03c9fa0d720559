/** Owns how a run's primary metric is held against the best of its experiment. */
import * as React from 'react';

import type { Experiment, RunSummary } from '../api/types';
import { formatNumber } from './format';
import { useTrans } from './hooks';

/** Where a run stands among those of its experiment. */
export type Standing =
  | { kind: 'best'; runs: number }
  | {
      kind: 'better' | 'worse' | 'equal';
      /** Without its sign. */
      difference: number;
      isHigher: boolean;
      best: number;
      bestRunId: string;
    };

/** Where the run stands; null for one that failed, or where there is nothing to be held against. */
export function standingOf(run: RunSummary, experiment: Experiment | null): Standing | null {
  const value = run.primary_metric?.last;
  const isCut = run.status === 'failed' || run.status === 'killed';
  if (isCut || !experiment || typeof value !== 'number' || typeof experiment.best !== 'number') {
    return null;
  }
  const { best, best_run_id: bestRunId, direction, primary_metric: name } = experiment;
  if (bestRunId === null || direction === null || name !== run.primary_metric?.name) {
    return null;
  }
  if (bestRunId === run.id) {
    return experiment.judged > 1 ? { kind: 'best', runs: experiment.judged } : null;
  }
  const gain = direction === 'max' ? value - best : best - value;
  const kind = gain === 0 ? 'equal' : gain > 0 ? 'better' : 'worse';
  return { kind, difference: Math.abs(value - best), isHigher: value > best, best, bestRunId };
}

/** Not arrows: beside a value that is higher one for worse would say that it is lower. */
export const STANDING_MARKS = { best: '★', better: '✓', worse: '✗', equal: '=' } as const;

/** A sign and words; the colour says nothing that they do not. */
export function StandingMark({ standing }: { standing: Standing }): React.JSX.Element {
  const trans = useTrans();
  const { kind } = standing;
  const isBest = kind === 'best';
  const difference = isBest ? '' : formatNumber(standing.difference);
  const words = {
    best: isBest ? trans.__('best of %1 runs', standing.runs) : '',
    better: trans.__('%1 better than the best', difference),
    worse: trans.__('%1 worse than the best', difference),
    equal: trans.__('as good as the best')
  };
  return (
    <span
      className={`jp-MlopsLab-standing jp-mod-${kind}`}
      title={isBest ? words.best : trans.__('The best so far: %1', formatNumber(standing.best))}
    >
      <span aria-hidden="true">{STANDING_MARKS[kind]}</span> {words[kind]}
    </span>
  );
}
