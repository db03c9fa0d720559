/** Owns how the data and the surroundings of compared runs are shown to differ. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { DataDiff, RunSummary, SurroundingsDiff } from '../api/types';
import { formatCount, shortDigest } from '../components/format';
import { useTrans } from '../components/hooks';
import { labelOf } from './order';

type Version = DataDiff['versions'][number];
type Column = Version['columns'][number];
type Fact = SurroundingsDiff['facts'][number];

/** Rows of one table that are drawn at once. */
const STEP = 200;

interface IPair {
  runs: readonly RunSummary[];
  runId: string;
}

function usePair({ runs, runId }: IPair): { base: string; name: string } {
  const other = runs.find(run => run.id === runId);
  return { base: labelOf(runs[0], runs), name: labelOf(other, runs) };
}

/** Which data differs between the first run and another, by column. */
export function DataDifference(props: {
  diff: DataDiff;
  runs: readonly RunSummary[];
}): React.JSX.Element {
  const trans = useTrans();
  const { diff, runs } = props;
  const { base, name } = usePair({ runs, runId: diff.run_id });
  const differing = diff.versions.filter(version => !version.equal);
  if (diff.versions.length === 0) {
    return <p className="jp-MlopsLab-note">{trans.__('%1 recorded no data.', name)}</p>;
  }
  const same = diff.equal && differing.every(({ known, role }) => known && role === 'made') && (
    <p className="jp-MlopsLab-note">{trans.__('%1 read the same data as %2.', name, base)}</p>
  );
  if (differing.length === 0) {
    return <>{same}</>;
  }
  return (
    <div className="jp-MlopsLab-codeDiff">
      <h3>{trans.__('From %1 to %2', base, name)}</h3>
      {same}
      <div className="jp-MlopsLab-tableFrame">
        <table className="jp-MlopsLab-table">
          <thead>
            <tr>
              <th scope="col">{trans.__('Data')}</th>
              <th scope="col">{base}</th>
              <th scope="col">{name}</th>
              <th scope="col">{trans.__('Columns that differ')}</th>
            </tr>
          </thead>
          <tbody>
            {differing.slice(0, STEP).map(version => (
              <VersionRow key={version.name} version={version} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function VersionRow({ version }: { version: Version }): React.JSX.Element {
  const trans = useTrans();
  const { name, digests, shapes, role, known } = version;
  return (
    <tr>
      <th scope="row">
        {name}
        {role === 'made' && (
          <span className="jp-MlopsLab-note"> {trans.__('made by the cell')}</span>
        )}
      </th>
      {[0, 1].map(side => (
        <td key={side} title={digests[side] ?? undefined}>
          {versionWords(digests[side], shapes[side])}
        </td>
      ))}
      <td className="jp-MlopsLab-wrapped">
        {known ? differenceWords(version, trans) : trans.__('not known: other rows were read')}
      </td>
    </tr>
  );
}

function differenceWords(version: Version, trans: TranslationBundle): string {
  const { same_content: isOrderOnly, columns } = version;
  return isOrderOnly
    ? trans.__('only the order of rows or columns')
    : columns
        .slice(0, STEP)
        .map(column => columnWords(column, trans))
        .join('; ');
}

function versionWords(digest?: string | null, shape: readonly number[] = []): string {
  return digest ? [shape.map(formatCount).join(' × '), shortDigest(digest)].join(' ').trim() : '–';
}

function columnWords({ name, aspects, types, missing }: Column, trans: TranslationBundle): string {
  const words: Record<Column['aspects'][number], string> = {
    added: trans.__('added'),
    removed: trans.__('removed'),
    type: trans.__('type %1, then %2', types[0] ?? '–', types[1] ?? '–'),
    missing: trans.__('%1 missing, then %2', missing[0] ?? '–', missing[1] ?? '–'),
    content: trans.__('values'),
    format: trans.__('format')
  };
  return `${name} (${aspects.map(aspect => words[aspect]).join(', ')})`;
}

/** What differs of packages, machine, git and models. */
export function SurroundingsDifference(props: {
  diff: SurroundingsDiff;
  runs: readonly RunSummary[];
}): React.JSX.Element {
  const trans = useTrans();
  const { diff, runs } = props;
  const { base, name } = usePair({ runs, runId: diff.run_id });
  const [limit, setLimit] = React.useState(STEP);
  if (!diff.known) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('It is not recorded what both %1 and %2 ran in.', base, name)}
      </p>
    );
  }
  if (diff.equal) {
    return <p className="jp-MlopsLab-note">{trans.__('%1 ran in the same as %2.', name, base)}</p>;
  }
  return (
    <div className="jp-MlopsLab-codeDiff">
      <h3>{trans.__('From %1 to %2', base, name)}</h3>
      <div className="jp-MlopsLab-tableFrame">
        <table className="jp-MlopsLab-table">
          <tbody>
            {diff.facts.slice(0, limit).map((fact, index) => (
              <FactRow key={index} fact={fact} />
            ))}
          </tbody>
        </table>
      </div>
      {diff.facts.length > limit && (
        <button type="button" className="jp-MlopsLab-link" onClick={() => setLimit(limit + STEP)}>
          {trans.__('Show more of %1', formatCount(diff.facts.length))}
        </button>
      )}
    </div>
  );
}

function FactRow({ fact }: { fact: Fact }): React.JSX.Element {
  const trans = useTrans();
  const kinds: Record<Fact['kind'], string> = {
    package: trans.__('package'),
    python: trans.__('Python'),
    platform: trans.__('platform'),
    variable: trans.__('variable'),
    hardware: trans.__('hardware'),
    seed: trans.__('seed'),
    git: trans.__('git'),
    model: trans.__('model')
  };
  return (
    <tr>
      <th scope="row">{fact.name}</th>
      <td className="jp-MlopsLab-note">{kinds[fact.kind]}</td>
      {[0, 1].map(side => (
        <td key={side} className="jp-MlopsLab-value" title={fact.values[side] ?? undefined}>
          {(fact.values[side] ?? '–').slice(0, 200)}
        </td>
      ))}
    </tr>
  );
}
