/** Owns what the sidebar shows: bars, filter, and the list or what stands in its place. */
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { ConnectionLine } from '../components/connection';
import { ErrorPanel, Skeleton } from '../components/feedback';
import { useModel } from '../components/hooks';
import { ActionBar, Heading } from './bars';
import { EmptyRuns } from './empty';
import { FilterBox } from './filterBox';
import { RunList } from './runList';
import { ROW_HEIGHTS } from './runRow';
import type { ISidebarOptions } from './sidebarOptions';

export default function Panel(props: Omit<ISidebarOptions, 'lab'>): React.JSX.Element {
  const { model, desk, preferences, follower, inserter } = props;
  useModel(model);
  useModel(desk);
  useChanges(preferences);
  useChanges(follower);
  const problem = model.filterError === null ? model.error : null;
  const isEmpty = model.isLoaded && model.layout.length === 0 && model.error === null;
  const hasList = model.layout.length > 0;
  React.useEffect(() => {
    if ((model.isLoaded || problem !== null) && !hasList && desk.takeListCall()) {
      desk.callFilter();
    }
  });
  const { density } = preferences.list;
  return (
    <>
      <ConnectionLine />
      <Heading {...props} />
      <FilterBox {...props} />
      <ActionBar {...props} following={follower.following} canFollow={follower.isEnabled} />
      {problem && <ErrorPanel error={problem} onRetry={() => void model.refresh()} />}
      {model.isLoading && <Skeleton rows={10} height={ROW_HEIGHTS[density]} />}
      {isEmpty && <EmptyRuns model={model} tools={props.tools} inserter={inserter} />}
      {hasList && <RunList {...props} />}
    </>
  );
}

/** Draw again whenever something has moved that has no version. */
function useChanges(source: { changed: ISignal<unknown, void> }): void {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    source.changed.connect(redraw);
    return () => {
      source.changed.disconnect(redraw);
    };
  }, [source]);
}
