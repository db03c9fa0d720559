/** Owns the table behind the charts over runs: a column for each param and metric; pure. */
import type { ComparedRow, RunSummary } from '../../api/types';
import { isSystem } from '../../components/system';
import { labelOf } from '../order';
import { valueOf, type Cell } from './literals';

/** Params and metrics with the values of the runs, in the order of the runs. */
export type NamedValues = Pick<ComparedRow, 'name' | 'values'>;

/** How many times the lowest the highest must be for a log axis. */
const LOG_SPAN = 50;

export interface IColumnOfRuns {
  /** As a filter names it: `params.lr`, `metrics.auc`. */
  key: string;
  kind: 'param' | 'metric' | 'run';
  name: string;
  values: readonly Cell[];
  /** All values that there are, are numbers, and there is one. */
  isNumeric: boolean;
}

export interface IRunTable {
  ids: readonly string[];
  labels: readonly string[];
  columns: readonly IColumnOfRuns[];
}

/** The table of runs with what is known of them. */
export function tableOf(
  runs: readonly RunSummary[],
  params: readonly NamedValues[],
  metrics: readonly NamedValues[]
): IRunTable {
  const columns = [
    ...params.map(({ name, values }) => columnOf('param', name, values.map(valueOf))),
    ...metrics
      .filter(({ name }) => !isSystem(name))
      .map(({ name, values }) => columnOf('metric', name, values.map(numberOf))),
    columnOf(
      'run',
      'duration',
      runs.map(run => (run.duration_ms === null ? null : run.duration_ms / 1000))
    ),
    columnOf(
      'run',
      'experiment',
      runs.map(run => run.experiment)
    )
  ];
  return {
    ids: runs.map(run => run.id),
    labels: labelsOf(runs),
    columns: columns.filter(({ values }) => values.some(value => value !== null))
  };
}

/** Names that are alike are told apart by their ids. */
export function labelsOf(runs: readonly RunSummary[]): string[] {
  const counts = new Map<string, number>();
  for (const { name } of runs) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return runs.map(run => (counts.get(run.name) === 1 ? run.name : labelOf(run, [run, ...runs])));
}

export function columnOf(
  kind: IColumnOfRuns['kind'],
  name: string,
  values: readonly Cell[]
): IColumnOfRuns {
  const known = values.filter(value => value !== null);
  return {
    key: kind === 'run' ? name : `${kind}s.${name}`,
    kind,
    name,
    values,
    isNumeric: known.length > 0 && known.every(value => typeof value === 'number')
  };
}

/** NaN and infinities have no place in a chart. */
function numberOf(value: string | number | null): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function columnAt(table: IRunTable, key: string): IColumnOfRuns | undefined {
  return table.columns.find(column => column.key === key);
}

/** Whether there is more than one value to tell runs apart by. */
export function varies(column: IColumnOfRuns): boolean {
  return new Set(column.values.filter(value => value !== null)).size > 1;
}

/** Whether the numbers span so much that only a log axis tells the small ones apart. */
export function wantsLog(column: IColumnOfRuns | undefined): boolean {
  const known = (column?.isNumeric ? column.values : []).filter(value => typeof value === 'number');
  const low = Math.min(...known);
  return known.length > 1 && low > 0 && Math.max(...known) / low >= LOG_SPAN;
}
