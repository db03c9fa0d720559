/** Owns how the charts of a comparison follow its runs. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Run } from '../api/types';
import type { NamedValues } from './charts/runTable';
import { RunCharts } from './charts/runCharts';
import type { CompareModel } from './model';

export function ChartsSection(props: {
  model: CompareModel;
  commands: CommandRegistry;
}): React.JSX.Element {
  const { model, commands } = props;
  const { runs } = model;
  const key = runs.map(markOf).join();
  // Runs that were fetched anew and have not moved need no new charts.
  const charted = React.useMemo(
    () => ({
      runs: runs.map(run => run.summary),
      params: namedValues(runs, run => run.params.map(({ name, value }) => [name, value])),
      metrics: namedValues(runs, run => run.metrics.map(({ name, last }) => [name, last])),
      curves: curvesOf(runs)
    }),
    [key]
  );
  const { hidden, charts } = model.layout;
  const hiddenSet = React.useMemo(() => new Set(hidden), [hidden]);
  const hide = React.useCallback(
    (ids: ReadonlySet<string>) => model.arrange({ hidden: [...ids] }),
    [model]
  );
  const narrow = React.useCallback((ids: readonly string[]) => model.mark(ids), [model]);
  return (
    <RunCharts
      client={model.client}
      commands={commands}
      {...charted}
      baselineId={model.baseline?.summary.id ?? ''}
      onSelect={narrow}
      hidden={hiddenSet}
      onHide={hide}
      layout={charts}
      onLayout={layout => model.arrange({ charts: layout })}
    />
  );
}

/** What moves when a run has something new to draw. */
function markOf({ summary, metrics, params }: Run): string {
  const points = metrics.reduce((sum, metric) => sum + metric.count, 0);
  return [summary.id, summary.status, summary.name, points, params.length].join(' ');
}

function namedValues(
  runs: readonly Run[],
  read: (run: Run) => readonly (readonly [string, NamedValues['values'][number]])[]
): NamedValues[] {
  const columns = runs.map(run => new Map(read(run)));
  const names = new Set(columns.flatMap(column => [...column.keys()]));
  return [...names].map(name => ({
    name,
    values: columns.map(column => column.get(name) ?? null)
  }));
}

/** The metrics that some run logged more than once. */
function curvesOf(runs: readonly Run[]): string[] {
  const logged = runs.flatMap(run => run.metrics.filter(metric => metric.count > 1));
  return [...new Set(logged.map(metric => metric.name))];
}
