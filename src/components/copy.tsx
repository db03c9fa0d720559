/** Owns the button that copies text, and says that it did. */
import * as React from 'react';

import { Button } from './feedback';
import { useTrans } from './hooks';

const SAID_MS = 2000;

/** Copies a text, or what `text` makes when it is pressed. */
export function CopyButton(props: {
  text: string | (() => string | Promise<string>);
  children: React.ReactNode;
  title?: string;
}): React.JSX.Element {
  const trans = useTrans();
  const { text, children, title } = props;
  const [said, setSaid] = React.useState('');
  const timer = React.useRef(0);
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    let word = trans.__('Copied');
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
    } catch (error) {
      console.warn('Nothing was copied.', error);
      word = trans.__('Could not be copied');
    }
    setSaid(word);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setSaid(''), SAID_MS);
  };
  return (
    <Button className="jp-mod-small" onClick={() => void copy()} title={title}>
      <span aria-live="polite">{said || children}</span>
    </Button>
  );
}
