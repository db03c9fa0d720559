/** Owns how the tab of a comparison is called: two runs by what tells them apart, more by their number; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Run } from '../api/types';

/** Letters of a name that a tab has room for, beside another name. */
const ROOM = 16;

/** What stands on the tab, and when it is pointed at. */
export interface ITitleWords {
  label: string;
  caption: string;
}

/** `count` is how many runs are compared, `runs` those that are known by now, in their order. */
export function titleWords(
  runs: readonly Run[],
  count: number,
  trans: TranslationBundle
): ITitleWords {
  const [one, other] = runs;
  if (count !== 2 || !one || !other) {
    return {
      label: trans._n('Compare %1 run', 'Compare %1 runs', count, count),
      caption: trans._n('Comparison of %1 run', 'Comparison of %1 runs', count, count)
    };
  }
  const names = [one.summary.name, other.summary.name] as const;
  const told = names[0] === names[1] ? apart(one, other) : names;
  const [first, second] = shortened(...told);
  return {
    label: trans.__('%1 vs %2', first, second),
    caption:
      names[0] === names[1]
        ? trans.__('Comparison of two runs named %1: %2 and %3', names[0], ...told)
        : trans.__('Comparison of %1 and %2', ...names)
  };
}

/** What tells two runs of the same name apart: a param that differs, or else when they began. */
function apart(one: Run, other: Run): readonly [string, string] {
  const values = new Map(other.params.map(param => [param.name, param.value]));
  const differing = one.params.filter(
    ({ name, value }) => values.has(name) && values.get(name) !== value
  );
  // What was set by hand says more than what a model made of it.
  const param = differing.find(({ origin }) => origin !== 'model') ?? differing[0];
  if (param) {
    return [`${param.name} ${param.value}`, String(values.get(param.name))];
  }
  return timesOf(one.summary.started_at, other.summary.started_at);
}

/** Two times as short as tells them apart. */
function timesOf(one: number, other: number): readonly [string, string] {
  const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
  const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
  const second = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
  const formats = [day, minute, second];
  const format = formats.find(({ format: tell }) => tell(one) !== tell(other)) ?? second;
  return [format.format(one), format.format(other)];
}

/** Two names cut so that what tells them apart can be read; words that both begin with go first. */
function shortened(one: string, other: string): readonly [string, string] {
  const cuts = [0];
  for (let at = 0; at < one.length && one[at] === other[at]; at += 1) {
    if (/[\s_\-/.·]/.test(one[at] ?? '')) {
      cuts.push(at + 1);
    }
  }
  const cut = (from: number): readonly [string, string] =>
    from === 0 ? [one, other] : [`…${one.slice(from)}`, `…${other.slice(from)}`];
  const found = cuts.map(cut).find(names => names.every(fits)) ?? cut(cuts.at(-1) ?? 0);
  const [first, second] = found;
  return [short(first), short(second)];
}

function fits(name: string): boolean {
  return name.length <= ROOM;
}

function short(name: string): string {
  return fits(name) ? name : `${name.slice(0, ROOM - 1)}…`;
}
