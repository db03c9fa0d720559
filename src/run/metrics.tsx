/** Owns the table of a run's metrics. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { MetricSummary, WireNumber } from '../api/types';
import { CodeBlock } from '../components/code';
import { formatNumber } from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';
import { PrimaryMark } from '../components/status';
import type { RunModel } from './model';

export function Metrics(props: { model: RunModel; primary?: string }): React.JSX.Element {
  const trans = useTrans();
  const { model, primary } = props;
  const hasCurves = model.metrics.some(metric => metric.count > 1);
  const columns = React.useMemo(() => {
    const all = columnsOf(trans, primary);
    return hasCurves ? all : all.slice(0, 2);
  }, [trans, primary, hasCurves]);
  if (model.metrics.length === 0) {
    return <NoMetrics />;
  }
  return (
    <LongTable
      label={trans.__('Metrics')}
      columns={columns}
      rows={model.metrics}
      keyOf={metric => metric.name}
    />
  );
}

/** How numbers of a run are logged. */
const LOGGING = 'import mlops_lab as lab\nlab.log_metric("accuracy", 0.93)';

function NoMetrics(): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      <p className="jp-MlopsLab-note">
        {trans.__('This run has no metrics.')} {trans.__('Log them in the cell, and run it again:')}
      </p>
      <CodeBlock source={LOGGING} label={trans.__('How a metric is logged')} isPython />
    </>
  );
}

function columnsOf(trans: TranslationBundle, primary?: string): IColumn<MetricSummary>[] {
  const number = (
    name: string,
    of: (metric: MetricSummary) => WireNumber,
    isShown: (metric: MetricSummary) => boolean = metric => metric.count > 1
  ): IColumn<MetricSummary> => ({
    name,
    kind: 'number',
    value: of,
    title: metric => (isShown(metric) ? String(of(metric)) : ''),
    draw: metric => (isShown(metric) ? formatNumber(of(metric)) : '')
  });
  return [
    {
      name: trans.__('Metric'),
      share: 2,
      value: metric => metric.name,
      draw: metric => (
        <>
          {metric.name}
          {metric.name === primary && <PrimaryMark />}
        </>
      )
    },
    number(
      trans.__('Last'),
      metric => metric.last,
      () => true
    ),
    number(trans.__('Lowest'), metric => metric.min),
    number(trans.__('Highest'), metric => metric.max),
    number(trans.__('Points'), metric => metric.count)
  ];
}
