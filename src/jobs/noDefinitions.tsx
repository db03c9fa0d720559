/** Owns what the Jobs view shows while there is no job: how a run becomes one. */
import * as React from 'react';

import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';

export interface ITeaching {
  showRuns: () => void;
  /** Productionize the notebook that is open; null where none is. */
  promoteNotebook: (() => void) | null;
}

export function NoDefinitions({ actions }: { actions: ITeaching }): React.JSX.Element {
  const trans = useTrans();
  const { showRuns, promoteNotebook } = actions;
  return (
    <div className="jp-MlopsLab-empty">
      <h3>{trans.__('No jobs yet')}</h3>
      <p>
        {trans.__('A job runs a notebook by itself: now, or on a schedule, in a clean kernel.')}
      </p>
      <ol className="jp-MlopsLab-steps">
        <li>{trans.__('Open a run that finished, or a notebook.')}</li>
        <li>{trans.__('Press Productionize: its cells and parameters become the job.')}</li>
        <li>{trans.__('Run it now, or choose when it runs; what came of it stands here.')}</li>
      </ol>
      <p className="jp-MlopsLab-emptyActions">
        {promoteNotebook && (
          <Button kind="primary" onClick={promoteNotebook}>
            {trans.__('Productionize the open notebook')}
          </Button>
        )}
        <Button kind={promoteNotebook ? 'plain' : 'primary'} onClick={showRuns}>
          {trans.__('Show runs')}
        </Button>
      </p>
    </div>
  );
}
