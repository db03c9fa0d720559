/** Owns how Markdown is drawn: by JupyterLab, sanitised; as plain text where it draws none. */
import { MimeModel, type IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

const MARKDOWN = 'text/markdown';

export function Markdown(props: {
  text: string;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const { text, rendermime } = props;
  const node = React.useRef<HTMLDivElement>(null);
  // Before its element goes: a widget that is not attached cannot be detached.
  React.useLayoutEffect(() => {
    const host = node.current;
    if (!host || !rendermime) {
      return;
    }
    const renderer = rendermime.createRenderer(MARKDOWN);
    const model = new MimeModel({ trusted: false, data: { [MARKDOWN]: text } });
    Widget.attach(renderer, host);
    MessageLoop.flush();
    renderer.renderModel(model).catch((error: unknown) => {
      console.warn('Markdown could not be drawn.', error);
      host.textContent = text;
    });
    return () => renderer.dispose();
  }, [rendermime, text]);
  return rendermime ? (
    <div ref={node} className="jp-MlopsLab-markdown" />
  ) : (
    <div className="jp-MlopsLab-markdown jp-mod-plain">{text}</div>
  );
}
