/** Owns what a comparison puts into rows: outcome, metrics, params and tags of whole runs; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { MetricSummary, Run } from '../api/types';
import { baseName, formatTime } from '../components/format';
import { isSystem } from '../components/system';
import { compareValues, type Direction, type Form, type Value } from './values';

export type GroupName =
  | 'outcome'
  | 'metrics'
  | 'params'
  | 'data'
  | 'environment'
  | 'hardware'
  | 'tags'
  | 'code'
  | 'files';

/** The groups in the order in which they are shown. */
export const GROUPS: readonly GroupName[] = [
  'outcome',
  'metrics',
  'params',
  'data',
  'environment',
  'hardware',
  'tags',
  'code',
  'files'
];

/** Which value of a metric is compared; `best` is the lowest or highest, as its direction says. */
export type Statistic = 'last' | 'min' | 'max' | 'best';

/** One thing that is compared, with the value of each run in the order of the runs. */
export interface IRow {
  /** Group and name; unlike those of every other row. */
  key: string;
  group: GroupName;
  name: string;
  /** What kind of thing it is, where the name does not tell. */
  note?: string;
  form: Form;
  values: readonly Value[];
  /** More about each value than there is room for. */
  titles?: readonly (string | undefined)[];
  isEqual: boolean;
  /** Which way it is better, where that is known. */
  direction: Direction | null;
  isPrimary: boolean;
  /** More about the row than there is room for. */
  hint?: string;
}

/** How the runs are sorted: by the row of this key. */
export interface IRunSorting {
  key: string;
  isDescending: boolean;
}

type NewRow = Pick<IRow, 'group' | 'name' | 'form' | 'values'> & Partial<IRow>;

/** A row of which no more is known than is given; equal where all runs have the same value. */
export function rowOf(row: NewRow): IRow {
  const [first = null, ...others] = row.values;
  return {
    key: `${row.group}:${row.note ?? ''}:${row.name}`,
    isEqual: first !== null && others.every(value => value === first),
    direction: null,
    isPrimary: false,
    ...row
  };
}

/** Status, length and origin of each run. */
export function outcomeRows(runs: readonly Run[], now: number, trans: TranslationBundle): IRow[] {
  const all = runs.map(run => run.summary);
  const errors = runs.map(({ error }) => error && [error.name, error.message].join(': '));
  const rows: NewRow[] = [
    { name: trans.__('Status'), form: 'status', values: all.map(run => run.status) },
    { name: trans.__('Error'), form: 'text', values: errors },
    {
      name: trans.__('Duration'),
      form: 'duration',
      values: all.map(run => run.duration_ms ?? now - run.started_at)
    },
    {
      name: trans.__('Started'),
      form: 'time',
      values: all.map(run => run.started_at),
      titles: all.map(run => formatTime(run.started_at))
    },
    { name: trans.__('Experiment'), form: 'text', values: all.map(run => run.experiment) },
    {
      name: trans.__('Notebook'),
      form: 'text',
      values: all.map(run => run.notebook_path && baseName(run.notebook_path)),
      titles: all.map(run => run.notebook_path ?? undefined)
    },
    { name: trans.__('User'), form: 'text', values: all.map(run => run.user) }
  ].map(row => ({ ...row, group: 'outcome' }) as NewRow);
  return rows.filter(hasValue).map(rowOf);
}

/** Time of the processor and memory, as far as they were measured. */
export function usageRows(runs: readonly Run[], trans: TranslationBundle): IRow[] {
  const all = runs.map(run => run.summary);
  const rows: NewRow[] = [
    {
      group: 'hardware',
      name: trans.__('Processor time'),
      form: 'duration',
      values: all.map(run => run.cpu_ms)
    },
    {
      group: 'hardware',
      name: trans.__('Peak memory'),
      form: 'bytes',
      values: all.map(run => run.peak_memory)
    }
  ];
  return rows.filter(hasValue).map(rowOf);
}

function hasValue(row: NewRow): boolean {
  return row.values.some(value => value !== null);
}

/** The metrics of the model; those that the runs are judged by come first. */
export function metricRows(
  runs: readonly Run[],
  statistic: Statistic,
  directions: ReadonlyMap<string, Direction>,
  trans: TranslationBundle
): IRow[] {
  const primaries = primariesOf(runs);
  const rows = gather(runs.map(run => run.metrics)).filter(([name]) => !isSystem(name));
  return rows
    .map(([name, found]) => {
      const direction = directions.get(name) ?? null;
      const isPrimary = name === primaries[0];
      const hint = primaries.indexOf(name) > 0 ? primaryHint(runs, name, trans) : undefined;
      const pick = (metric: MetricSummary | undefined): Value =>
        metric ? valueOf(metric, statistic, direction) : null;
      const values = found.map(pick);
      return rowOf({ group: 'metrics', name, form: 'number', values, direction, isPrimary, hint });
    })
    .sort((one, other) => rankOf(one.name, primaries) - rankOf(other.name, primaries));
}

/** The metrics that lists show of the runs; first the one that most runs have, which compares them. */
function primariesOf(runs: readonly Run[]): string[] {
  const names = [...new Set(runs.flatMap(run => run.summary.primary_metric?.name ?? []))];
  const count = (name: string): number =>
    runs.filter(run => run.metrics.some(metric => metric.name === name)).length;
  return names.sort((one, other) => count(other) - count(one));
}

