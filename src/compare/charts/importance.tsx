/** Owns which params matter for a metric: a bar for each, and how the metric moves with the chosen one. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Choice } from '../../components/charts/fields';
import { ChartFrame } from '../../components/charts/frame';
import { ErrorPanel } from '../../components/feedback';
import { formatNumber } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { IAnalysisProps } from './analysis';
import { chosen, choicesOf, metricsOf } from './choices';
import { useChoice } from './keptChoices';
import { FEWEST_RUNS, forestData, type IForestData } from './forestData';
import { dependence, learn, type IFound, type IImportance } from './forest';
import { dependenceFigure, importanceFigure, percent } from './importanceFigures';
import { useLoaded, type ILoaded } from './loading';
import { wantsLog, type IColumnOfRuns } from './runTable';
import { EmptyChart, WaitingCharts } from './states';
import { dependenceCode, importanceCode } from './tableCode';

export function ImportancePanel(props: IAnalysisProps): React.JSX.Element {
  const trans = useTrans();
  const { table, primary } = props;
  const [{ metric: key }, choose] = useChoice('importance', { metric: '' });
  const metrics = React.useMemo(() => metricsOf(table, primary), [table, primary]);
  const metric = chosen(metrics, key);
  const data = React.useMemo(
    () =>
      metric &&
      forestData(
        table.columns.filter(column => column.kind === 'param'),
        metric
      ),
    [table, metric]
  );
  if (!metric || !data) {
    return (
      <EmptyChart
        title={trans.__('No metric to explain')}
        text={trans.__('A metric that differs between runs is needed.')}
      />
    );
  }
  return (
    <>
      <div className="jp-MlopsLab-chart-bar">
        <Choice
          label={trans.__('Metric')}
          value={metric.key}
          choices={choicesOf(metrics, trans)}
          onChange={next => choose({ metric: next })}
        />
      </div>
      <Explained {...props} metric={metric} data={data} />
    </>
  );
}

type IExplainedProps = IAnalysisProps & { metric: IColumnOfRuns; data: IForestData };

function Explained(props: IExplainedProps): React.JSX.Element {
  const trans = useTrans();
  const { data } = props;
  const isEnough = data.y.length >= FEWEST_RUNS && data.features.length > 0;
  const found = useLoaded(
    React.useMemo(
      () => (isEnough ? (signal: AbortSignal) => learn(data, { pause: idle, signal }) : null),
      [data, isEnough]
    )
  );
  if (!isEnough) {
    return <TooFew data={data} />;
  }
  if (found.error) {
    return <ErrorPanel error={found.error} onRetry={found.retry} />;
  }
  if (!found.value || found.isLoading) {
    return (
      <>
        <p className="jp-MlopsLab-note" role="status">
          {trans.__('Learning from %1 runs …', data.y.length)}
        </p>
        <WaitingCharts count={2} />
      </>
    );
  }
  return <Importances {...props} found={found.value} />;
}

function TooFew({ data }: { data: IForestData }): React.JSX.Element {
  const trans = useTrans();
  return data.features.length === 0 ? (
    <EmptyChart
      title={trans.__('All params are the same')}
      text={trans.__(
        'What never changes cannot be told to matter. Vary a param, or look at all runs.'
      )}
    />
  ) : (
    <EmptyChart
      title={trans.__('Too few runs')}
      text={trans.__(
        '%1 runs have this metric; with fewer than %2 what matters and what is chance cannot be told apart. Look at all runs of the experiment.',
        data.y.length,
        FEWEST_RUNS
      )}
    />
  );
}

/** When the page has nothing better to do; not all browsers tell. */
function idle(): Promise<void> {
  return new Promise(resolve => {
    if (typeof (window.requestIdleCallback as unknown) === 'function') {
      window.requestIdleCallback(() => resolve(), { timeout: 100 });
    } else {
      window.setTimeout(resolve, 0);
    }
  });
}

function Importances(props: IExplainedProps & { found: IFound }): React.JSX.Element {
  const trans = useTrans();
  const { data, found, metric, source, onCode } = props;
  const [param, setParam] = React.useState('');
  const { importances } = found;
  const shown = importances.find(({ feature }) => feature.param.key === param) ?? importances[0];
  const figure = React.useMemo(
    () => importanceFigure(importances, { title: trans.__('share of what is explained') }),
    [importances, trans]
  );
  const title = trans.__('What matters for %1', metric.name);
  const params = importances.map(({ feature }) => feature.param);
  return (
    <>
      <div className="jp-MlopsLab-charts">
        <ChartFrame
          title={title}
          className="jp-mod-tall"
          figure={figure}
          label={trans.__('%1. %2', title, told(importances, trans))}
          events={{
            plotly_click: (event: { points?: { customdata?: unknown }[] }) => {
              const key = event.points?.[0]?.customdata;
              if (typeof key === 'string') {
                setParam(key);
              }
            }
          }}
          table={() => importanceTable(importances, trans)}
          code={() => importanceCode(source, { params, metric })}
          onCode={onCode}
          note={<Basis data={data} found={found} />}
        />
        {shown && (
          <Dependence
            {...props}
            shown={shown}
            params={params}
            onParam={setParam}
            code={() => dependenceCode(source, { params, metric, param: shown.feature.param })}
          />
        )}
      </div>
    </>
  );
}

