/** Owns the order in which runs are compared; pure. */
import type { RunSummary } from '../api/types';
import { shortId } from '../components/names';

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

/** The names of the metrics that the runs are judged by. */
export function primaryNames(runs: readonly RunSummary[]): Set<string> {
  return new Set(runs.flatMap(run => run.primary_metric?.name ?? []));
}