function rankOf(name: string, primaries: readonly string[]): number {
  const rank = primaries.indexOf(name);
  return rank < 0 ? primaries.length : rank;
}

/** Of which runs a metric is the primary one that is not what the comparison goes by. */
function primaryHint(runs: readonly Run[], name: string, trans: TranslationBundle): string {
  const of = runs.filter(run => run.summary.primary_metric?.name === name);
  return trans.__('The primary metric of %1', of.map(run => run.summary.name).join(', '));
}

function valueOf(
  metric: MetricSummary,
  statistic: Statistic,
  direction: Direction | null
): MetricSummary['last'] {
  const chosen = statistic === 'best' ? (direction ?? 'last') : statistic;
  return metric[chosen];
}

export function paramRows(runs: readonly Run[]): IRow[] {
  return gather(runs.map(run => run.params)).map(([name, found]) =>
    rowOf({
      group: 'params',
      name,
      form: 'param',
      values: found.map(param => param?.value ?? null)
    })
  );
}

export function tagRows(runs: readonly Run[]): IRow[] {
  return gather(runs.map(run => run.tags.filter(tag => !tag.name.startsWith('mlflow.')))).map(
    ([name, found]) =>
      rowOf({ group: 'tags', name, form: 'tag', values: found.map(tag => tag?.value ?? null) })
  );
}

/** Made once: it is costly, and compares much more quickly than texts by themselves. */
const BY_NAME = new Intl.Collator(undefined, { numeric: true });

/** The items of each name, one place a run; by name. */
function gather<T extends { name: string }>(
  lists: readonly (readonly T[])[]
): [string, (T | undefined)[]][] {
  const found = new Map<string, (T | undefined)[]>();
  lists.forEach((list, place) => {
    for (const item of list) {
      const places = found.get(item.name) ?? lists.map(() => undefined);
      places[place] = item;
      found.set(item.name, places);
    }
  });
  return [...found].sort(([one], [other]) => BY_NAME.compare(one, other));
}

/** The places of the runs in the order of a row; as they are where no such row is. */
export function sortedPlaces(
  rows: readonly IRow[],
  count: number,
  sorting: IRunSorting | null
): readonly number[] {
  const places = Array.from({ length: count }, (_, place) => place);
  const row = rows.find(item => item.key === sorting?.key);
  if (!row || !sorting) {
    return places;
  }
  const value = (place: number): Value => row.values[place] ?? null;
  return places.sort((one, other) => compareValues(value(one), value(other), sorting.isDescending));
}

/** The rows in which name, kind or some value holds all of the words, whatever their case. */
export function searchRows(rows: readonly IRow[], text: string): readonly IRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return rows;
  }
  return rows.filter(row => {
    const held = [row.name, row.note ?? '', ...row.values].join('\n').toLowerCase();
    return words.every(word => held.includes(word));
  });
}

/** What a table shows from top to bottom: headings of groups, rows, and what folds equal rows. */
export type Line =
  | {
      kind: 'group';
      key: string;
      group: GroupName;
      isOpen: boolean;
      count: number;
      /** How many equal rows it has, where none differs; opening it shows them. */
      equal: number;
    }
  | { kind: 'row'; key: string; row: IRow }
  | { kind: 'fold'; key: string; group: GroupName; isOpen: boolean; count: number };

/** Which groups are closed, and of which the equal rows are shown too. */
export interface IFolding {
  closed: ReadonlySet<GroupName>;
  unfolded: ReadonlySet<GroupName>;
}

/** Group by group: rows that differ, then a line that unfolds the equal ones. */
export function linesOf(rows: readonly IRow[], folding: IFolding, isSearching: boolean): Line[] {
  return GROUPS.flatMap(group => {
    const all = rows.filter(row => row.group === group);
    // What files there are is asked for when the group is opened.
    const isShown = all.length > 0 || (group === 'files' && !isSearching);
    return isShown ? groupLines(group, all, folding, isSearching) : [];
  });
}

function groupLines(
  group: GroupName,
  all: readonly IRow[],
  { closed, unfolded }: IFolding,
  isSearching: boolean
): Line[] {
  const toLine = (row: IRow): Line => ({ kind: 'row', key: row.key, row });
  const differing = all.filter(row => !row.isEqual);
  const equal = all.filter(row => row.isEqual);
  const isUnfolded = unfolded.has(group);
  const isAllEqual = differing.length === 0 && equal.length > 0;
  const isOpen = isSearching || (!closed.has(group) && (!isAllEqual || isUnfolded));
  const counts = { count: differing.length, equal: isAllEqual ? equal.length : 0 };
  const heading: Line = { kind: 'group', key: group, group, isOpen, ...counts };
  if (!isOpen) {
    return [heading];
  }
  if (isSearching || isAllEqual) {
    return [heading, ...[...differing, ...equal].map(toLine)];
  }
  const count = equal.length;
  const fold: Line = { kind: 'fold', key: `${group}=`, group, isOpen: isUnfolded, count };
  return [
    heading,
    ...differing.map(toLine),
    ...(count > 0 ? [fold] : []),
    ...(isUnfolded ? equal.map(toLine) : [])
  ];
}
