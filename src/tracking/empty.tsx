/** Owns what the list of runs shows when there is none: the lines to type, or how to see others. */
import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { asApiError } from '../api/live';
import { CommandIds } from '../commands';
import { Button } from '../components/feedback';
import { CopyButton } from '../components/copy';
import { useTrans } from '../components/hooks';
import type { RunsModel } from './model';
import type { IInserter } from './notebooks';
import type { IRunTools } from './runTools';

const LOAD = '%load_ext mlops_lab';
const TRACK = '%%track';
const LOG = 'import mlops_lab as lab\nlab.log_metric("loss", value)';

interface IEmptyProps {
  model: RunsModel;
  tools: IRunTools;
  inserter: IInserter | null;
}

export function EmptyRuns({ model, tools, inserter }: IEmptyProps): React.JSX.Element {
  const trans = useTrans();
  const { filter, scope, shelf } = model.shown;
  if (filter !== '') {
    return (
      <Nothing words={trans.__('No run matches this filter.')}>
        <Button onClick={() => void model.show({ filter: '' })}>
          {trans.__('Clear the filter')}
        </Button>
      </Nothing>
    );
  }
  if (shelf !== 'runs') {
    const words =
      shelf === 'trash' ? trans.__('The trash is empty.') : trans.__('No run is archived.');
    return (
      <Nothing words={words}>
        <Button onClick={() => tools.run(CommandIds.browseRuns, { shelf: 'runs' })}>
          {trans.__('Show all runs')}
        </Button>
      </Nothing>
    );
  }
  if (scope !== null) {
    const words =
      scope.cellId === null
        ? trans.__('This notebook has no runs yet. Track one of its cells:')
        : trans.__('This cell has no runs yet. Track it:');
    return (
      <Nothing words={words}>
        <Line code={TRACK} inserter={inserter} />
      </Nothing>
    );
  }
  return (
    <div className="jp-MlopsLab-empty" role="status">
      <h3>{trans.__('No runs yet')}</h3>
      <p>{trans.__('Load the extension once in a notebook:')}</p>
      <Line code={LOAD} inserter={inserter} />
      <p>{trans.__('Then put this as the first line of the cell that you want to track:')}</p>
      <Line code={TRACK} inserter={inserter} />
      <p className="jp-MlopsLab-note">
        {trans.__('Its code, parameters and metrics appear here when the cell ends.')}
      </p>
      <p>{trans.__('Log a curve, in a loop of that cell:')}</p>
      <Line code={LOG} inserter={inserter} />
    </div>
  );
}

function Nothing(props: { words: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <div className="jp-MlopsLab-empty" role="status">
      <p>{props.words}</p>
      {props.children}
    </div>
  );
}

/** A line to type, with a button that puts it into the notebook that is open, or into a new one. */
function Line(props: { code: string; inserter: IInserter | null }): React.JSX.Element {
  const trans = useTrans();
  const { code, inserter } = props;
  const insert = async (): Promise<void> => {
    try {
      await inserter?.insert(code);
    } catch (error) {
      Notification.error(asApiError(error).message, { autoClose: false });
    }
  };
  return (
    <div className="jp-MlopsLab-snippet">
      <code>{code}</code>
      <div>
        <CopyButton text={code} title={trans.__('Copy this line')}>
          {trans.__('Copy')}
        </CopyButton>
        {inserter && (
          <Button
            onClick={() => void insert()}
            title={
              inserter.isOpen
                ? trans.__('Put this line into the notebook that is open')
                : trans.__('Make a notebook with this line')
            }
          >
            {trans.__('Insert')}
          </Button>
        )}
      </div>
    </div>
  );
}
