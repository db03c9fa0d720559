/** Owns the figures, tables and texts of compared runs, the same of each run side by side. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { RunCapture } from '../api/types';
import { Button, ErrorPanel, Skeleton } from '../components/feedback';
import { useTrans } from '../components/hooks';
import { OneOutput } from '../components/output';
import type { IComparedRun } from './cells';
import type { CompareModel } from './model';
import { outputRows, type IOutputRow } from './outputRows';

/** Rows, and runs in a row, that are drawn at once. */
const ROWS = 10;
const RUNS = 8;

export function Outputs(props: {
  model: CompareModel;
  runs: readonly IComparedRun[];
  captures: ReadonlyMap<string, RunCapture>;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { model, runs, captures, rendermime } = props;
  const [limits, setLimits] = React.useState({ rows: ROWS, runs: RUNS });
  const shown = runs.slice(0, limits.runs);
  const rows = React.useMemo(
    () =>
      outputRows(
        captures,
        runs.slice(0, limits.runs).map(run => run.run.summary.id)
      ),
    [captures, limits.runs, runs]
  );
  const { error, isLoading } = model.capturing;
  if (error) {
    return <ErrorPanel error={error} onRetry={() => void model.capture()} />;
  }
  if (rows.length === 0) {
    return isLoading ? (
      <Skeleton rows={3} height={80} />
    ) : (
      <p className="jp-MlopsLab-note">{trans.__('The cells of these runs showed nothing.')}</p>
    );
  }
  return (
    <>
      {rows.slice(0, limits.rows).map(row => (
        <OutputRow
          key={`${row.kind} ${row.number}`}
          row={row}
          runs={shown}
          rendermime={rendermime}
        />
      ))}
      <More limits={limits} counts={{ rows: rows.length, runs: runs.length }} onMore={setLimits} />
    </>
  );
}

interface ILimits {
  rows: number;
  runs: number;
}

function More(props: {
  limits: ILimits;
  counts: ILimits;
  onMore: (limits: ILimits) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { limits, counts, onMore } = props;
  return (
    <div className="jp-MlopsLab-tools">
      {counts.rows > limits.rows && (
        <Button onClick={() => onMore({ ...limits, rows: limits.rows + ROWS })}>
          {trans.__('Show more of %1 outputs', counts.rows)}
        </Button>
      )}
      {counts.runs > limits.runs && (
        <Button onClick={() => onMore({ ...limits, runs: limits.runs + RUNS })}>
          {trans.__('Show more of %1 runs', counts.runs)}
        </Button>
      )}
    </div>
  );
}

function OutputRow(props: {
  row: IOutputRow;
  runs: readonly IComparedRun[];
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { row, runs, rendermime } = props;
  const { kind, number, outputs, isEqual } = row;
  const title = titleOf(row, trans);
  const sides = isEqual ? outputs.slice(0, 1) : outputs;
  return (
    <section className="jp-MlopsLab-outputRow">
      <h3>
        {title}
        {isEqual && (
          <span className="jp-MlopsLab-note">{trans.__('the same in all these runs')}</span>
        )}
      </h3>
      <div className="jp-MlopsLab-outputRow-runs" role="group" tabIndex={0} aria-label={title}>
        {sides.map((output, index) => (
          <figure
            className={output ? undefined : 'jp-mod-none'}
            key={`${kind} ${number} ${runs[index]?.run.summary.id ?? index}`}
          >
            {!isEqual && <figcaption>{runs[index]?.label}</figcaption>}
            {output ? (
              <OneOutput output={output} rendermime={rendermime} />
            ) : (
              <p className="jp-MlopsLab-note">{trans.__('none')}</p>
            )}
          </figure>
        ))}
      </div>
    </section>
  );
}

function titleOf({ kind, number }: IOutputRow, trans: TranslationBundle): string {
  const words = {
    figure: trans.__('Figure %1', number),
    table: trans.__('Table %1', number),
    text: trans.__('Text %1', number),
    error: trans.__('Error %1', number)
  };
  return words[kind];
}
