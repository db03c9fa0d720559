/** Owns loading for a part of a screen: the newest question counts, a failure can be tried again. */
import * as React from 'react';

import type { ApiError } from '../../api/request';
import { asApiError } from '../../api/live';

export interface ILoaded<T> {
  value: T | null;
  error: ApiError | null;
  isLoading: boolean;
  retry: () => void;
}

/** What `load` gives; a new function is a new question, and the old answer stays until it is answered. */
export function useLoaded<T>(load: ((signal: AbortSignal) => Promise<T>) | null): ILoaded<T> {
  const [state, setState] = React.useState<{ value: T | null; error: ApiError | null }>({
    value: null,
    error: null
  });
  const [isLoading, setIsLoading] = React.useState(load !== null);
  const [attempt, setAttempt] = React.useState(0);
  React.useEffect(() => {
    if (!load) {
      setState({ value: null, error: null });
      setIsLoading(false);
      return;
    }
    const abort = new AbortController();
    setIsLoading(true);
    load(abort.signal).then(
      value => {
        if (!abort.signal.aborted) {
          setState({ value, error: null });
          setIsLoading(false);
        }
      },
      (error: unknown) => {
        if (!abort.signal.aborted) {
          setState(({ value }) => ({ value, error: asApiError(error) }));
          setIsLoading(false);
        }
      }
    );
    return () => abort.abort();
  }, [load, attempt]);
  return { ...state, isLoading, retry: () => setAttempt(attempt + 1) };
}
