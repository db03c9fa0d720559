/** Owns the Productionize form: name, parameters, schedule. */
import * as React from 'react';

import type { PromotionDraft } from '../api/types';
import { ErrorPanel, Skeleton } from '../components/feedback';
import { useModel, useTrans } from '../components/hooks';
import type { PromoteModel } from './model';
import { ParametersCell, ParametersTable } from './parametersTable';
import { ScheduleFields } from './scheduleFields';

const ROW_HEIGHT = 34;

export function PromoteForm({ model }: { model: PromoteModel }): React.JSX.Element {
  const trans = useTrans();
  useModel(model);
  if (model.error) {
    return <ErrorPanel error={model.error} onRetry={() => void model.load()} />;
  }
  const { draft } = model;
  if (!draft) {
    return <Skeleton rows={9} height={ROW_HEIGHT} />;
  }
  return (
    <>
      <NameField model={model} draft={draft} />
      {draft.warnings.length > 0 && (
        <ul className="jp-MlopsLab-warning" aria-label={trans.__('Warnings')}>
          {draft.warnings.map((warning, index) => (
            <li key={index}>{warning}</li>
          ))}
        </ul>
      )}
      <div className="jp-MlopsLab-promote-columns">
        <ParametersTable model={model} />
        <div>
          <ScheduleFields model={model} />
          <ParametersCell model={model} />
        </div>
      </div>
      {model.sendError && <ErrorPanel error={model.sendError} />}
    </>
  );
}

function NameField(props: { model: PromoteModel; draft: PromotionDraft }): React.JSX.Element {
  const trans = useTrans();
  const { model, draft } = props;
  const isNext = draft.existing_revision !== null && model.name.trim() === draft.name;
  return (
    <div className="jp-MlopsLab-field">
      <label htmlFor="jp-MlopsLab-promote-name">{trans.__('Name of the job')}</label>
      <input
        id="jp-MlopsLab-promote-name"
        className="jp-mod-styled"
        value={model.name}
        aria-invalid={model.name.trim() === ''}
        spellCheck={false}
        onChange={event => (model.name = event.target.value)}
      />
      <div className="jp-MlopsLab-note">
        {isNext
          ? trans.__(
              'Makes revision %1 of this job. Its schedule stays, unless you choose one below.',
              (draft.existing_revision ?? 0) + 1
            )
          : trans.__('Makes a new job from %1, which stays as it is.', draft.notebook_path)}
      </div>
    </div>
  );
}
