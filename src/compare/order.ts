/** Owns the order in which runs are compared, and which two of them are explained; pure. */
import type { MetricSummary, Run, RunSummary } from '../api/types';
import { shortId } from '../components/names';
import { isSystem } from '../components/system';

/** Most runs that one comparison takes. */
export const MOST_COMPARED = 200;

/** The runs as they came to be: the oldest is what the others are held against. */
export function oldestFirst(runs: readonly RunSummary[]): RunSummary[] {
  return [...runs].sort((one, other) => one.started_at - other.started_at);
}

/** What tells a run from the others: its name, with its short id where another has that name too. */
export function labelOf(run: RunSummary | undefined, runs: readonly RunSummary[]): string {
  if (!run) {
    return '';
  }
  const isUnique = runs.every(other => other.id === run.id || other.name !== run.name);
  return isUnique ? run.name : `${run.name} · ${shortId(run.id)}`;
}

/** The ids with one of them `steps` places further; as they are where it would leave the row. */
export function movedBy(ids: readonly string[], id: string, steps: number): readonly string[] {
  const from = ids.indexOf(id);
  const to = from + steps;
  if (from < 0 || to < 0 || to >= ids.length) {
    return ids;
  }
  const others = ids.filter(item => item !== id);
  return [...others.slice(0, to), id, ...others.slice(to)];
}

/** The baseline and the run that is best beside it; the first other where none can be judged. */
export function betterPair(
  runs: readonly Run[],
  baseline: Run | undefined
): readonly [string, string] | null {
  const others = runs.map(run => run.summary).filter(run => run.id !== baseline?.summary.id);
  const base = baseline?.summary;
  if (!base || !others[0]) {
    return null;
  }
  const name = base.primary_metric?.name;
  const sign = base.direction === 'min' ? -1 : 1;
  const gain = ({ primary_metric: metric }: RunSummary): number =>
    metric?.name === name && typeof metric?.last === 'number' ? sign * metric.last : -Infinity;
  const best = others.reduce((one, other) => (gain(other) > gain(one) ? other : one));
  return [base.id, best.id];
}

/** The names of the metrics of the model that both have; those of which the values differ first. */
export function sharedNames(
  one: readonly MetricSummary[],
  other: readonly MetricSummary[]
): string[] {
  const before = new Map(one.map(metric => [metric.name, metric.last]));
  const both = other.filter(({ name }) => before.has(name) && !isSystem(name));
  const isMoved = (metric: MetricSummary): boolean => before.get(metric.name) !== metric.last;
  return [...both.filter(isMoved), ...both.filter(metric => !isMoved(metric))].map(
    metric => metric.name
  );
}

/** The names of the metrics that the runs are judged by. */
export function primaryNames(runs: readonly RunSummary[]): Set<string> {
  return new Set(runs.flatMap(run => run.primary_metric?.name ?? []));
}
