/** Owns the preview of text and code. */
import * as React from 'react';

import { CodeBlock } from '../../components/code';
import { useTrans } from '../../components/hooks';
import { endingOf } from './kind';
import { HEAD_BYTES, readHead, useLoaded, type IPreviewSource } from './source';
import { HeadNote, Loading } from './states';

/** Characters of Python up to which it is coloured. */
const COLOURED = 60_000;

export default function TextPreview(props: IPreviewSource): React.JSX.Element {
  const trans = useTrans();
  const { file } = props;
  const loaded = useLoaded(signal => readHead(props, signal));
  return (
    <Loading loaded={loaded}>
      {({ text, isWhole }) => (
        <>
          {text ? (
            <CodeBlock
              source={text}
              label={trans.__('Content of %1', file.path)}
              isPython={endingOf(file.path) === 'py' && text.length <= COLOURED}
            />
          ) : (
            <p className="jp-MlopsLab-note">{trans.__('The file is empty.')}</p>
          )}
          {!isWhole && <HeadNote shown={HEAD_BYTES} size={file.size} />}
        </>
      )}
    </Loading>
  );
}
