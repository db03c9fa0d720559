/** Owns the charts of a comparison: what kinds there are, and what they have in common. */
import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { RunSummary } from '../../api/types';
import { CommandIds } from '../../commands';
import { useTrans } from '../../components/hooks';
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
  baselineId: string;
  /** The runs that are marked in a chart. */
  onSelect: (runIds: readonly string[]) => void;
}

type Kind = 'curves';

/** The charts of some runs. */
export function RunCharts(props: IRunChartsProps): React.JSX.Element {
  const trans = useTrans();
  const { client, commands, runs, params, metrics } = props;
  const [kind, setKind] = React.useState<Kind>('curves');
  const [hidden, setHidden] = React.useState<ReadonlySet<string>>(new Set());
  const table = React.useMemo(() => tableOf(runs, params, metrics), [runs, params, metrics]);
  const onCode = React.useCallback(
    (code: string) => void commands.execute(CommandIds.insertCode, { code }),
    [commands]
  );
  return (
    <div className="jp-MlopsLab-runCharts">
      <Tabs
        label={trans.__('Kinds of charts')}
        tabs={kindsOf(trans)}
        value={kind}
        onChange={setKind}
      >
        <CurvesPanel {...{ client, runs, table, hidden, onCode }} onHide={setHidden} />
      </Tabs>
    </div>
  );
}

function kindsOf(trans: TranslationBundle): { value: Kind; label: string }[] {
  return [{ value: 'curves', label: trans.__('Curves') }];
}
