/** Owns the charts of a run: the primary metric at the first glance, all of them when asked for. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { MetricSeries } from '../api/types';
import { CommandIds } from '../commands';
import { curveCode } from '../components/charts/curveCode';
import { PLAIN, SeriesChart } from '../components/charts/seriesChart';
import { Button } from '../components/feedback';
import { formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import type { RunModel } from './model';

/** Fewest curves among which one looks for some by name. */
const SOUGHT = 7;

export function Charts(props: { model: RunModel; commands: CommandRegistry }): React.JSX.Element {
  const trans = useTrans();
  const { model, commands } = props;
  const { curves, hasAllCharts, hiddenSeries, series } = model;
  return (
    <>
      {hasAllCharts && curves >= SOUGHT && <ChartFilter model={model} />}
      <Curves series={series} commands={commands} />
      {hiddenSeries > 0 && (
        <Button className="jp-mod-small" onClick={() => void model.showMoreSeries()}>
          {hasAllCharts
            ? trans.__('Show more charts (%1 left)', formatCount(hiddenSeries))
            : trans.__('Show all %1 charts', formatCount(curves))}
        </Button>
      )}
    </>
  );
}

function ChartFilter({ model }: { model: RunModel }): React.JSX.Element {
  const trans = useTrans();
  const { chartText, series, hiddenSeries, curves } = model;
  const found = formatCount(series.length + hiddenSeries);
  return (
    <div className="jp-MlopsLab-tools">
      <input
        type="search"
        className="jp-mod-styled"
        value={chartText}
        placeholder={trans.__('Metrics whose name holds…')}
        aria-label={trans.__('Find charts by the name of their metric')}
        onChange={event => void model.findCharts(event.target.value)}
      />
      <span className="jp-MlopsLab-note" role="status">
        {trans.__('%1 of %2', found, formatCount(curves))}
      </span>
    </div>
  );
}

/** A chart for each series. */
export function Curves(props: {
  series: readonly MetricSeries[];
  titleOf?: (name: string) => string;
  stepName?: string;
  commands: CommandRegistry;
}): React.JSX.Element | null {
  const { series, titleOf, stepName, commands } = props;
  return series.length === 0 ? null : (
    <div className="jp-MlopsLab-charts">
      {series.map(item => (
        <Curve
          key={item.name}
          series={item}
          title={titleOf?.(item.name) ?? item.name}
          stepName={stepName}
          commands={commands}
        />
      ))}
    </div>
  );
}

const Curve = React.memo(function Curve(props: {
  series: MetricSeries;
  title: string;
  stepName?: string;
  commands: CommandRegistry;
}): React.JSX.Element {
  const { series, title, stepName, commands } = props;
  const lines = React.useMemo(() => [{ name: title, index: 0, series }], [series, title]);
  const { run_id: runId, name } = series;
  const code = React.useCallback(
    () => curveCode({ runIds: [runId], metric: name, groupBy: '', options: PLAIN }),
    [runId, name]
  );
  const open = React.useCallback(
    (text: string) => void commands.execute(CommandIds.insertCode, { code: text }),
    [commands]
  );
  return (
    <SeriesChart
      title={title}
      lines={lines}
      stepName={stepName}
      code={code}
      onCode={commands.hasCommand(CommandIds.insertCode) ? open : undefined}
    />
  );
});
