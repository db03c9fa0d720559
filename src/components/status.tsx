/** Owns the marks of runs and jobs: a shape, a colour and a word for each status, and a badge. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { JobState, RunStatus } from '../api/types';
import { useTrans } from './hooks';

export type Status = RunStatus | JobState;

type Shape = 'check' | 'cross' | 'spinner' | 'dash' | 'clock' | 'question';

const SHAPES: Record<Status, Shape> = {
  running: 'spinner',
  scheduled: 'clock',
  finished: 'check',
  succeeded: 'check',
  failed: 'cross',
  killed: 'dash',
  cancelled: 'dash',
  queued: 'clock',
  lost: 'question'
};

const PATHS: Record<Shape, string> = {
  check: 'M4.2 8.300l2.600 2.600 5-5.600',
  cross: 'M5.200 5.200l5.600 5.600m0-5.600l-5.600 5.600',
  spinner: 'M8 2.500a5.500 5.500 0 1 1-5.500 5.500',
  dash: 'M4.800 8h6.400',
  clock: 'M8 4.800V8l2.300 1.700',
  question: 'M6.200 6.500a1.900 1.900 0 1 1 2.700 1.700c-.600.300-.900.600-.900 1.200m0 1.700v.100'
};

/** The word for a status. */
export function statusWord(status: Status, trans: TranslationBundle): string {
  const words: Record<Status, string> = {
    running: trans.__('Running'),
    scheduled: trans.__('Scheduled'),
    finished: trans.__('Finished'),
    succeeded: trans.__('Succeeded'),
    failed: trans.__('Failed'),
    killed: trans.__('Killed: the kernel ended before it could say how the run ended'),
    cancelled: trans.__('Cancelled'),
    queued: trans.__('Queued'),
    lost: trans.__('Lost')
  };
  return words[status];
}

/** A round mark. Shape tells the status without colour; `title` says it in a word. */
export function StatusIcon(props: { status: Status }): React.JSX.Element {
  const word = statusWord(props.status, useTrans());
  const shape = SHAPES[props.status];
  return (
    <svg
      className={`jp-MlopsLab-status jp-mod-${props.status}`}
      viewBox="0 0 16 16"
      role="img"
      aria-label={word}
    >
      <title>{word}</title>
      {shape !== 'spinner' && <circle cx="8" cy="8" r="7" />}
      <path d={PATHS[shape]} />
    </svg>
  );
}

/** Tells which metric the run is judged by, and lists show. */
export function PrimaryMark(): React.JSX.Element {
  const trans = useTrans();
  return (
    <span
      className="jp-MlopsLab-badge jp-MlopsLab-primaryMark"
      title={trans.__('The metric that the list of runs shows')}
    >
      {trans.__('primary')}
    </span>
  );
}
