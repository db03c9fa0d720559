/** Owns how code, errors and code differences are shown. */
import * as React from 'react';

import type { DiffLine, ErrorInfo } from '../api/types';
import { useTrans } from './hooks';

/** Source code as it was executed. */
export function CodeBlock(props: { source: string; label: string }): React.JSX.Element {
  return (
    <pre className="jp-MlopsLab-code" tabIndex={0} aria-label={props.label}>
      {props.source}
    </pre>
  );
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
}): React.JSX.Element {
  const trans = useTrans();
  const words = { same: '', added: trans.__('added'), removed: trans.__('removed'), skipped: '' };
  return (
    <pre className="jp-MlopsLab-diff" tabIndex={0} aria-label={props.label}>
      {props.lines.map((line, index) => (
        <div key={index} className={`jp-mod-${line.kind}`}>
          <span className="jp-MlopsLab-diff-mark" aria-hidden="true">
            {MARKS[line.kind]}
          </span>
          {words[line.kind] && (
            <span className="jp-MlopsLab-hiddenText">{words[line.kind]}</span>
          )}
          <code>{line.text}</code>
        </div>
      ))}
    </pre>
  );
}
