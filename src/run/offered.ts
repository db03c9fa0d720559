/** Owns what is offered for a text while it is typed. */
import * as React from 'react';

/** Time without a key after which is asked. */
const PAUSE_MS = 200;

/** Names for a text, asked for when the typing pauses; none while there is no text to complete. */
export function useOffered(
  text: string | null,
  ask: (text: string, signal: AbortSignal) => Promise<string[]>
): readonly string[] {
  const [offered, setOffered] = React.useState<readonly string[]>([]);
  const asking = React.useRef(ask);
  asking.current = ask;
  React.useEffect(() => {
    if (text === null) {
      return;
    }
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      asking.current(text, abort.signal).then(
        names => abort.signal.aborted || setOffered(names),
        (error: unknown) => abort.signal.aborted || console.warn('Nothing is offered.', error)
      );
    }, PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return offered;
}
