/** Owns the charts of a comparison: what kinds there are, and what they have in common. */
import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { RunSummary } from '../../api/types';
import { CommandIds } from '../../commands';
import { useTrans } from '../../components/hooks';
import { AnalysisPanel } from './analysisPanel';
import { CHART_KINDS, type ChartKind, type IChartsLayout, type IChoice } from './chartsLayout';
import type { ChartClient } from './curveSource';
import { CurvesPanel } from './curvesPanel';
import { ChoicesProvider } from './keptChoices';
import { tableOf, type NamedValues } from './runTable';
import { Tabs } from './tabs';

export interface IRunChartsProps {
  client: ChartClient;
  commands: CommandRegistry;
  runs: readonly RunSummary[];
  /** Values in the order of the runs. */
  params: readonly NamedValues[];
  metrics: readonly NamedValues[];
  /** The metrics that some run logged more than once. */
  curves: readonly string[];
  baselineId: string;
  /** The runs that are marked in a chart. */
  onSelect: (runIds: readonly string[]) => void;
  /** Runs that curves leave out. */
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
  layout: IChartsLayout;
  onLayout: (layout: IChartsLayout) => void;
}

/** The charts of some runs. */
export function RunCharts(props: IRunChartsProps): React.JSX.Element {
  const trans = useTrans();
  const { client, commands, runs, params, metrics, baselineId, onSelect, layout, onLayout } = props;
  const { kind } = layout;
  const [isAll, setIsAll] = React.useState(false);
  const table = React.useMemo(() => tableOf(runs, params, metrics), [runs, params, metrics]);
  const onCode = React.useCallback(
    (code: string) => void commands.execute(CommandIds.insertCode, { code }),
    [commands]
  );
  const kept = {
    choices: layout.choices,
    onChoice: (chart: string, choice: IChoice) =>
      onLayout({ ...layout, choices: { ...layout.choices, [chart]: choice } })
  };
  const shared = { client, runs, table, onCode };
  return (
    <div className="jp-MlopsLab-runCharts">
      <Tabs
        label={trans.__('Kinds of charts')}
        tabs={kindsOf(trans)}
        value={kind}
        onChange={next => onLayout({ ...layout, kind: next })}
      >
        {kind === 'curves' ? (
          <CurvesPanel
            {...shared}
            curves={props.curves}
            hidden={props.hidden}
            onHide={props.onHide}
            settings={layout.curves}
            onSettings={curves => onLayout({ ...layout, curves })}
          />
        ) : (
          <ChoicesProvider value={kept}>
            <AnalysisPanel
              {...shared}
              {...{ kind, commands, baselineId, isAll, onSelect }}
              onAll={setIsAll}
            />
          </ChoicesProvider>
        )}
      </Tabs>
    </div>
  );
}

function kindsOf(trans: TranslationBundle): { value: ChartKind; label: string }[] {
  const words: Record<ChartKind, string> = {
    curves: trans.__('Curves'),
    scatter: trans.__('Scatter'),
    parallel: trans.__('Parallel'),
    importance: trans.__('Importance'),
    contour: trans.__('Contour'),
    box: trans.__('Box')
  };
  return CHART_KINDS.map(value => ({ value, label: words[value] }));
}
