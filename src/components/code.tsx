/** Owns how code, errors and code differences are shown. */
import * as React from 'react';

import type { DiffLine, ErrorInfo } from '../api/types';
import { useHighlight, useTrans } from './hooks';

/** Text in a frame that scrolls by itself; coloured when it is Python code. */
export function CodeBlock(props: {
  source: string;
  label: string;
  isPython?: boolean;
}): React.JSX.Element {
  const { source, label, isPython } = props;
  return (
    <pre className="jp-MlopsLab-code" tabIndex={0} role="region" aria-label={label}>
      {isPython ? <Python source={source} /> : source}
    </pre>
  );
}

/** Python code, plain until its colours are here. */
function Python({ source }: { source: string }): React.JSX.Element {
  const highlight = useHighlight();
  const node = React.useRef<HTMLElement>(null);
  React.useEffect(() => {
    const element = node.current;
    if (!element) {
      return;
    }
    element.textContent = source;
    let isGone = false;
    const coloured = document.createElement('code');
    highlight?.(source, coloured).then(
      () => isGone || element.replaceChildren(...coloured.childNodes),
      (error: unknown) => console.warn('Code could not be coloured.', error)
    );
    return () => {
      isGone = true;
    };
  }, [highlight, source]);
  return <code ref={node} />;
}

/** An exception: name and message first, the traceback as Python printed it below. */
export function ErrorBlock(props: { error: ErrorInfo; isOpen?: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { name, message, traceback } = props.error;
  return (
    <div className="jp-MlopsLab-exception">
      <div className="jp-MlopsLab-exception-head">
        <strong>{name}</strong>
        {message && <span>{message}</span>}
      </div>
      {traceback && (
        <details open={props.isOpen ?? true}>
          <summary>{trans.__('Traceback')}</summary>
          <CodeBlock source={traceback} label={trans.__('Traceback')} />
        </details>
      )}
    </div>
  );
}

const MARKS = { same: ' ', added: '+', removed: '−', skipped: '⋯' } as const;

/** The lines in which two cells differ; the sign before each line tells added from removed. */
export function DiffBlock(props: {
  lines: readonly DiffLine[];
  label: string;
  isPython?: boolean;
}): React.JSX.Element {
  const trans = useTrans();
  const { isPython = true } = props;
  const words = { same: '', added: trans.__('added'), removed: trans.__('removed'), skipped: '' };
  return (
    <pre className="jp-MlopsLab-diff" tabIndex={0} role="region" aria-label={props.label}>
      {props.lines.map((line, index) => (
        <div key={index} className={`jp-mod-${line.kind}`}>
          <span className="jp-MlopsLab-diff-mark" aria-hidden="true">
            {MARKS[line.kind]}
          </span>
          {words[line.kind] && <span className="jp-MlopsLab-hiddenText">{words[line.kind]}</span>}
          {line.kind === 'skipped' || !isPython ? line.text : <Python source={line.text} />}
        </div>
      ))}
    </pre>
  );
}
