/** Owns the preview of notebooks: cells and outputs to read, without trust in them. */
import * as React from 'react';

import { CodeBlock } from '../../components/code';
import { Button } from '../../components/feedback';
import { formatCount } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { Markdown } from '../markdown';
import { OneOutput } from '../../components/output';
import { notebookCells, type ICellForm } from './notebookForm';
import { readHead, useLoaded, type IPreviewSource, type IPreviewTools } from './source';
import { Loading } from './states';

/** Cells that are drawn at once. */
const STEP = 40;

export default function NotebookPreview(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal => readHead(props, signal, props.file.size));
  return (
    <Loading loaded={loaded}>
      {({ text }) => <Cells text={text} path={props.file.path} rendermime={props.rendermime} />}
    </Loading>
  );
}

function Cells(props: IPreviewTools & { text: string; path: string }): React.JSX.Element {
  const trans = useTrans();
  const { text, path, rendermime } = props;
  const cells = React.useMemo(() => notebookCells(text), [text]);
  const [shown, setShown] = React.useState(STEP);
  if (!cells) {
    return <CodeBlock source={text} label={trans.__('Content of %1', path)} />;
  }
  return (
    <>
      {cells.slice(0, shown).map((cell, index) => (
        <OneCell key={index} cell={cell} rendermime={rendermime} />
      ))}
      {cells.length > shown && (
        <Button className="jp-mod-small" onClick={() => setShown(shown + STEP)}>
          {trans.__('Show more of %1 cells', formatCount(cells.length))}
        </Button>
      )}
    </>
  );
}

function OneCell({ cell, rendermime }: IPreviewTools & { cell: ICellForm }): React.JSX.Element {
  const trans = useTrans();
  const { kind, source, count, outputs } = cell;
  if (kind === 'markdown') {
    return <Markdown text={source} rendermime={rendermime} />;
  }
  return (
    <div className="jp-MlopsLab-preview-cell">
      <span className="jp-MlopsLab-note">{count === null ? '[ ]' : `[${count}]`}</span>
      <div>
        <CodeBlock source={source} label={trans.__('Cell')} isPython={kind === 'code'} />
        {outputs.map((output, index) => (
          <OneOutput key={index} output={output} rendermime={rendermime} />
        ))}
      </div>
    </div>
  );
}
