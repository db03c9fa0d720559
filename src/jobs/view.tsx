/** Owns the Jobs view: the worker line, definitions, and jobs. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { CommandIds } from '../commands';
import { ErrorPanel, Section } from '../components/feedback';
import { useModel, useTrans } from '../components/hooks';
import { ModelView } from '../components/mainView';
import { DefinitionList } from './definitionList';
import { JobList } from './jobList';
import type { JobsModel } from './model';

/** The main-area view of definitions and jobs. */
export class JobsView extends ModelView<JobsModel> {
  constructor(
    options: ConstructorParameters<typeof ModelView<JobsModel>>[0] & { commands: CommandRegistry }
  ) {
    super(options);
    this._commands = options.commands;
  }

  protected override draw(): React.JSX.Element {
    return <JobsPage model={this.model} commands={this._commands} />;
  }

  private readonly _commands: CommandRegistry;
}

function JobsPage(props: { model: JobsModel; commands: CommandRegistry }): React.JSX.Element {
  const trans = useTrans();
  const { model, commands } = props;
  useModel(model);
  const canPromote =
    commands.hasCommand(CommandIds.promoteNotebook) &&
    commands.isEnabled(CommandIds.promoteNotebook);
  const actions = React.useMemo(() => {
    const run = (id: string, args: Record<string, string | number>): void =>
      void commands.execute(id, args);
    return {
      openNotebook: (jobId: string) => run(CommandIds.openJobNotebook, { jobId }),
      openRun: (runId: string) => run(CommandIds.openRun, { runId }),
      openRevision: (definitionId: string, number: number) =>
        run(CommandIds.openRevisionNotebook, { definitionId, number }),
      openJob: (jobId: string) => void model.openJob(jobId),
      submit: (definitionId: string) => run(CommandIds.submitJob, { definitionId }),
      showRuns: () => run(CommandIds.showRuns, {}),
      promoteNotebook: canPromote ? () => run(CommandIds.promoteNotebook, {}) : null
    };
  }, [commands, model, canPromote]);
  return (
    <article className="jp-MlopsLab-page">
      <header className="jp-MlopsLab-page-header">
        <h1>{trans.__('Jobs')}</h1>
        <WorkerLine model={model} />
      </header>
      {model.actionError && (
        <ErrorPanel error={model.actionError} onRetry={() => model.dismissActionError()} />
      )}
      <Section title={trans.__('Definitions')} note={String(model.definitions.length)}>
        <DefinitionList model={model} actions={actions} />
      </Section>
      {(model.definitions.length > 0 || model.jobs.length > 0) && (
        <Section title={trans.__('History')}>
          <JobFilter model={model} />
          <JobList model={model} actions={actions} />
        </Section>
      )}
    </article>
  );
}

function WorkerLine({ model }: { model: JobsModel }): React.JSX.Element {
  const trans = useTrans();
  const count = model.workers.length;
  const text =
    count > 0
      ? trans._n('A worker is running', '%1 workers are running', count, count)
      : trans.__('No worker is running; Run now starts one');
  const title = model.workers
    .map(worker => trans.__('%1, process %2', worker.host, worker.pid))
    .join('\n');
  return (
    <span className="jp-MlopsLab-worker" title={title} role="status">
      <span className={`jp-MlopsLab-dot ${count > 0 ? 'jp-mod-alive' : ''}`} aria-hidden="true" />
      {text}
    </span>
  );
}

function JobFilter({ model }: { model: JobsModel }): React.JSX.Element | null {
  const trans = useTrans();
  if (model.definitions.length < 2) {
    return null;
  }
  return (
    <select
      className="jp-mod-styled jp-MlopsLab-jobFilter"
      value={model.definitionId ?? ''}
      aria-label={trans.__('Show the jobs of')}
      onChange={event => void model.showJobsOf(event.target.value || null)}
    >
      <option value="">{trans.__('Jobs of all definitions')}</option>
      {model.definitions.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
