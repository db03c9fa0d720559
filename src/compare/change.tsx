/** Owns how it is shown that something was one thing before, and is another now. */
import * as React from 'react';

import { useTrans } from '../components/hooks';

/** What something was before, and is now. */
export function Change(props: { before: string | null; after: string | null }): React.JSX.Element {
  const trans = useTrans();
  const word = (text: string | null): React.ReactNode =>
    text === null ? (
      <span className="jp-MlopsLab-note">{trans.__('none')}</span>
    ) : (
      <code title={text.slice(0, 2000)}>{text.slice(0, 200)}</code>
    );
  return (
    <span className="jp-MlopsLab-change">
      {word(props.before)}
      <span aria-hidden="true">→</span>
      <span className="jp-MlopsLab-hiddenText">{trans.__('then')}</span>
      {word(props.after)}
    </span>
  );
}
