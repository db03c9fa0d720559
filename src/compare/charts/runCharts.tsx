/** Owns the charts of a comparison: what kinds there are, and what they have in common. */
import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { RunSummary } from '../../api/types';
import { CommandIds } from '../../commands';
import { useTrans } from '../../components/hooks';
import { AnalysisPanel, type AnalysisKind } from './analysisPanel';
import type { ChartClient } from './curveSource';
import { CurvesPanel } from './curvesPanel';
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
}

type Kind = 'curves' | AnalysisKind;

/** The charts of some runs. */
export function RunCharts(props: IRunChartsProps): React.JSX.Element {
  const trans = useTrans();
  const { client, commands, runs, params, metrics, baselineId, onSelect } = props;
  const [kind, setKind] = React.useState<Kind>('curves');
  const [isAll, setIsAll] = React.useState(false);
  const [hidden, setHidden] = React.useState<ReadonlySet<string>>(new Set());
  const table = React.useMemo(() => tableOf(runs, params, metrics), [runs, params, metrics]);
  const onCode = React.useCallback(
    (code: string) => void commands.execute(CommandIds.insertCode, { code }),
    [commands]
  );
  const shared = { client, runs, table, onCode };
  return (
    <div className="jp-MlopsLab-runCharts">
      <Tabs
        label={trans.__('Kinds of charts')}
        tabs={kindsOf(trans)}
        value={kind}
        onChange={setKind}
      >
        {kind === 'curves' ? (
          <CurvesPanel {...shared} curves={props.curves} hidden={hidden} onHide={setHidden} />
        ) : (
          <AnalysisPanel
            {...shared}
            {...{ kind, commands, baselineId, isAll, onSelect }}
            onAll={setIsAll}
          />
        )}
      </Tabs>
    </div>
  );
}

function kindsOf(trans: TranslationBundle): { value: Kind; label: string }[] {
  return [
    { value: 'curves', label: trans.__('Curves') },
    { value: 'scatter', label: trans.__('Scatter') },
    { value: 'parallel', label: trans.__('Parallel') },
    { value: 'importance', label: trans.__('Importance') },
    { value: 'contour', label: trans.__('Contour') },
    { value: 'box', label: trans.__('Box') }
  ];
}
