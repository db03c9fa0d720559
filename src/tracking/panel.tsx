/** Owns the sidebar: filter, list of runs, and what can be done with the selected ones. */
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { ILab } from '../api/tokens';
import { CommandIds } from '../commands';
import { Button, ErrorPanel, Skeleton } from '../components/feedback';
import { LabProvider, useModel, useTrans } from '../components/hooks';
import { runsIcon } from '../icons';
import { EmptyRuns } from './empty';
import type { RunsModel } from './model';
import type { IInserter } from './notebooks';
import { RunList } from './runList';
import { ROW_HEIGHT } from './runRow';

const FILTER_DELAY_MS = 250;

/** The left sidebar. */
export class RunsPanel extends ReactWidget {
  constructor(options: {
    lab: ILab;
    model: RunsModel;
    commands: CommandRegistry;
    inserter: IInserter | null;
  }) {
    super();
    this._options = options;
    const { trans } = options.lab;
    this.id = 'mlops-lab-runs';
    this.addClass('jp-MlopsLab-panel');
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Runs (MLOps Lab)');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs'));
  }

  protected override render(): React.JSX.Element {
    const { lab, ...rest } = this._options;
    return (
      <LabProvider value={lab}>
        <Panel {...rest} />
      </LabProvider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._options.model.isActive = true;
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._options.model.isActive = false;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._options.model.isActive = this.isVisible;
  }

  private readonly _options: ConstructorParameters<typeof RunsPanel>[0];
}

interface IPanelProps {
  model: RunsModel;
  commands: CommandRegistry;
  inserter: IInserter | null;
}

function Panel(props: IPanelProps): React.JSX.Element {
  const { model, commands } = props;
  const trans = useTrans();
  useModel(model);
  const run = (id: string, args = {}): void => void commands.execute(id, args);
  const problem = model.filterError === null ? model.error : null;
  const isEmpty = model.runs.length === 0 && !model.isLoading && model.error === null;
  return (
    <>
      <header className="jp-MlopsLab-panel-header">
        <h2>{trans.__('Runs')}</h2>
        <span className="jp-MlopsLab-note" aria-live="polite">
          {model.total > 0 && trans._n('%1 run', '%1 runs', model.total, model.total)}
        </span>
        <Button onClick={() => run(CommandIds.openJobs)} title={trans.__('Open the Jobs view')}>
          {trans.__('Jobs')}
        </Button>
      </header>
      <Filter model={model} />
      <Actions model={model} onAction={run} />
      {problem && <ErrorPanel error={problem} onRetry={() => void model.refresh()} />}
      {model.isLoading && <Skeleton rows={8} height={ROW_HEIGHT} />}
      {isEmpty && <EmptyRuns isFiltered={model.filter !== ''} inserter={props.inserter} />}
      {model.runs.length > 0 && (
        <RunList model={model} onOpen={id => run(CommandIds.openRun, { runId: id })} />
      )}
    </>
  );
}

function Filter({ model }: { model: RunsModel }): React.JSX.Element {
  const trans = useTrans();
  const [text, setText] = React.useState(model.filter);
  React.useEffect(() => {
    const timer = window.setTimeout(() => void model.setFilter(text.trim()), FILTER_DELAY_MS);
    return () => window.clearTimeout(timer);
  }, [model, text]);
  const error = model.filterError;
  return (
    <div className="jp-MlopsLab-filter">
      <input
        type="search"
        className="jp-mod-styled"
        value={text}
        placeholder={trans.__('Filter: metrics.auc > 0.7')}
        aria-label={trans.__('Filter runs')}
        aria-invalid={error !== null}
        aria-describedby="jp-MlopsLab-filter-error"
        spellCheck={false}
        onChange={event => setText(event.target.value)}
      />
      <div id="jp-MlopsLab-filter-error" className="jp-MlopsLab-filter-error" role="status">
        {error && (
          <>
            <div>{error.message}</div>
            {error.hint && <div className="jp-MlopsLab-note">{error.hint}</div>}
          </>
        )}
      </div>
    </div>
  );
}

function Actions(props: { model: RunsModel; onAction: (id: string) => void }): React.JSX.Element {
  const trans = useTrans();
  const count = props.model.selection.ids.length;
  const isOfJob = props.model.selected.some(run => run.job !== null);
  return (
    <div className="jp-MlopsLab-actions" role="toolbar" aria-label={trans.__('Selected runs')}>
      <Button
        disabled={count !== 1}
        title={trans.__('Open the selected run')}
        onClick={() => props.onAction(CommandIds.openRun)}
      >
        {trans.__('Open')}
      </Button>
      <Button
        kind={count > 1 ? 'primary' : 'plain'}
        disabled={count < 2}
        title={trans.__('Select two or more runs to compare them')}
        onClick={() => props.onAction(CommandIds.compareRuns)}
      >
        {count > 1 ? trans.__('Compare %1', count) : trans.__('Compare')}
      </Button>
      <Button
        disabled={count !== 1 || isOfJob}
        title={
          isOfJob
            ? trans.__('A run of a job is in production already')
            : trans.__('Select one run to make a scheduled job of its notebook')
        }
        onClick={() => props.onAction(CommandIds.promoteRun)}
      >
        {trans.__('Productionize')}
      </Button>
    </div>
  );
}
