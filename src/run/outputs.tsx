/** Owns the outputs of a run as they were captured, drawn by JupyterLab without trust in them. */
import type { IMimeBundle } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { Output, Outputs } from '../api/types';
import { CodeBlock } from '../components/code';
import { formatBytes } from '../components/format';
import { useTrans } from '../components/hooks';
import { pictureOf, plainText, toNotebookOutput } from './outputForm';

export function RunOutputs(props: {
  outputs: Outputs;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { outputs, limit_bytes: limit, dropped } = props.outputs;
  const cut = outputs.reduce((sum, output) => sum + output.cut_bytes, 0);
  return (
    <>
      {outputs.map((output, index) => (
        <OneOutput key={index} output={output} rendermime={props.rendermime} />
      ))}
      {(cut > 0 || dropped > 0) && (
        <p className="jp-MlopsLab-note">
          {[
            cut > 0 && trans.__('%1 were cut.', formatBytes(cut)),
            dropped > 0 &&
              trans._n(
                '%1 more output was left out.',
                '%1 more outputs were left out.',
                dropped,
                dropped
              ),
            trans.__('At most %1 of outputs are kept of a run.', formatBytes(limit))
          ]
            .filter(Boolean)
            .join(' ')}
        </p>
      )}
    </>
  );
}

/** One output as notebooks show it. */
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
