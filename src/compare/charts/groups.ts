/** Owns by what runs are grouped in charts: a param, a tag, or their experiment. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { RunSummary } from '../../api/types';
import type { IChoice } from '../../components/charts/fields';
import { formatNumber } from '../../components/format';
import { tagValues, type ChartClient } from './curveSource';
import { useLoaded, type ILoaded } from './loading';
import { columnAt, varies, type IRunTable } from './runTable';

/** A param with more values than this groups nothing. */
const MOST_GROUPS = 40;

const TAG = 'tags.';

/** What runs can be grouped by: what tells some of them apart. */
export function groupingChoices(
  table: IRunTable,
  tags: readonly string[],
  trans: TranslationBundle
): IChoice[] {
  const params = table.columns
    .filter(column => column.kind === 'param' && varies(column))
    .filter(({ values }) => new Set(values).size <= MOST_GROUPS);
  return [
    { value: 'experiment', label: trans.__('experiment') },
    ...params.map(({ key, name }) => ({ value: key, label: name, heading: trans.__('Params') })),
    ...tags.map(name => ({ value: TAG + name, label: name, heading: trans.__('Tags') }))
  ];
}

/** The group of each run by its id; null while it is asked for, and when nothing is grouped. */
export function useGroups(
  client: ChartClient,
  place: { runs: readonly RunSummary[]; table: IRunTable; groupBy: string; none: string }
): ILoaded<ReadonlyMap<string, string>> {
  const { runs, table, groupBy, none } = place;
  const load = React.useMemo(() => {
    if (!groupBy) {
      return null;
    }
    const ids = runs.map(run => run.id);
    return async (signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
      const found = groupBy.startsWith(TAG)
        ? await tagValues(client, ids, { name: groupBy.slice(TAG.length), signal })
        : columnGroups(table, groupBy);
      return new Map(ids.map(id => [id, found.get(id) ?? none]));
    };
  }, [client, runs, table, groupBy, none]);
  return useLoaded(load);
}

function columnGroups(table: IRunTable, key: string): Map<string, string> {
  const values = columnAt(table, key)?.values ?? [];
  return new Map(
    table.ids.flatMap((id, index) => {
      const value = values[index] ?? null;
      return value === null
        ? []
        : [[id, typeof value === 'number' ? formatNumber(value) : value] as const];
    })
  );
}
