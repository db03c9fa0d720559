/** Owns the words for how a table and its columns differ; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { DataDiff } from '../api/types';
import { formatCount, formatNumber } from '../components/format';

type Version = DataDiff['versions'][number];
type Column = Version['columns'][number];
type Stats = NonNullable<Column['profile']>['stats'][number];

/** What happened to a table: its shapes, and what is known of it besides its columns. */
export function versionWords(version: Version, trans: TranslationBundle): string {
  const { shapes, digests, known, same_content: isOrderOnly, role } = version;
  const shape = (side: number): string =>
    digests[side] ? (shapes[side] ?? []).map(formatCount).join(' × ') : '';
  const [before, after] = [shape(0), shape(1)];
  const isMissing = !digests[0] || !digests[1];
  return [
    isMissing
      ? digests[0]
        ? trans.__('read by the baseline only')
        : trans.__('not read by the baseline')
      : before === after
        ? before
        : trans.__('%1, then %2', before, after),
    !known && trans.__('not known: other rows were read'),
    isOrderOnly && trans.__('only the order of rows or columns'),
    role === 'made' && trans.__('made by the cell')
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What happened to a column, one line each. */
export function aspectWords(column: Column, trans: TranslationBundle): string[] {
  const { aspects, types, missing, profile } = column;
  const words: Record<Column['aspects'][number], string> = {
    added: trans.__('added'),
    removed: trans.__('removed'),
    type: trans.__('type %1, then %2', types[0] ?? '–', types[1] ?? '–'),
    missing: trans.__('%1 missing, then %2', countOf(missing[0]), countOf(missing[1])),
    content: profile ? '' : trans.__('other values'),
    format: trans.__('other format')
  };
  const told = aspects.map(aspect => words[aspect]);
  const list = [...told, ...(profile ? profileWords(profile, trans) : [])].filter(Boolean);
  return list.length > 0 ? list : [trans.__('other values')];
}

function countOf(count: number | null | undefined): string {
  return count === null || count === undefined ? '?' : formatCount(count);
}

const MOST = 5;

/** How the values lie now: the middle, the spread, and categories that came and went. */
function profileWords(
  { stats, gained, lost }: NonNullable<Column['profile']>,
  trans: TranslationBundle
): string[] {
  const pair = (pick: (side: Stats) => Stats['mean'] | undefined): [string, string] | null => {
    const [before, after] = stats.map(side => pick(side) ?? null);
    const isMoved =
      before !== null && after !== null && before !== undefined && after !== undefined;
    return isMoved && before !== after ? [formatNumber(before), formatNumber(after)] : null;
  };
  const mean = pair(side => side.mean);
  const std = pair(side => side.std);
  const distinct = pair(side => side.distinct);
  // Numbers that came and went are told by mean and spread.
  const isCategory = stats.every(side => side.mean === null);
  const some = (values: readonly string[]): string => values.slice(0, MOST).join(', ');
  return [
    mean ? trans.__('mean %1, then %2', ...mean) : '',
    std ? trans.__('spread %1, then %2', ...std) : '',
    distinct ? trans.__('%1 distinct, then %2', ...distinct) : '',
    isCategory && gained.length > 0 ? trans.__('new: %1', some(gained)) : '',
    isCategory && lost.length > 0 ? trans.__('gone: %1', some(lost)) : ''
  ];
}
