/** Owns one captured output, drawn by JupyterLab without trust in it. */
import type { IMimeBundle } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { Output } from '../api/types';
import { CodeBlock } from './code';
import { useTrans } from './hooks';
import { pictureOf, plainText, toNotebookOutput } from './outputForm';

export function OneOutput(props: {
  output: Output;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { output, rendermime } = props;
  const picture = pictureOf(output);
  if (picture) {
    return (
      <img
        className="jp-MlopsLab-picture"
        src={picture}
        alt={plainText(output) || trans.__('Picture that the cell displayed')}
      />
    );
  }
  if (!rendermime) {
    return <CodeBlock source={plainText(output)} label={trans.__('Output')} />;
  }
  return isDrawable(output, rendermime) ? (
    <Rendered output={output} rendermime={rendermime} />
  ) : (
    <p className="jp-MlopsLab-note">
      {trans.__('No extension of this JupyterLab draws %1.', Object.keys(output.data).join(', '))}
    </p>
  );
}

/** Without trust, forms that can run scripts are not drawn. */
function isDrawable({ kind, data }: Output, rendermime: IRenderMimeRegistry): boolean {
  const isText = kind === 'stream' || kind === 'error';
  return isText || rendermime.preferredMimeType(data as IMimeBundle, 'ensure') !== undefined;
}

/** HTML is sanitised and scripts do not run, because the model is not trusted. */
function Rendered(props: { output: Output; rendermime: IRenderMimeRegistry }): React.JSX.Element {
  const { output, rendermime } = props;
  const node = React.useRef<HTMLDivElement>(null);
  // Before its element goes: a widget that is not attached cannot be detached.
  React.useLayoutEffect(() => {
    const host = node.current;
    if (!host) {
      return;
    }
    const model = new OutputAreaModel({ trusted: false, values: [toNotebookOutput(output)] });
    const area = new SimplifiedOutputArea({ model, rendermime });
    Widget.attach(area, host);
    MessageLoop.flush();
    return () => {
      area.dispose();
      model.dispose();
    };
  }, [output, rendermime]);
  return <div ref={node} className="jp-MlopsLab-output" />;
}
