/** Owns the preview of Markdown, drawn by JupyterLab without trust in it. */
import * as React from 'react';

import { Markdown } from '../markdown';
import { HEAD_BYTES, readHead, useLoaded, type IPreviewSource } from './source';
import { HeadNote, Loading } from './states';

export default function MarkdownPreview(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal => readHead(props, signal));
  return (
    <Loading loaded={loaded}>
      {({ text, isWhole }) => (
        <>
          <Markdown text={text} rendermime={props.rendermime} />
          {!isWhole && <HeadNote shown={HEAD_BYTES} size={props.file.size} />}
        </>
      )}
    </Loading>
  );
}
