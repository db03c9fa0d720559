/** Owns the comparison view: table, curves, and how code, data and surroundings differ. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import type { CodeDiff, Comparison, RunSummary } from '../api/types';
import { CommandIds } from '../commands';
import { SeriesChart } from '../components/charts/seriesChart';
import { DiffBlock } from '../components/code';
import { Section } from '../components/feedback';
import { useModel, useTrans } from '../components/hooks';
import { ModelView } from '../components/mainView';
import { RunCharts } from './charts/runCharts';
import { DataDifference, SurroundingsDifference } from './differences';
import type { CompareModel, ICurves } from './model';
import { labelOf } from './order';
import { ComparisonTable } from './table';

/** The main-area view of one comparison. */
export class CompareView extends ModelView<CompareModel> {
  constructor(
    options: ConstructorParameters<typeof ModelView<CompareModel>>[0] & {
      commands: CommandRegistry;
    }
  ) {
    super(options);
    this._commands = options.commands;
    this._client = options.lab.client;
  }

  protected override draw(): React.JSX.Element {
    const open = (runId: string): void =>
      void this._commands.execute(CommandIds.openRun, { runId });
    const { _client: client, _commands: commands } = this;
    return <ComparePage model={this.model} client={client} commands={commands} onOpen={open} />;
  }

  private readonly _client: ILab['client'];
  private readonly _commands: CommandRegistry;
}

function ComparePage(props: {
  model: CompareModel;
  client: ILab['client'];
  commands: CommandRegistry;
  onOpen: (runId: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { model, client, commands, onOpen } = props;
  const [marked, setMarked] = React.useState<readonly string[]>([]);
  useModel(model);
  const { runs, params, metrics, code, data, surroundings } = model.comparison as Comparison;
  return (
    <article className="jp-MlopsLab-page">
      <header className="jp-MlopsLab-page-header">
        <h1>{trans._n('%1 run', '%1 runs compared', runs.length, runs.length)}</h1>
      </header>
      <ComparisonTable model={model} runs={runs} marked={marked} onOpen={onOpen} />
      <Section title={trans.__('Charts')}>
        <RunCharts
          client={client}
          commands={commands}
          runs={runs}
          params={params}
          metrics={metrics}
          baselineId={runs[0]?.id ?? ''}
          onSelect={setMarked}
        />
      </Section>
      <Section title={trans.__('Code')}>
        {code.map(diff => (
          <CodeDifference key={diff.run_id} diff={diff} runs={runs} />
        ))}
      </Section>
      <Section title={trans.__('Data')}>
        {data.map(diff => (
          <DataDifference key={diff.run_id} diff={diff} runs={runs} />
        ))}
      </Section>
      <Section title={trans.__('Environment')}>
        {surroundings.map(diff => (
          <SurroundingsDifference key={diff.run_id} diff={diff} runs={runs} />
        ))}
      </Section>
      <CurveSection title={trans.__('Hardware')} curves={model.hardware} runs={runs} />
    </article>
  );
}

/** A chart for each metric that was logged in steps; nothing where there is none. */
function CurveSection(props: {
  title: string;
  curves: readonly ICurves[];
  runs: readonly RunSummary[];
  isOpen?: boolean;
}): React.JSX.Element | null {
  const { title, curves, runs, isOpen = false } = props;
  return curves.length === 0 ? null : (
    <Section title={title} note={String(curves.length)} isOpen={isOpen}>
      <div className="jp-MlopsLab-charts">
        {curves.map(item => (
          <Curves key={item.name} curves={item} runs={runs} />
        ))}
      </div>
    </Section>
  );
}

function Curves(props: { curves: ICurves; runs: readonly RunSummary[] }): React.JSX.Element {
  const { curves, runs } = props;
  const lines = React.useMemo(
    () =>
      curves.lines.map(({ runIndex, series }) => ({
        name: labelOf(runs[runIndex], runs),
        index: runIndex,
        series
      })),
    [curves, runs]
  );
  return <SeriesChart title={curves.name} lines={lines} />;
}

function CodeDifference(props: { diff: CodeDiff; runs: readonly RunSummary[] }): React.JSX.Element {
  const trans = useTrans();
  const { diff, runs } = props;
  const base = labelOf(runs[0], runs);
  const other = runs.find(run => run.id === diff.run_id);
  const name = labelOf(other, runs);
  if (diff.equal) {
    return (
      <p className="jp-MlopsLab-note">{trans.__('%1 ran the same code as %2.', name, base)}</p>
    );
  }
  return (
    <div className="jp-MlopsLab-codeDiff">
      <h3>{trans.__('From %1 to %2', base, name)}</h3>
      <DiffBlock lines={diff.lines} label={trans.__('Code changes from %1 to %2', base, name)} />
    </div>
  );
}
