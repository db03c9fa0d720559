/** Owns the strip of a definition's newest jobs: a mark each, the oldest first. */
import * as React from 'react';

import type { PastJob } from '../api/types';
import { formatNumber, formatTime } from '../components/format';
import { useTrans } from '../components/hooks';
import { StatusIcon, statusWord } from '../components/status';

export function PastStrip(props: {
  past: readonly PastJob[];
  onOpen: (jobId: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <ol className="jp-MlopsLab-pastJobs" aria-label={trans.__('Outcomes of the last jobs')}>
      {[...props.past].reverse().map(job => (
        <PastMark key={job.id} job={job} onOpen={props.onOpen} />
      ))}
    </ol>
  );
}

function PastMark(props: { job: PastJob; onOpen: (jobId: string) => void }): React.JSX.Element {
  const trans = useTrans();
  const { id, state, submitted_at: at, result } = props.job;
  const words = [statusWord(state, trans), formatTime(at)];
  if (result) {
    words.push(trans.__('%1: %2', result.metric, formatNumber(result.value)));
  }
  const title = words.join(' · ');
  return (
    <li>
      <button type="button" title={title} aria-label={title} onClick={() => props.onOpen(id)}>
        <StatusIcon status={state} />
      </button>
    </li>
  );
}
