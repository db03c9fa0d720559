/** Owns how a moment is shown: how long ago or how soon, with the exact time on hover. */
import * as React from 'react';

import { formatAge, formatAgo, formatTime, formatUntil } from './format';
import { useNow, useTrans } from './hooks';

const RENEWED_MS = 20_000;

/** A moment that lies ahead by no more than this has just been: clocks differ, and ours stands still. */
const SKEW_MS = 60_000;

/** "5 min ago" or "in 5 min"; `isShort` leaves the words out. The exact time is told on hover. */
export function When(props: {
  /** Milliseconds since 1970. */
  at: number;
  isShort?: boolean;
  className?: string;
}): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(RENEWED_MS);
  const { at, isShort = false, className } = props;
  const past = isShort ? formatAge : formatAgo;
  return (
    <time className={className} dateTime={new Date(at).toISOString()} title={formatTime(at)}>
      {at > now + SKEW_MS ? formatUntil(at, now, trans) : past(Math.min(at, now), now, trans)}
    </time>
  );
}
