/** Owns what previews show alike: loading, failed with a retry, and that only the head is shown. */
import * as React from 'react';

import { ErrorPanel, Skeleton } from '../../components/feedback';
import { formatBytes } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { ILoaded } from './source';

export function Loading<T>(props: {
  loaded: ILoaded<T>;
  children: (value: T) => React.ReactNode;
}): React.JSX.Element {
  const { value, error, retry } = props.loaded;
  if (error) {
    return <ErrorPanel error={error} onRetry={retry} />;
  }
  return value === null ? <Skeleton rows={4} height={22} /> : <>{props.children(value)}</>;
}

/** Says how much of a large file is shown. */
export function HeadNote(props: { shown: number; size: number }): React.JSX.Element {
  const trans = useTrans();
  return (
    <p className="jp-MlopsLab-note">
      {trans.__(
        'The first %1 of %2 are shown. Download the file for the rest.',
        formatBytes(props.shown),
        formatBytes(props.size)
      )}
    </p>
  );
}
