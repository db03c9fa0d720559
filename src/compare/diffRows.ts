/** Owns the rows that come from pairwise differences: what each run has, told from its baseline's; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  ArtifactRef,
  CodeDiff,
  Comparison,
  DataDiff,
  RunCapture,
  SurroundingsDiff
} from '../api/types';
import { formatBytes, formatCount, shortDigest } from '../components/format';
import { rowOf, type GroupName, type IRow } from './rows';
import type { Value } from './values';

type Version = DataDiff['versions'][number];
type Fact = SurroundingsDiff['facts'][number];

/** The rows of data, environment, hardware and code, in the order of `runIds`. */
export function differenceRows(
  comparison: Comparison,
  runIds: readonly string[],
  trans: TranslationBundle
): IRow[] {
  return [
    ...dataRows(comparison, runIds, trans),
    ...surroundingsRows(comparison, runIds, trans),
    ...factRows(comparison, runIds, trans),
    ...codeRows(comparison, runIds, trans)
  ];
}

/** One row a table or file: its shape and the beginning of its digest. */
function dataRows(
  { data }: Comparison,
  runIds: readonly string[],
  trans: TranslationBundle
): IRow[] {
  const names = [...new Set(data.flatMap(diff => diff.versions.map(({ name }) => name)))];
  return names.map(name => {
    const find = (runId: string): Version | undefined =>
      data.find(diff => diff.run_id === runId)?.versions.find(item => item.name === name);
    const some = data.flatMap(diff => diff.versions.filter(item => item.name === name));
    const sides = runIds.map(runId => sideOf(runId, find(runId), some[0], data));
    return rowOf({
      group: 'data',
      name,
      note: some[0]?.role === 'made' ? trans.__('made by the cell') : undefined,
      form: 'code',
      values: sides.map(side => versionWords(side)),
      titles: sides.map(side => side?.digest),
      isEqual: some.length === data.length && some.every(version => version.equal)
    });
  });
}

interface ISide {
  digest: string;
  shape: readonly number[];
}

/** What the run read; the baseline has no difference of its own and stands first in every other's. */
function sideOf(
  runId: string,
  own: Version | undefined,
  some: Version | undefined,
  data: readonly DataDiff[]
): ISide | null {
  const isBaseline = !data.some(diff => diff.run_id === runId);
  const [version, side] = isBaseline ? [some, 0] : [own, 1];
  const digest = version?.digests[side];
  return version && digest ? { digest, shape: version.shapes[side] ?? [] } : null;
}

function versionWords(side: ISide | null): Value {
  return (
    side && [side.shape.map(formatCount).join(' × '), shortDigest(side.digest)].join(' ').trim()
  );
}

const GROUP_OF: Partial<Record<Fact['kind'], GroupName>> = { hardware: 'hardware', git: 'code' };

/** One row that says of each run whether all that was recorded around it is the baseline's. */
function surroundingsRows(
  { surroundings }: Comparison,
  runIds: readonly string[],
  trans: TranslationBundle
): IRow[] {
  const words = ({ known, equal, facts }: SurroundingsDiff): string => {
    if (!known) {
      return trans.__('not recorded of both');
    }
    const count = facts.length;
    return equal ? trans.__('equal') : trans._n('%1 differs', '%1 differ', count);
  };
  const diffs = new Map(surroundings.map(diff => [diff.run_id, diff]));
  const values = runIds.map(runId => {
    const diff = diffs.get(runId);
    return diff ? words(diff) : trans.__('baseline');
  });
  const row = rowOf({
    group: 'environment',
    name: trans.__('All that was recorded'),
    form: 'text',
    values,
    hint: trans.__('Packages, Python, machine, variables, git and models'),
    isEqual: surroundings.every(diff => diff.equal)
  });
  return surroundings.length > 0 ? [row] : [];
}

/** One row a fact that differs somewhere: runs that do not differ in it have the baseline's value. */
function factRows(
  { surroundings }: Comparison,
  runIds: readonly string[],
  trans: TranslationBundle
): IRow[] {
  const kinds = kindWords(trans);
  const diffs = new Map(surroundings.map(diff => [diff.run_id, diff]));
  const firsts = new Map<string, Fact>();
  for (const fact of surroundings.flatMap(diff => diff.facts)) {
    const key = `${fact.kind}:${fact.name}`;
    firsts.set(key, firsts.get(key) ?? fact);
  }
  return [...firsts.values()].map(first => {
    const values = runIds.map(runId => factValue(diffs.get(runId), first));
    return rowOf({
      group: GROUP_OF[first.kind] ?? 'environment',
      name: first.name,
      note: kinds[first.kind],
      form: 'code',
      values,
      titles: values.map(value => (value === null ? undefined : String(value).slice(0, 2000))),
      isEqual: false
    });
  });
}

function factValue(diff: SurroundingsDiff | undefined, first: Fact): Value {
  const base = first.values[0] ?? null;
  if (!diff) {
    return base;
  }
  if (!diff.known) {
    return null;
  }
  const own = diff.facts.find(fact => fact.kind === first.kind && fact.name === first.name);
  return own ? (own.values[1] ?? null) : base;
}

/** The word for each kind of fact. */
export function kindWords(trans: TranslationBundle): Record<Fact['kind'], string> {
  return {
    package: trans.__('package'),
    python: trans.__('Python'),
    platform: trans.__('platform'),
    variable: trans.__('variable'),
    hardware: trans.__('hardware'),
    seed: trans.__('seed'),
    git: trans.__('git'),
    model: trans.__('model')
  };
}

/** How many lines of each run's cells are unlike the baseline's. */
function codeRows(
  { code }: Comparison,
  runIds: readonly string[],
  trans: TranslationBundle
): IRow[] {
  const words = ({ equal, lines }: CodeDiff): string => {
    const count = (kind: string): number => lines.filter(line => line.kind === kind).length;
    const [added, removed] = [count('added'), count('removed')];
    return equal
      ? trans.__('the same')
      : trans._n('%1 line added, %2 removed', '%1 lines added, %2 removed', added, removed);
  };
  const values = runIds.map(runId => {
    const diff = code.find(item => item.run_id === runId);
    return diff ? words(diff) : trans.__('baseline');
  });
  const isEqual = code.every(diff => diff.equal);
  return [rowOf({ group: 'code', name: trans.__('Cells'), form: 'text', values, isEqual })];
}

/** One row a path: size and the beginning of the digest of each run's file. */
export function fileRows(
  captures: ReadonlyMap<string, RunCapture>,
  runIds: readonly string[]
): IRow[] {
  const files = runIds.map(
    runId => new Map(captures.get(runId)?.artifacts.map(file => [file.path, file]))
  );
  const paths = [...new Set(files.flatMap(byPath => [...byPath.keys()]))].sort();
  return paths.map(path => {
    const found = files.map(byPath => byPath.get(path));
    const digests = new Set(found.map(file => file?.digest));
    return rowOf({
      group: 'files',
      name: path,
      form: 'code',
      values: found.map(fileWords),
      titles: found.map(file => file?.digest),
      isEqual: digests.size === 1
    });
  });
}

function fileWords(file: ArtifactRef | undefined): Value {
  return file ? `${formatBytes(file.size)} ${shortDigest(file.digest)}` : null;
}
