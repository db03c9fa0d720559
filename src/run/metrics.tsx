/** Owns the metrics of a run: the table of their values, and their charts. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { MetricSeries, MetricSummary, WireNumber } from '../api/types';
import { SeriesChart } from '../components/charts/seriesChart';
import { Button } from '../components/feedback';
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
    return <p className="jp-MlopsLab-note">{trans.__('This run has no metrics.')}</p>;
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

/** A chart for each metric that was logged in steps; more of them when they are asked for. */
export function Charts({ model }: { model: RunModel }): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      <Curves series={model.series} />
      {model.hiddenSeries > 0 && (
        <Button onClick={() => void model.showMoreSeries()}>
          {trans._n(
            'Show %1 more chart',
            'Show more of %1 charts',
            model.hiddenSeries,
            model.hiddenSeries
          )}
        </Button>
      )}
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

/** A chart for each series. */
export function Curves(props: {
  series: readonly MetricSeries[];
  titleOf?: (name: string) => string;
  stepName?: string;
}): React.JSX.Element | null {
  const { series, titleOf, stepName } = props;
  return series.length === 0 ? null : (
    <div className="jp-MlopsLab-charts">
      {series.map(item => (
        <Curve
          key={item.name}
          series={item}
          title={titleOf?.(item.name) ?? item.name}
          stepName={stepName}
        />
      ))}
    </div>
  );
}

const Curve = React.memo(function Curve(props: {
  series: MetricSeries;
  title: string;
  stepName?: string;
}): React.JSX.Element {
  const { series, title, stepName } = props;
  const lines = React.useMemo(() => [{ name: title, index: 0, series }], [series, title]);
  return <SeriesChart title={title} lines={lines} stepName={stepName} />;
});
