/** Owns the view of one run: what it was, what it gave, and why it failed. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { MetricSummary, Run, RunSummary } from '../api/types';
import { CommandIds } from '../commands';
import { SeriesChart } from '../components/chart';
import { CodeBlock, ErrorBlock } from '../components/code';
import { Facts, type IFact } from '../components/facts';
import { Button, Section } from '../components/feedback';
import { formatDuration, formatNumber, formatTime, shortId } from '../components/format';
import { useModel, useNow, useTrans } from '../components/hooks';
import { ModelView } from '../components/mainView';
import { PrimaryMark, StatusIcon, statusWord } from '../components/status';
import type { RunModel } from './runModel';

/** The main-area view of one run. */
export class RunView extends ModelView<RunModel> {
  constructor(
    options: ConstructorParameters<typeof ModelView<RunModel>>[0] & { commands: CommandRegistry }
  ) {
    super(options);
    this._commands = options.commands;
  }

  protected override draw(): React.JSX.Element {
    return <RunPage model={this.model} commands={this._commands} />;
  }

  private readonly _commands: CommandRegistry;
}

interface IPageProps {
  model: RunModel;
  commands: CommandRegistry;
}

function RunPage({ model, commands }: IPageProps): React.JSX.Element {
  const trans = useTrans();
  useModel(model);
  const run = model.run as Run;
  return (
    <article className="jp-MlopsLab-page">
      <Header run={run.summary} commands={commands} />
      <RunFacts run={run} commands={commands} />
      {run.warnings.map((warning, index) => (
        <p key={index} className="jp-MlopsLab-warning">
          {warning}
        </p>
      ))}
      {run.error && (
        <Section title={trans.__('Error')}>
          <ErrorBlock error={run.error} />
        </Section>
      )}
      <Section title={trans.__('Metrics')} note={String(run.metrics.length)}>
        <Metrics metrics={model.metrics} primary={run.summary.primary_metric?.name} />
        <div className="jp-MlopsLab-charts">
          {model.series.map(series => (
            <Curve key={series.name} model={model} name={series.name} />
          ))}
        </div>
      </Section>
      <Section title={trans.__('Parameters')} note={String(run.params.length)}>
        <Params run={run} />
      </Section>
      {run.cells.map((cell, index) => (
        <Section key={index} title={trans.__('Code')}>
          <CodeBlock source={cell.source} label={trans.__('Code of the tracked cell')} isPython />
        </Section>
      ))}
    </article>
  );
}

function Curve({ model, name }: { model: RunModel; name: string }): React.JSX.Element | null {
  const series = model.series.find(item => item.name === name);
  const lines = React.useMemo(
    () => (series ? [{ name: series.name, index: 0, series }] : []),
    [series]
  );
  return <SeriesChart title={name} lines={lines} />;
}

function Header(props: { run: RunSummary; commands: CommandRegistry }): React.JSX.Element {
  const trans = useTrans();
  const { run, commands } = props;
  const place = { path: run.notebook_path, cellId: run.cell_id };
  return (
    <header className="jp-MlopsLab-page-header">
      <StatusIcon status={run.status} />
      <h1 title={run.name}>{run.name}</h1>
      <span className="jp-MlopsLab-note">{shortId(run.id)}</span>
      <span className="jp-MlopsLab-page-actions">
        {run.notebook_path && !run.job && (
          <Button onClick={() => void commands.execute(CommandIds.openNotebookCell, place)}>
            {trans.__('Open notebook')}
          </Button>
        )}
        {run.job && (
          <Button
            onClick={() =>
              void commands.execute(CommandIds.openJobNotebook, { jobId: run.job?.job_id })
            }
          >
            {trans.__('Open executed notebook')}
          </Button>
        )}
        {run.status === 'finished' && !run.job && (
          <Button
            kind="primary"
            onClick={() => void commands.execute(CommandIds.promoteRun, { runId: run.id })}
          >
            {trans.__('Productionize')}
          </Button>
        )}
      </span>
    </header>
  );
}

