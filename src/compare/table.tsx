/** Owns the table of a comparison: a column for each run, the rows that differ, the rest folded. */
import * as React from 'react';

import type { ComparedRow, RunSummary } from '../api/types';
import { colorVariable } from '../components/charts/palette';
import {
  baseName,
  formatDifference,
  formatDuration,
  formatNumber,
  formatTime
} from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { PrimaryMark, StatusIcon } from '../components/status';
import type { CompareModel, IRowGroup } from './model';
import { labelOf } from './order';

interface ITableProps {
  model: CompareModel;
  runs: readonly RunSummary[];
  /** Ids of the runs that are marked in a chart. */
  marked: readonly string[];
  onOpen: (runId: string) => void;
}

export function ComparisonTable({ model, runs, marked, onOpen }: ITableProps): React.JSX.Element {
  const trans = useTrans();
  const { metrics, params } = model;
  const foldedMetrics = trans._n(
    '%1 equal metric',
    '%1 equal metrics',
    metrics.equal.length,
    metrics.equal.length
  );
  const foldedParams = trans._n(
    '%1 equal parameter',
    '%1 equal parameters',
    params.equal.length,
    params.equal.length
  );
  return (
    <div className="jp-MlopsLab-tableFrame">
      <table className="jp-MlopsLab-table jp-MlopsLab-comparison">
        <thead>
          <tr>
            <td />
            {runs.map((run, index) => (
              <RunHeading
                key={run.id}
                run={run}
                label={labelOf(run, runs)}
                index={index}
                isMarked={marked.includes(run.id)}
                onOpen={onOpen}
              />
            ))}
          </tr>
        </thead>
        <RunRows runs={runs} />
        <Group
          title={trans.__('Metrics')}
          folded={foldedMetrics}
          group={metrics}
          runs={runs}
          primary={model.primary}
        />
        <Group title={trans.__('Parameters')} folded={foldedParams} group={params} runs={runs} />
      </table>
    </div>
  );
}

function RunHeading(props: {
  run: RunSummary;
  label: string;
  index: number;
  isMarked: boolean;
  onOpen: (runId: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { run, label, index, isMarked, onOpen } = props;
  return (
    <th scope="col" className={isMarked ? 'jp-mod-marked' : ''}>
      <span className="jp-MlopsLab-comparison-run">
        <span
          className="jp-MlopsLab-swatch"
          style={{ background: `var(${colorVariable(index)})` }}
          aria-hidden="true"
        />
        <StatusIcon status={run.status} />
        <button
          type="button"
          className="jp-MlopsLab-link"
          title={trans.__('Open %1', label)}
          onClick={() => onOpen(run.id)}
        >
          {label}
        </button>
        {index === 0 && <span className="jp-MlopsLab-badge">{trans.__('baseline')}</span>}
        {isMarked && <span className="jp-MlopsLab-badge">{trans.__('marked')}</span>}
      </span>
    </th>
  );
}

/** What is known of every run beside its metrics and parameters. */
function RunRows({ runs }: { runs: readonly RunSummary[] }): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(60_000);
  const rows: { name: string; value: (run: RunSummary) => string }[] = [
    { name: trans.__('Started'), value: run => formatTime(run.started_at) },
    {
      name: trans.__('Duration'),
      value: run => formatDuration(run.duration_ms ?? now - run.started_at, trans)
    },
    { name: trans.__('Notebook'), value: run => baseName(run.notebook_path ?? '–') }
  ];
  return (
    <tbody>
      {rows.map(({ name, value }) => (
        <tr key={name} className="jp-MlopsLab-note">
          <th scope="row">{name}</th>
          {runs.map(run => (
            <td key={run.id} title={value(run)}>
              {value(run)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Group(props: {
  title: string;
  folded: string;
  group: IRowGroup;
  runs: readonly RunSummary[];
  primary?: ReadonlySet<string>;
}): React.JSX.Element | null {
  const trans = useTrans();
  const { title, group, runs, primary } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  if (group.differing.length + group.equal.length === 0) {
    return null;
  }
  const span = runs.length + 1;
  return (
    <tbody>
      <tr className="jp-MlopsLab-comparison-group">
        <th scope="rowgroup" colSpan={span}>
          <span>{title}</span>
        </th>
      </tr>
      {group.differing.map(row => (
        <Row key={row.name} row={row} runs={runs} isPrimary={primary?.has(row.name)} />
      ))}
      {group.equal.length > 0 && (
        <tr className="jp-MlopsLab-comparison-fold">
          <th colSpan={span}>
            <button
              type="button"
              className="jp-MlopsLab-link"
              aria-expanded={isOpen}
              title={isOpen ? trans.__('Hide the equal rows') : trans.__('Show the equal rows')}
              onClick={() => setIsOpen(!isOpen)}
            >
              <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {props.folded}
            </button>
          </th>
        </tr>
      )}
      {isOpen &&
        group.equal.map(row => (
          <Row key={row.name} row={row} runs={runs} isPrimary={primary?.has(row.name)} />
        ))}
    </tbody>
  );
}

function Row(props: {
  row: ComparedRow;
  runs: readonly RunSummary[];
  isPrimary?: boolean;
}): React.JSX.Element {
  const { row, runs } = props;
  const base = row.values[0] ?? null;
  return (
    <tr className={row.equal ? 'jp-mod-equal' : ''}>
      <th scope="row" title={row.name}>
        {row.name}
        {props.isPrimary && <PrimaryMark />}
      </th>
      {row.values.map((value, index) => (
        <Value key={runs[index]?.id ?? index} value={value} base={index === 0 ? null : base} />
      ))}
    </tr>
  );
}

function Value(props: {
  value: string | number | null;
  base: string | number | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { value, base } = props;
  if (value === null) {
    return (
      <td className="jp-MlopsLab-note" title={trans.__('This run has none')}>
        –
      </td>
    );
  }
  const isNumber = typeof value === 'number';
  const difference = formatDifference(value, base);
  return (
    <td
      className={isNumber ? 'jp-MlopsLab-number' : 'jp-MlopsLab-value'}
      title={String(value).slice(0, 2000)}
    >
      {isNumber ? formatNumber(value) : value.slice(0, 300)}
      {difference && <span className="jp-MlopsLab-difference">{difference}</span>}
    </td>
  );
}
