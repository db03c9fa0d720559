/** Owns the list of job definitions: newest revision, parameters, schedule, and what to do. */
import * as React from 'react';

import type { Definition, Parameter, Revision, Schedule } from '../api/types';
import { Button } from '../components/feedback';
import { baseName, formatAgo, formatTime, formatUntil } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { toPython } from '../components/python';
import { StatusIcon } from '../components/status';
import type { JobsModel } from './model';

export interface IDefinitionActions {
  submit: (definitionId: string) => void;
  openRevision: (definitionId: string, number: number) => void;
  openRun: (runId: string) => void;
}

interface IListProps {
  model: JobsModel;
  actions: IDefinitionActions;
}

export function DefinitionList({ model, actions }: IListProps): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(20_000);
  if (model.definitions.length === 0) {
    return (
      <div className="jp-MlopsLab-empty">
        <h3>{trans.__('No jobs yet')}</h3>
        <p>
          {trans.__(
            'Select a run in the sidebar and press Productionize, or press Productionize in the toolbar of a notebook.'
          )}
        </p>
      </div>
    );
  }
  return (
    <ul className="jp-MlopsLab-definitions" aria-label={trans.__('Job definitions')}>
      {model.definitions.map(definition => (
        <DefinitionItem
          key={definition.id}
          definition={definition}
          now={now}
          model={model}
          actions={actions}
        />
      ))}
    </ul>
  );
}

function DefinitionItem(
  props: IListProps & { definition: Definition; now: number }
): React.JSX.Element {
  const trans = useTrans();
  const { definition, now, model, actions } = props;
  const { id, name, revision, schedule, last_job: lastJob } = definition;
  const revisions = model.revisions.get(id);
  return (
    <li className="jp-MlopsLab-definition" data-definition-id={id}>
      <div className="jp-MlopsLab-definition-head">
        {lastJob && <StatusIcon status={lastJob.state} />}
        <h3 title={name}>{name}</h3>
        <span className="jp-MlopsLab-badge">{trans.__('revision %1', revision.number)}</span>
        <span className="jp-MlopsLab-page-actions">
          <Button
            pressed={revisions !== undefined}
            onClick={() => void model.toggleRevisions(id)}
            title={trans.__('Show all revisions of this job')}
          >
            {trans.__('Revisions')}
          </Button>
          {schedule && (
            <Button
              onClick={() => void model.pause(schedule.id, !schedule.paused)}
              title={
                schedule.paused
                  ? trans.__('Let the schedule start this job again')
                  : trans.__('Stop the schedule from starting this job')
              }
            >
              {schedule.paused ? trans.__('Resume') : trans.__('Pause')}
            </Button>
          )}
          <Button kind="primary" onClick={() => actions.submit(id)}>
            {trans.__('Run now')}
          </Button>
        </span>
      </div>
      <ScheduleLine schedule={schedule} now={now} />
      <Parameters parameters={revision.parameters} />
      {revisions && (
        <Revisions definition={definition} revisions={revisions} now={now} actions={actions} />
      )}
    </li>
  );
}

function ScheduleLine(props: { schedule: Schedule | null; now: number }): React.JSX.Element {
  const trans = useTrans();
  const { schedule, now } = props;
  if (!schedule) {
    return <div className="jp-MlopsLab-note">{trans.__('No schedule: runs when started.')}</div>;
  }
  const at = schedule.next_fire_at;
  return (
    <div className="jp-MlopsLab-definition-schedule">
      <span title={`${schedule.cron} (${schedule.timezone})`}>{schedule.description}</span>
      {at === null || schedule.paused ? (
        <span className="jp-MlopsLab-badge jp-mod-warn">{trans.__('paused')}</span>
      ) : (
        <span className="jp-MlopsLab-note">
          {trans.__('next %1 (%2)', zoned(at, schedule.timezone), formatUntil(at, now, trans))}
        </span>
      )}
    </div>
  );
}

/** The time as a clock in the schedule's own timezone shows it. */
function zoned(at: number, timezone: string): string {
  return new Date(at).toLocaleString(undefined, {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short'
  });
}

function Parameters({
  parameters
}: {
  parameters: readonly Parameter[];
}): React.JSX.Element | null {
  if (parameters.length === 0) {
    return null;
  }
  return (
    <div className="jp-MlopsLab-chips">
      {parameters.map(({ name, default: value, type }) => {
        const text = `${name} = ${toPython(value, type)}`;
        return (
          <code key={name} title={`${text} (${type})`}>
            {text}
          </code>
        );
      })}
    </div>
  );
}

function Revisions(props: {
  definition: Definition;
  revisions: readonly Revision[];
  now: number;
  actions: IDefinitionActions;
}): React.JSX.Element {
  const trans = useTrans();
  const { definition, revisions, now, actions } = props;
  return (
    <ol className="jp-MlopsLab-revisions" aria-label={trans.__('Revisions')}>
      {revisions.map(revision => {
        const runId = revision.source_run_id;
        return (
          <li key={revision.number}>
            <span className="jp-MlopsLab-badge">{trans.__('revision %1', revision.number)}</span>
            <span title={formatTime(revision.created_at)}>
              {trans.__(
                'by %1, %2',
                revision.created_by,
                formatAgo(revision.created_at, now, trans)
              )}
            </span>
            <span className="jp-MlopsLab-note" title={revision.notebook_path}>
              {baseName(revision.notebook_path)}
            </span>
            <button
              type="button"
              className="jp-MlopsLab-link"
              onClick={() => actions.openRevision(definition.id, revision.number)}
            >
              {trans.__('Open notebook')}
            </button>
            {runId && (
              <button
                type="button"
                className="jp-MlopsLab-link"
                onClick={() => actions.openRun(runId)}
              >
                {trans.__('Source run')}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
