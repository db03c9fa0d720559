/** Owns how the data of runs is shown to differ: which columns, and how their values lie now. */
import * as React from 'react';

import type { ColumnVersion, DataDiff, RunCapture } from '../api/types';
import { Distribution } from '../components/distribution';
import { formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import type { IComparedRun } from './cells';
import { aspectWords, versionWords } from './dataWords';
import { PairList, useNames } from './pairs';

type Version = DataDiff['versions'][number];
type Column = Version['columns'][number];

/** Columns of one table that are drawn at once. */
const STEP = 50;

interface IDataProps {
  diffs: readonly DataDiff[];
  runs: readonly IComparedRun[];
  captures: ReadonlyMap<string, RunCapture>;
}

export function DataDifferences({ diffs, runs, captures }: IDataProps): React.JSX.Element {
  const trans = useTrans();
  const names = useNames();
  const baseline = runs.find(run => run.isBaseline);
  const diffOf = new Map(diffs.map(diff => [diff.run_id, diff]));
  const others = runs.filter(run => !run.isBaseline);
  const told = (run: IComparedRun): readonly Version[] =>
    diffOf.get(run.run.summary.id)?.versions.filter(version => !version.equal) ?? [];
  const isEmpty = diffs.every(diff => diff.versions.length === 0);
  const same = others
    .filter(run => diffOf.get(run.run.summary.id)?.versions.length !== 0)
    .filter(run => told(run).length === 0);
  if (isEmpty) {
    return (
      <p className="jp-MlopsLab-note">{trans.__('No data was recorded of any of these runs.')}</p>
    );
  }
  const items = others
    .filter(run => told(run).length > 0)
    .map(run => ({
      run,
      summary: told(run)
        .map(version => version.name)
        .join(', '),
      draw: () =>
        told(run).map(version => (
          <VersionDifference
            key={version.name}
            version={version}
            columns={[baseline, run].map(side => columnsOf(captures, side, version.name))}
          />
        ))
    }));
  const words =
    same.length > 0
      ? trans.__('%1 read the same data as %2.', names(same), baseline?.label ?? '')
      : '';
  return <PairList items={items} same={words} />;
}

type Columns = ReadonlyMap<string, ColumnVersion>;

/** The columns that a run read of a table; none until its capture is here. */
function columnsOf(
  captures: ReadonlyMap<string, RunCapture>,
  run: IComparedRun | undefined,
  name: string
): Columns {
  const versions = captures.get(run?.run.summary.id ?? '')?.data ?? [];
  const version = versions.find(item => item.name === name);
  return new Map(version?.columns.map(column => [column.name, column]));
}

function VersionDifference(props: {
  version: Version;
  columns: readonly Columns[];
}): React.JSX.Element {
  const trans = useTrans();
  const { version, columns } = props;
  const [limit, setLimit] = React.useState(STEP);
  const count = version.columns.length;
  return (
    <section className="jp-MlopsLab-dataDiff">
      <h3>
        {version.name}
        <span className="jp-MlopsLab-note">{versionWords(version, trans)}</span>
      </h3>
      {count > 0 && (
        <div
          className="jp-MlopsLab-tableFrame"
          role="group"
          tabIndex={0}
          aria-label={trans.__('Columns of %1 that differ', version.name)}
        >
          <table className="jp-MlopsLab-table">
            <thead>
              <tr>
                <th scope="col">{trans.__('Column')}</th>
                <th scope="col">{trans.__('What changed')}</th>
                <th scope="col">{trans.__('Before')}</th>
                <th scope="col">{trans.__('After')}</th>
                <th scope="col">{trans.__('Apart')}</th>
              </tr>
            </thead>
            <tbody>
              {version.columns.slice(0, limit).map(column => (
                <ColumnRow key={column.name} column={column} sides={columns} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {count > limit && (
        <button type="button" className="jp-MlopsLab-link" onClick={() => setLimit(limit + STEP)}>
          {trans.__('Show more of %1', formatCount(count))}
        </button>
      )}
    </section>
  );
}

function ColumnRow(props: { column: Column; sides: readonly Columns[] }): React.JSX.Element {
  const trans = useTrans();
  const { column, sides } = props;
  const distance = column.profile?.distance ?? null;
  return (
    <tr>
      <th scope="row">{column.name}</th>
      <td className="jp-MlopsLab-wrapped">
        {aspectWords(column, trans).map(words => (
          <div key={words}>{words}</div>
        ))}
      </td>
      {sides.map((side, index) => {
        const version = side.get(column.name);
        return <td key={index}>{version ? <Distribution column={version} /> : '–'}</td>;
      })}
      <td>{distance !== null && <Apart distance={distance} />}</td>
    </tr>
  );
}

/** How far two distributions lie apart, as a bar and in words. */
function Apart({ distance }: { distance: number }): React.JSX.Element {
  const trans = useTrans();
  const percent = Math.round(100 * distance);
  const hint = trans.__('0% is the same distribution, 100% has nothing in common');
  return (
    <span className="jp-MlopsLab-apart" title={hint}>
      <span aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span className="jp-MlopsLab-number">{trans.__('%1%', percent)}</span>
    </span>
  );
}
