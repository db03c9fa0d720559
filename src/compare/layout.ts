/** Owns how a comparison is laid out, as far as it is kept over a reload; pure. */
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import { chartsFromJson, PLAIN_CHARTS, type IChartsLayout } from './charts/chartsLayout';
import { GROUPS, type GroupName, type IRunSorting, type Statistic } from './rows';

export const SECTIONS = ['why', 'charts', 'code', 'data', 'outputs'] as const;

export type SectionName = (typeof SECTIONS)[number];

export interface ILayout {
  statistic: Statistic;
  /** Whether runs are rows. */
  isTransposed: boolean;
  /** Groups of rows that are folded whole. */
  closed: readonly GroupName[];
  /** Groups of which the equal rows are shown too. */
  unfolded: readonly GroupName[];
  /** Sections of the page that are folded. */
  folded: readonly SectionName[];
  sorting: IRunSorting | null;
  /** Ids of the runs that charts leave out. */
  hidden: readonly string[];
  /** The kind of charts that is shown, and how curves are drawn. */
  charts: IChartsLayout;
}

export const PLAIN: ILayout = {
  statistic: 'last',
  isTransposed: false,
  closed: ['files'],
  unfolded: [],
  folded: ['outputs'],
  sorting: null,
  hidden: [],
  charts: PLAIN_CHARTS
};

const STATISTICS: readonly Statistic[] = ['last', 'min', 'max', 'best'];

/** The list with the item, or without it where it has it. */
export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter(other => other !== item) : [...list, item];
}

/** The layout as JSON. */
export function toJson(layout: ILayout): ReadonlyJSONObject {
  const { sorting, closed, unfolded, folded, hidden, charts, ...plain } = layout;
  return {
    ...plain,
    hidden: [...hidden],
    charts: { kind: charts.kind, curves: { ...charts.curves }, choices: charts.choices },
    closed: [...closed],
    unfolded: [...unfolded],
    folded: [...folded],
    sorting: sorting && { ...sorting }
  };
}

/** The layout that was kept; what is not understood of it is as if nothing had been kept. */
export function fromJson(kept: unknown): ILayout {
  const object: Record<string, unknown> =
    typeof kept === 'object' && kept !== null ? { ...kept } : {};
  const some = <T extends string>(
    name: string,
    known: readonly T[],
    otherwise: readonly T[]
  ): readonly T[] => {
    const list = object[name];
    return Array.isArray(list) ? known.filter(item => list.includes(item)) : otherwise;
  };
  const sorting = object['sorting'] as Partial<IRunSorting> | null | undefined;
  return {
    statistic: STATISTICS.find(item => item === object['statistic']) ?? PLAIN.statistic,
    isTransposed: object['isTransposed'] === true,
    closed: some('closed', GROUPS, PLAIN.closed),
    unfolded: some('unfolded', GROUPS, PLAIN.unfolded),
    folded: some('folded', SECTIONS, PLAIN.folded),
    sorting:
      typeof sorting?.key === 'string'
        ? { key: sorting.key, isDescending: sorting.isDescending === true }
        : null,
    hidden: textsOf(object['hidden']),
    charts: chartsFromJson(object['charts'])
  };
}

function textsOf(kept: unknown): string[] {
  return Array.isArray(kept) ? kept.filter((item): item is string => typeof item === 'string') : [];
}
