/** Owns the curves of compared runs: a chart for each metric that was logged in steps. */
import * as React from 'react';

import type { Comparison, MetricSeries } from '../api/types';
import { SeriesChart } from '../components/chart';
import { ErrorPanel, Skeleton } from '../components/feedback';
import { useTrans } from '../components/hooks';
import { isSystem } from '../components/system';
import type { IComparedRun } from './cells';
import type { CompareModel } from './model';

/** One metric's curves, of all runs that logged it at more than one step. */
export interface ICurves {
  name: string;
  lines: readonly MetricSeries[];
}

/** The metrics of the model come first, what was sampled of the machine last. */
export function curvesOf({ series }: Comparison): ICurves[] {
  const byName = new Map<string, MetricSeries[]>();
  for (const item of series) {
    if (item.points.length > 1) {
      byName.set(item.name, [...(byName.get(item.name) ?? []), item]);
    }
  }
  const curves = [...byName].map(([name, lines]) => ({ name, lines }));
  return [
    ...curves.filter(({ name }) => !isSystem(name)),
    ...curves.filter(({ name }) => isSystem(name))
  ];
}

export function CurveCharts(props: {
  model: CompareModel;
  runs: readonly IComparedRun[];
}): React.JSX.Element {
  const { model, runs } = props;
  const { value, error } = model.curves;
  React.useEffect(() => {
    if (!model.curves.wasAsked) {
      model.chart();
    }
  }, [model]);
  if (error) {
    return <ErrorPanel error={error} onRetry={() => model.chart()} />;
  }
  return value ? <Charts comparison={value} runs={runs} /> : <Skeleton rows={1} height={260} />;
}

function Charts(props: {
  comparison: Comparison;
  runs: readonly IComparedRun[];
}): React.JSX.Element {
  const trans = useTrans();
  const { comparison, runs } = props;
  const { left_out: leftOut } = comparison;
  const curves = React.useMemo(() => curvesOf(comparison), [comparison]);
  return (
    <>
      {curves.length === 0 && (
        <p className="jp-MlopsLab-note">
          {trans.__('None of these runs logged a metric at more than one step.')}
        </p>
      )}
      <div className="jp-MlopsLab-charts">
        {curves.map(item => (
          <Curves key={item.name} curves={item} runs={runs} />
        ))}
      </div>
      {leftOut.length > 0 && (
        <p className="jp-MlopsLab-note">
          {trans.__(
            'Too many curves for one page. Compare fewer runs to see: %1',
            leftOut.join(', ')
          )}
        </p>
      )}
    </>
  );
}

function Curves(props: { curves: ICurves; runs: readonly IComparedRun[] }): React.JSX.Element {
  const { curves, runs } = props;
  const lines = React.useMemo(
    () =>
      curves.lines.flatMap(series => {
        const run = runs.find(item => item.run.summary.id === series.run_id);
        return run ? { name: run.label, index: run.color, series } : [];
      }),
    [curves, runs]
  );
  return <SeriesChart title={curves.name} lines={lines} />;
}
