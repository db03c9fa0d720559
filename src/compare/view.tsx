/** Owns the comparison view: table, curves, and how the code differs. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { CodeDiff, Comparison, RunSummary } from '../api/types';
import { CommandIds } from '../commands';
import { SeriesChart } from '../components/chart';
import { DiffBlock } from '../components/code';
import { Section } from '../components/feedback';
import { useModel, useTrans } from '../components/hooks';
import { ModelView } from '../components/mainView';
import type { CompareModel } from './model';
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
  }

  protected override draw(): React.JSX.Element {
    const open = (runId: string): void =>
      void this._commands.execute(CommandIds.openRun, { runId });
    return <ComparePage model={this.model} onOpen={open} />;
  }

  private readonly _commands: CommandRegistry;
}

function ComparePage(props: {
  model: CompareModel;
  onOpen: (runId: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { model, onOpen } = props;
  useModel(model);
  const { runs, code } = model.comparison as Comparison;
  return (
    <article className="jp-MlopsLab-page">
      <header className="jp-MlopsLab-page-header">
        <h1>{trans._n('%1 run', '%1 runs compared', runs.length, runs.length)}</h1>
      </header>
      <ComparisonTable model={model} runs={runs} onOpen={onOpen} />
      {model.curves.length > 0 && (
        <Section title={trans.__('Curves')} note={String(model.curves.length)}>
          <div className="jp-MlopsLab-charts">
            {model.curves.map(({ name }) => (
              <Curves key={name} model={model} name={name} runs={runs} />
            ))}
          </div>
        </Section>
      )}
      <Section title={trans.__('Code')}>
        {code.map(diff => (
          <CodeDifference key={diff.run_id} diff={diff} runs={runs} />
        ))}
      </Section>
    </article>
  );
}

function Curves(props: {
  model: CompareModel;
  name: string;
  runs: readonly RunSummary[];
}): React.JSX.Element {
  const { model, name, runs } = props;
  const curves = model.curves.find(item => item.name === name);
  const lines = React.useMemo(
    () =>
      (curves?.lines ?? []).map(({ runIndex, series }) => ({
        name: labelOf(runs[runIndex], runs),
        index: runIndex,
        series
      })),
    [curves, runs]
  );
  return <SeriesChart title={name} lines={lines} />;
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
