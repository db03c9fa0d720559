/** Owns the list of jobs: state, progress, and what went wrong. */
import * as React from 'react';

import type { Job } from '../api/types';
import { Button } from '../components/feedback';
import { formatAgo, formatDuration, formatTime, shortId } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { StatusIcon, statusWord } from '../components/status';
import { JobDetails } from './jobDetails';
import type { JobsModel } from './model';

export interface IJobActions {
  openNotebook: (jobId: string) => void;
  openRun: (runId: string) => void;
}

export function isActive(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running';
}

export function JobList(props: { model: JobsModel; actions: IJobActions }): React.JSX.Element {
  const trans = useTrans();
  const { model, actions } = props;
  const now = useNow(model.jobs.some(isActive) ? 1000 : 20_000);
  if (model.jobs.length === 0) {
    return <p className="jp-MlopsLab-note">{trans.__('No job has run yet.')}</p>;
  }
  return (
    <>
      <ul className="jp-MlopsLab-jobs" aria-label={trans.__('Jobs')}>
        {model.jobs.map(job => (
          <JobItem key={job.id} job={job} now={now} model={model} actions={actions} />
        ))}
      </ul>
      {model.hasMore && (
        <Button onClick={() => void model.loadMore()}>{trans.__('Show older jobs')}</Button>
      )}
    </>
  );
}

interface IItemProps {
  job: Job;
  now: number;
  model: JobsModel;
  actions: IJobActions;
}

function JobItem({ job, now, model, actions }: IItemProps): React.JSX.Element {
  const trans = useTrans();
  const isOpen = model.openJobId === job.id;
  const item = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (isOpen) {
      item.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [isOpen]);
  return (
    <li ref={item} className="jp-MlopsLab-job" data-job-id={job.id} data-state={job.state}>
      <div className="jp-MlopsLab-job-line">
        <button
          type="button"
          className="jp-MlopsLab-job-toggle"
          aria-expanded={isOpen}
          title={isOpen ? trans.__('Hide details') : trans.__('Show details')}
          onClick={() => void model.openJob(isOpen ? null : job.id)}
        >
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
          <StatusIcon status={job.state} />
          <span className="jp-MlopsLab-job-name" title={job.definition_name}>
            {job.definition_name}
          </span>
          <span className="jp-MlopsLab-note">
            {trans.__('revision %1 · %2', job.revision, shortId(job.id))}
          </span>
        </button>
        <JobActions job={job} model={model} actions={actions} />
      </div>
      <JobSummary job={job} now={now} />
      {isOpen && <JobDetails job={job} model={model} />}
    </li>
  );
}

function JobActions({ job, model, actions }: Omit<IItemProps, 'now'>): React.JSX.Element {
  const trans = useTrans();
  const runId = job.run_id;
  return (
    <span className="jp-MlopsLab-job-actions">
      <CancelButton job={job} model={model} />
      {runId && (
        <Button onClick={() => actions.openRun(runId)} title={trans.__('Open the run of this job')}>
          {trans.__('Run')}
        </Button>
      )}
      <Button
        onClick={() => actions.openNotebook(job.id)}
        title={trans.__('Open the notebook as it was executed')}
      >
        {trans.__('Notebook')}
      </Button>
    </span>
  );
}

function JobSummary({ job, now }: { job: Job; now: number }): React.JSX.Element {
  const trans = useTrans();
  const started = job.started_at ?? job.submitted_at;
  const duration =
    job.started_at === null
      ? ''
      : formatDuration((job.ended_at ?? Math.max(now, job.started_at)) - job.started_at, trans);
  return (
    <div className="jp-MlopsLab-job-summary">
      <span className="jp-MlopsLab-job-state">{statusWord(job.state, trans)}</span>
      <Progress job={job} />
      <span className="jp-MlopsLab-number">{duration}</span>
      <span title={formatTime(started)}>{formatAgo(started, now, trans)}</span>
      {job.state !== 'succeeded' && (
        <span className="jp-MlopsLab-job-cause" title={job.cause}>
          {job.cause}
        </span>
      )}
    </div>
  );
}

function Progress({ job }: { job: Job }): React.JSX.Element | null {
  const trans = useTrans();
  if (job.cells_total === 0) {
    return null;
  }
  const words = trans.__('%1 of %2 cells', job.cells_done, job.cells_total);
  return (
    <span className="jp-MlopsLab-progress" title={words}>
      <progress value={job.cells_done} max={job.cells_total} aria-label={words} />
      <span className="jp-MlopsLab-number">
        {job.cells_done}/{job.cells_total}
      </span>
    </span>
  );
}

/** Cancelling cannot be undone, so that it asks once more, in place. */
function CancelButton({ job, model }: { job: Job; model: JobsModel }): React.JSX.Element | null {
  const trans = useTrans();
  const [isAsking, setIsAsking] = React.useState(false);
  if (!isActive(job)) {
    return null;
  }
  if (job.cancel_requested) {
    return <span className="jp-MlopsLab-note">{trans.__('Cancelling…')}</span>;
  }
  if (!isAsking) {
    return <Button onClick={() => setIsAsking(true)}>{trans.__('Cancel')}</Button>;
  }
  const cancel = (): void => {
    setIsAsking(false);
    void model.cancel(job.id);
  };
  return (
    <>
      <Button kind="warn" onClick={cancel}>
        {trans.__('Stop this job')}
      </Button>
      <Button onClick={() => setIsAsking(false)}>{trans.__('Keep it')}</Button>
    </>
  );
}
