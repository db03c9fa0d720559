/** Owns what a run came to: its figures, what is odd about it, and where it stands. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Run, RunSummary } from '../api/types';
import { CommandIds } from '../commands';
import { Facts, type IFact } from '../components/facts';
import {
  formatBytes,
  formatDuration,
  formatFixed,
  formatNumber,
  shortId
} from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { StandingMark, standingOf } from '../components/standing';
import { statusWord } from '../components/status';
import { experimentFacts } from './experimentFacts';
import type { RunModel } from './model';

interface IOutcomeProps {
  model: RunModel;
  run: Run;
  commands: CommandRegistry;
  onReveal: (section: string) => void;
}

export function Outcome(props: IOutcomeProps): React.JSX.Element {
  const { model, run, commands } = props;
  const open = (runId: string): void => void commands.execute(CommandIds.openRun, { runId });
  return (
    <>
      <Figures {...props} onOpen={open} />
      <Notices {...props} onOpen={open} />
      <RunFacts model={model} run={run} commands={commands} onOpen={open} />
    </>
  );
}

type Opening = { onOpen: (runId: string) => void };

/** A run that is shorter, in milliseconds, or busies less of a core, tells nothing by its mean. */
const MEASURABLE = 100;
const BUSY = 0.05;

/** Metrics that stand beside the primary one. */
const OTHERS = 4;

/** The few numbers that people look for first. */
function Figures({ model, run, onOpen }: IOutcomeProps & Opening): React.JSX.Element {
  const trans = useTrans();
  const { summary } = run;
  const now = useNow(summary.status === 'running' ? 1000 : 60_000);
  const duration = summary.duration_ms ?? now - summary.started_at;
  const { primary_metric: metric, cpu_ms: cpu, peak_memory: memory } = summary;
  const standing = standingOf(summary, model.experiment);
  const others = model.metrics.filter(({ name }) => name !== metric?.name).slice(0, OTHERS);
  return (
    <dl className="jp-MlopsLab-figures">
      {metric && (
        <Figure name={metric.name} value={formatNumber(metric.last)} title={String(metric.last)}>
          {standing && <StandingMark standing={standing} />}
          {standing && standing.kind !== 'best' && (
            <button
              type="button"
              className="jp-MlopsLab-link"
              onClick={() => onOpen(standing.bestRunId)}
            >
              {trans.__('Open the best run')}
            </button>
          )}
        </Figure>
      )}
      {others.map(({ name, last }) => (
        <Figure key={name} name={name} value={formatNumber(last)} title={String(last)} />
      ))}
      <Figure
        name={trans.__('Status')}
        value={shortWord(summary, statusWord(summary.status, trans))}
      >
        {summary.error_name && <span className="jp-MlopsLab-note">{summary.error_name}</span>}
      </Figure>
      <Figure name={trans.__('Duration')} value={formatDuration(duration, trans)} />
      {cpu !== null && (
        <Figure name={trans.__('CPU time')} value={formatDuration(cpu, trans)}>
          {duration >= MEASURABLE && cpu / duration >= BUSY && (
            <span className="jp-MlopsLab-note">
              {trans.__('%1 cores busy on average', formatFixed(cpu / duration, 1))}
            </span>
          )}
        </Figure>
      )}
      {memory !== null && <Figure name={trans.__('Peak memory')} value={formatBytes(memory)} />}
    </dl>
  );
}

/** The status in one word; the whole of it is the title of the mark. */
function shortWord({ status }: RunSummary, words: string): string {
  return status === 'killed' ? (words.split(':')[0] ?? words) : words;
}

function Figure(props: {
  name: string;
  value: string;
  title?: string;
  children?: React.ReactNode;
}): React.JSX.Element {
  return (
    <div data-metric={props.title === undefined ? undefined : props.name}>
      <dt title={props.name}>{props.name}</dt>
      <dd>
        <span className="jp-MlopsLab-figure" title={props.title}>
          {props.value}
        </span>
        {props.children}
      </dd>
    </div>
  );
}

/** What a reader of the numbers must know first. */
function Notices({ model, run, onReveal, onOpen }: IOutcomeProps & Opening): React.JSX.Element {
  const trans = useTrans();
  const { summary } = run;
  const { same_as: same } = summary;
  const proof = model.capture?.reproductions.filter(item => item.state !== 'running').at(-1);
  const verdicts = {
    agrees: trans.__('✓ Reproduced: the same metrics in a clean kernel.'),
    differs: trans.__('≠ Run again in a clean kernel, it gave other metrics.'),
    failed: trans.__('✗ The last attempt to reproduce it failed.'),
    running: ''
  };
  return (
    <div className="jp-MlopsLab-notices">
      {summary.status === 'killed' && <p>{statusWord('killed', trans)}.</p>}
      {same && (
        <p>
          {trans.__('Same code, data and parameters as an earlier run:')}{' '}
          <button type="button" className="jp-MlopsLab-link" onClick={() => onOpen(same)}>
            {shortId(same)}
          </button>
        </p>
      )}
      {summary.has_order_problems && (
        <p className="jp-mod-odd">
          {trans.__('The notebook run from top to bottom may not give this result.')}{' '}
          <button type="button" className="jp-MlopsLab-link" onClick={() => onReveal('order')}>
            {trans.__('Why')}
          </button>
        </p>
      )}
      {proof && (
        <p>
          {verdicts[proof.state]}{' '}
          <button
            type="button"
            className="jp-MlopsLab-link"
            onClick={() => onReveal('reproductions')}
          >
            {trans.__('Details')}
          </button>
        </p>
      )}
    </div>
  );
}

function RunFacts(props: Omit<IOutcomeProps, 'onReveal'> & Opening): React.JSX.Element {
  const trans = useTrans();
  const { model, run, commands, onOpen } = props;
  const { summary } = run;
  const { job, parent_run_id: parent } = summary;
  const facts: IFact[] = [
    { name: trans.__('Kernel'), value: run.kernel_name },
    ...experimentFacts(summary.experiment, model.experiment, trans, onOpen)
  ];
  if (parent) {
    facts.push({
      name: trans.__('Part of run'),
      value: shortId(parent),
      onClick: () => onOpen(parent)
    });
  }
  if (job) {
    facts.push({
      name: trans.__('Job'),
      value: trans.__('%1, revision %2', job.definition_name, job.revision),
      onClick: () => void commands.execute(CommandIds.openJobs, { jobId: job.job_id })
    });
  }
  const source = job?.source_run_id;
  if (source) {
    facts.push({
      name: trans.__('Came from run'),
      value: shortId(source),
      onClick: () => onOpen(source)
    });
  }
  return <Facts facts={facts} />;
}