function RunFacts({ run, commands }: { run: Run; commands: CommandRegistry }): React.JSX.Element {
  const trans = useTrans();
  const { summary } = run;
  const now = useNow(summary.status === 'running' ? 1000 : 60_000);
  const duration = summary.duration_ms ?? now - summary.started_at;
  const facts: IFact[] = [
    { name: trans.__('Status'), value: statusWord(summary.status, trans) },
    { name: trans.__('Started'), value: formatTime(summary.started_at) },
    { name: trans.__('Duration'), value: formatDuration(duration, trans) },
    { name: trans.__('User'), value: summary.user },
    { name: trans.__('Experiment'), value: summary.experiment },
    { name: trans.__('Notebook'), value: summary.notebook_path ?? run.notebook_file },
    { name: trans.__('Cell'), value: summary.cell_id },
    { name: trans.__('Kernel'), value: run.kernel_name },
    ...run.tags.map(tag => ({ name: tag.name, value: tag.value }))
  ];
  const { job } = summary;
  if (job) {
    const name = trans.__('%1, revision %2', job.definition_name, job.revision);
    const source = job.source_run_id;
    facts.push({
      name: trans.__('Job'),
      value: name,
      onClick: () => void commands.execute(CommandIds.openJobs, { jobId: job.job_id })
    });
    if (source) {
      facts.push({
        name: trans.__('Came from run'),
        value: shortId(source),
        onClick: () => void commands.execute(CommandIds.openRun, { runId: source })
      });
    }
  }
  return <Facts facts={facts} />;
}

function Metrics(props: {
  metrics: readonly MetricSummary[];
  primary?: string;
}): React.JSX.Element {
  const trans = useTrans();
  const { metrics, primary } = props;
  if (metrics.length === 0) {
    return <p className="jp-MlopsLab-note">{trans.__('This run has no metrics.')}</p>;
  }
  return (
    <div className="jp-MlopsLab-tableFrame">
      <table className="jp-MlopsLab-table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Metric')}</th>
            <NumberHeading>{trans.__('Last')}</NumberHeading>
            <NumberHeading>{trans.__('Lowest')}</NumberHeading>
            <NumberHeading>{trans.__('Highest')}</NumberHeading>
            <NumberHeading>{trans.__('Points')}</NumberHeading>
          </tr>
        </thead>
        <tbody>
          {metrics.map(metric => (
            <tr key={metric.name}>
              <th scope="row">
                {metric.name}
                {metric.name === primary && <PrimaryMark />}
              </th>
              {[metric.last, metric.min, metric.max, metric.count].map((value, index) => (
                <td key={index} className="jp-MlopsLab-number" title={String(value)}>
                  {index > 0 && metric.count === 1 ? '' : formatNumber(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Params({ run }: { run: Run }): React.JSX.Element {
  const trans = useTrans();
  if (run.params.length === 0) {
    return <p className="jp-MlopsLab-note">{trans.__('This run has no parameters.')}</p>;
  }
  const origins = {
    assigned: trans.__('assigned in the cell'),
    read: trans.__('read by the cell'),
    option: trans.__('logged'),
    injected: trans.__('given to the job')
  };
  return (
    <div className="jp-MlopsLab-tableFrame">
      <table className="jp-MlopsLab-table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Parameter')}</th>
            <th scope="col">{trans.__('Value')}</th>
            <th scope="col">{trans.__('Where from')}</th>
          </tr>
        </thead>
        <tbody>
          {run.params.map(param => (
            <tr key={param.name}>
              <th scope="row">{param.name}</th>
              <td className="jp-MlopsLab-value" title={param.value.slice(0, 2000)}>
                {param.value.slice(0, 300)}
              </td>
              <td className="jp-MlopsLab-note">{origins[param.origin]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NumberHeading(props: { children: React.ReactNode }): React.JSX.Element {
  return (
    <th scope="col" className="jp-MlopsLab-number">
      {props.children}
    </th>
  );
}
