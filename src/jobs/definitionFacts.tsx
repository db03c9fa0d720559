/** Owns what is told of a definition at a glance: its last job, result, models, and next job. */
import * as React from 'react';

import type { Definition, MadeModel, Schedule } from '../api/types';
import { formatNumber, formatUntil, formatZoned } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { StatusIcon, statusWord } from '../components/status';
import { When } from '../components/when';
import { PastStrip } from './pastStrip';
import { newestResult, type IResult } from './results';

export interface IFactActions {
  openJob: (jobId: string) => void;
  openRun: (runId: string) => void;
}

export function DefinitionFacts(props: {
  definition: Definition;
  actions: IFactActions;
}): React.JSX.Element {
  const trans = useTrans();
  const { definition, actions } = props;
  const { schedule, past, models } = definition;
  const result = newestResult(past);
  return (
    <dl className="jp-MlopsLab-definition-facts">
      <Fact name={trans.__('Last job')}>
        <LastJob definition={definition} actions={actions} />
      </Fact>
      {past.length > 0 && (
        <Fact name={trans.__('Last jobs')}>
          <PastStrip past={past} onOpen={actions.openJob} />
        </Fact>
      )}
      {result && (
        <Fact name={result.metric}>
          <Result result={result} onOpen={actions.openRun} />
        </Fact>
      )}
      {models.length > 0 && (
        <Fact name={trans.__('Models')}>
          <Models models={models} />
        </Fact>
      )}
      <Fact name={trans.__('Next job')}>
        <Next schedule={schedule} />
      </Fact>
    </dl>
  );
}

function Fact(props: { name: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <div>
      <dt title={props.name}>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function LastJob(props: { definition: Definition; actions: IFactActions }): React.JSX.Element {
  const trans = useTrans();
  const job = props.definition.last_job;
  if (!job) {
    return <span className="jp-MlopsLab-note">{trans.__('has not run yet')}</span>;
  }
  const { state, cause, run_id: runId } = job;
  const isOdd = state === 'failed' || state === 'lost';
  return (
    <>
      <StatusIcon status={state} />
      <button
        type="button"
        className="jp-MlopsLab-link"
        title={runId ? trans.__('Open the run of this job') : trans.__('Show details')}
        onClick={() => (runId ? props.actions.openRun(runId) : props.actions.openJob(job.id))}
      >
        {statusWord(state, trans)}
      </button>
      <When at={job.ended_at ?? job.started_at ?? job.submitted_at} className="jp-MlopsLab-note" />
      {isOdd && (
        <span className="jp-MlopsLab-definition-cause" title={cause}>
          {cause}
        </span>
      )}
    </>
  );
}

const MARKS = { better: '▲', worse: '▼', equal: '=', other: '±' };

function Result(props: { result: IResult; onOpen: (runId: string) => void }): React.JSX.Element {
  const trans = useTrans();
  const { job, value, change, bestOf } = props.result;
  const runId = job.run_id;
  const number = <span className="jp-MlopsLab-number">{formatNumber(value)}</span>;
  return (
    <>
      {runId ? (
        <button
          type="button"
          className="jp-MlopsLab-link"
          title={trans.__('Open the run of this job: %1', value)}
          onClick={() => props.onOpen(runId)}
        >
          {number}
        </button>
      ) : (
        number
      )}
      {change && <Change change={change} />}
      {bestOf > 0 && (
        <span className="jp-MlopsLab-standing jp-mod-best">
          <span aria-hidden="true">★</span> {trans.__('best of %1 jobs', bestOf)}
        </span>
      )}
    </>
  );
}

function Change({ change }: { change: NonNullable<IResult['change']> }): React.JSX.Element {
  const trans = useTrans();
  const { kind } = change;
  const difference = formatNumber(change.difference);
  const words = {
    better: trans.__('%1 better than before', difference),
    worse: trans.__('%1 worse than before', difference),
    equal: trans.__('as before'),
    other: trans.__('%1 away from before', difference)
  };
  return (
    <span
      className={`jp-MlopsLab-standing jp-mod-${kind}`}
      title={trans.__('Against the job before it')}
    >
      <span aria-hidden="true">{MARKS[kind]}</span> {words[kind]}
    </span>
  );
}

function Models({ models }: { models: readonly MadeModel[] }): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      {models.map(({ name, version, aliases }) => (
        <span key={`${name} ${version}`} className="jp-MlopsLab-definition-model">
          {trans.__('%1 version %2', name, version)}
          {aliases.map(alias => (
            <span key={alias} className="jp-MlopsLab-badge" title={trans.__('Alias')}>
              @{alias}
            </span>
          ))}
        </span>
      ))}
    </>
  );
}

function Next({ schedule }: { schedule: Schedule | null }): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(20_000);
  if (!schedule) {
    return <span className="jp-MlopsLab-note">{trans.__('when started: no schedule')}</span>;
  }
  const { next_fire_at: at, paused, timezone, description, cron } = schedule;
  const plan = (
    <span className="jp-MlopsLab-note" title={`${cron} (${timezone})`}>
      {description}
    </span>
  );
  if (at === null || paused) {
    return (
      <>
        <span className="jp-MlopsLab-badge jp-mod-warn">{trans.__('paused')}</span> {plan}
      </>
    );
  }
  return (
    <>
      <time dateTime={new Date(at).toISOString()} title={formatZoned(at, timezone)}>
        {formatUntil(at, now, trans)}
      </time>
      {plan}
    </>
  );
}
