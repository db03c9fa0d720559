/** Owns the list of job definitions: what each came to, its parameters, and what to do. */
import * as React from 'react';

import type { Definition, Parameter, Schedule } from '../api/types';
import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';
import { toPython } from '../components/python';
import { DefinitionFacts, type IFactActions } from './definitionFacts';
import type { JobsModel } from './model';
import { NoDefinitions, type ITeaching } from './noDefinitions';
import { Revisions, type IRevisionActions } from './revisions';

export interface IDefinitionActions extends IFactActions, IRevisionActions, ITeaching {
  submit: (definitionId: string) => void;
}

interface IListProps {
  model: JobsModel;
  actions: IDefinitionActions;
}

export function DefinitionList({ model, actions }: IListProps): React.JSX.Element {
  const trans = useTrans();
  if (model.definitions.length === 0) {
    return <NoDefinitions actions={actions} />;
  }
  return (
    <ul className="jp-MlopsLab-definitions" aria-label={trans.__('Job definitions')}>
      {model.definitions.map(definition => (
        <DefinitionItem
          key={definition.id}
          definition={definition}
          model={model}
          actions={actions}
        />
      ))}
    </ul>
  );
}

function DefinitionItem(props: IListProps & { definition: Definition }): React.JSX.Element {
  const trans = useTrans();
  const { definition, model, actions } = props;
  const { id, name, revision } = definition;
  const revisions = model.revisions.get(id);
  const isChosen = model.chosenId === id;
  const item = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (isChosen) {
      item.current?.scrollIntoView({ block: 'nearest' });
      item.current?.focus({ preventScroll: true });
    }
  }, [isChosen]);
  return (
    <li
      ref={item}
      className="jp-MlopsLab-definition"
      data-definition-id={id}
      aria-current={isChosen || undefined}
      tabIndex={-1}
    >
      <div className="jp-MlopsLab-definition-head">
        <h3 title={name}>{name}</h3>
        <span className="jp-MlopsLab-badge">{trans.__('revision %1', revision.number)}</span>
        <DefinitionActions {...props} />
      </div>
      <DefinitionFacts definition={definition} actions={actions} />
      <Parameters parameters={revision.parameters} />
      {revisions && <Revisions definition={definition} revisions={revisions} actions={actions} />}
    </li>
  );
}

function DefinitionActions(props: IListProps & { definition: Definition }): React.JSX.Element {
  const trans = useTrans();
  const { definition, model, actions } = props;
  const { id, revision, schedule } = definition;
  return (
    <span className="jp-MlopsLab-page-actions">
      <Button
        className="jp-mod-small"
        pressed={model.revisions.has(id)}
        onClick={() => void model.toggleRevisions(id)}
        title={trans.__('Show all revisions of this job')}
      >
        {trans.__('Revisions')}
      </Button>
      <Button
        className="jp-mod-small"
        onClick={() => actions.openRevision(id, revision.number)}
        title={trans.__('Open the notebook that the next job runs, read-only')}
      >
        {trans.__('Open notebook')}
      </Button>
      {schedule && <PauseButton schedule={schedule} model={model} />}
      <Button className="jp-mod-small" kind="primary" onClick={() => actions.submit(id)}>
        {trans.__('Run now')}
      </Button>
    </span>
  );
}

function PauseButton(props: { schedule: Schedule; model: JobsModel }): React.JSX.Element {
  const trans = useTrans();
  const { schedule, model } = props;
  const { id, paused } = schedule;
  return (
    <Button
      className="jp-mod-small"
      onClick={() => void model.pause(id, !paused)}
      title={
        paused
          ? trans.__('Let the schedule start this job again')
          : trans.__('Stop the schedule from starting this job')
      }
    >
      {paused ? trans.__('Resume') : trans.__('Pause')}
    </Button>
  );
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