function told(importances: readonly IImportance[], trans: TranslationBundle): string {
  return importances
    .slice(0, 8)
    .map(({ feature, share }) => trans.__('%1: %2', feature.param.name, percent(share)))
    .join('; ');
}

function importanceTable(
  importances: readonly IImportance[],
  trans: TranslationBundle
): { columns: string[]; rows: (string | number | null)[][] } {
  return {
    columns: [trans.__('Param'), trans.__('Importance'), trans.__('Rank correlation')],
    rows: importances.map(({ feature, share, correlation }) => [
      feature.param.name,
      share,
      correlation
    ])
  };
}

/** On how much the bars rest, and how far they can be trusted. */
function Basis({ data, found }: { data: IForestData; found: IFound }): React.JSX.Element {
  const trans = useTrans();
  const { explained } = found;
  const words =
    explained <= 0.1
      ? trans.__(
          'From %1 runs. The params explain next to nothing of runs that were not learned from: do not trust the bars.',
          data.y.length
        )
      : trans.__(
          'From %1 runs. A forest explains %2 of the differences between runs that it did not learn from; a bar is how much of that is lost when the param is shuffled. ρ is the rank correlation.',
          data.y.length,
          percent(explained)
        );
  return (
    <>
      {words}
      {data.constant.length > 0 && (
        <> {trans.__('The same in all runs: %1.', data.constant.slice(0, 12).join(', '))}</>
      )}
    </>
  );
}

type IDependenceProps = IExplainedProps & {
  found: IFound;
  shown: IImportance;
  params: readonly IColumnOfRuns[];
  onParam: (key: string) => void;
  code: () => string;
};

function Dependence(props: IDependenceProps): React.JSX.Element {
  const trans = useTrans();
  const { data, found, shown, metric, params, onParam, code, onCode } = props;
  const { feature } = shown;
  const [log, setLog] = React.useState<{ key: string; isOn: boolean }>();
  const isLogX = log?.key === feature.param.key ? log.isOn : wantsLog(feature.param);
  const points = useDependence(data, found, feature);
  const figure = React.useMemo(
    () => dependenceFigure(points.value ?? [], { data, feature, metric: metric.name, isLogX }),
    [points.value, data, feature, metric.name, isLogX]
  );
  const title = trans.__('%1 as %2 moves', metric.name, feature.param.name);
  const ends = [points.value?.[0], points.value?.at(-1)].map(point =>
    formatNumber(point?.value ?? NaN)
  );
  return (
    <ChartFrame
      title={title}
      className="jp-mod-tall"
      figure={figure}
      label={trans.__('%1: from %2 to %3', title, ...ends)}
      table={() => ({
        columns: [feature.param.name, metric.name],
        rows: (points.value ?? []).map(({ at, value }) => [at, value])
      })}
      code={code}
      onCode={onCode}
      actions={
        <>
          <ParamChoice shown={feature.param} params={params} onParam={onParam} />
          {feature.words.length === 0 && (
            <LogButton
              pressed={isLogX}
              onClick={() => setLog({ key: feature.param.key, isOn: !isLogX })}
            />
          )}
        </>
      }
      note={trans.__(
        'The line is what the forest predicts on average when only this param moves; the points are the runs.'
      )}
    />
  );
}

function useDependence(
  data: IForestData,
  found: IFound,
  feature: IImportance['feature']
): ILoaded<{ at: number | string; value: number }[]> {
  const load = React.useMemo(
    () => (signal: AbortSignal) => dependence(data, found, { feature, pause: idle, signal }),
    [data, found, feature]
  );
  return useLoaded(load);
}

function ParamChoice(props: {
  shown: IColumnOfRuns;
  params: readonly IColumnOfRuns[];
  onParam: (key: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { shown, params, onParam } = props;
  return (
    <Choice
      label={trans.__('Param')}
      value={shown.key}
      choices={params.map(({ key, name }) => ({ value: key, label: name }))}
      onChange={onParam}
    />
  );
}

function LogButton(props: { pressed: boolean; onClick: () => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <button
      type="button"
      className="jp-MlopsLab-button jp-mod-small"
      aria-pressed={props.pressed}
      onClick={props.onClick}
    >
      {trans.__('log x')}
    </button>
  );
}
