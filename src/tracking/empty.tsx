/** Owns what the list of runs shows when there is none: the lines to type. */
import * as React from 'react';

import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { IInserter } from './notebooks';

const LOAD = '%load_ext mlops_lab';
const TRACK = '%%track';

export function EmptyRuns(props: {
  isFiltered: boolean;
  inserter: IInserter | null;
}): React.JSX.Element {
  const trans = useTrans();
  if (props.isFiltered) {
    return (
      <div className="jp-MlopsLab-empty" role="status">
        <p>{trans.__('No run matches this filter.')}</p>
      </div>
    );
  }
  return (
    <div className="jp-MlopsLab-empty" role="status">
      <h3>{trans.__('No runs yet')}</h3>
      <p>{trans.__('Load the extension once in a notebook:')}</p>
      <Line code={LOAD} inserter={props.inserter} />
      <p>{trans.__('Then put this as the first line of the cell that you want to track:')}</p>
      <Line code={TRACK} inserter={props.inserter} />
      <p className="jp-MlopsLab-note">
        {trans.__('Its code, parameters and metrics appear here when the cell ends.')}
      </p>
    </div>
  );
}

function Line(props: { code: string; inserter: IInserter | null }): React.JSX.Element {
  const trans = useTrans();
  const { code, inserter } = props;
  const [isCopied, setIsCopied] = React.useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    setIsCopied(true);
  };
  return (
    <div className="jp-MlopsLab-snippet">
      <code>{code}</code>
      <Button onClick={() => void copy()} title={trans.__('Copy this line')}>
        {isCopied ? trans.__('Copied') : trans.__('Copy')}
      </Button>
      {inserter?.isEnabled && (
        <Button
          onClick={() => inserter.insert(code)}
          title={trans.__('Put this line into the notebook that is open')}
        >
          {trans.__('Insert')}
        </Button>
      )}
    </div>
  );
}
