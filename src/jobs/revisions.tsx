/** Owns the list of a definition's revisions: who made them, when, and from what. */
import * as React from 'react';

import type { Definition, Revision } from '../api/types';
import { baseName, formatAgo, formatTime } from '../components/format';
import { useNow, useTrans } from '../components/hooks';

export interface IRevisionActions {
  openRevision: (definitionId: string, number: number) => void;
  openRun: (runId: string) => void;
}

export function Revisions(props: {
  definition: Definition;
  revisions: readonly Revision[];
  actions: IRevisionActions;
}): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(20_000);
  const { definition, revisions, actions } = props;
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
