/** Owns how an editor reads the tags of its run. */
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { Tag } from '../api/types';
import type { IRunTools } from './runTools';

export interface IReadTags {
  /** Null until they are here: nothing can be written over what nobody has read. */
  tags: Tag[] | null;
  error: ApiError | null;
  setTags: (tags: Tag[]) => void;
  retry: () => void;
}

/** The tags of a run as they are now; of no single run, none. */
export function useTags(tools: IRunTools, id: string | undefined): IReadTags {
  const [tags, setTags] = React.useState<Tag[] | null>(null);
  const [error, setError] = React.useState<ApiError | null>(null);
  const [tries, setTries] = React.useState(0);
  React.useEffect(() => {
    let isOver = false;
    const read = async (): Promise<void> => {
      const found = id === undefined ? [] : (await tools.client.getRun(id)).tags;
      if (!isOver) {
        setTags(found);
      }
    };
    setError(null);
    read().catch((reason: unknown) => {
      if (!isOver) {
        setError(asApiError(reason));
      }
    });
    return () => {
      isOver = true;
    };
  }, [tools, id, tries]);
  return { tags, error, setTags, retry: () => setTries(tries + 1) };
}
