/** Owns what is unfolded below a job: parameters, failing cell, error, and log. */
import * as React from 'react';

import { asApiError } from '../api/live';
import type { Job } from '../api/types';
import { CodeBlock, ErrorBlock } from '../components/code';
import { Facts } from '../components/facts';
import { Button } from '../components/feedback';
import { formatTime } from '../components/format';
import { toPython } from '../components/python';
import { useTrans } from '../components/hooks';
import type { JobsModel } from './model';

export function JobDetails({ job, model }: { job: Job; model: JobsModel }): React.JSX.Element {
  const trans = useTrans();
  const time = (at: number | null): string | null => (at === null ? null : formatTime(at));
  const facts = [
    { name: trans.__('Submitted by'), value: job.submitted_by },
    { name: trans.__('Due'), value: time(job.fire_at) },
    { name: trans.__('Submitted'), value: time(job.submitted_at) },
    { name: trans.__('Started'), value: time(job.started_at) },
    { name: trans.__('Ended'), value: time(job.ended_at) }
  ];
  const parameters = Object.entries(job.parameters);
  return (
    <div className="jp-MlopsLab-job-details">
      {job.failing_cell && (
        <>
          <h4>
            {trans.__('Failing cell (number %1 of the notebook)', job.failing_cell.index + 1)}
          </h4>
          <CodeBlock
            source={job.failing_cell.source}
            label={trans.__('Source of the failing cell')}
            isPython
          />
        </>
      )}
      {job.error && <ErrorBlock error={job.error} />}
      <Facts facts={facts} />
      {parameters.length > 0 && (
        <CodeBlock
          source={parameters.map(([name, value]) => `${name} = ${toPython(value)}`).join('\n')}
          label={trans.__('Parameters of the job')}
          isPython
        />
      )}
      <Log job={job} model={model} />
    </div>
  );
}

function Log({ job, model }: { job: Job; model: JobsModel }): React.JSX.Element {
  const trans = useTrans();
  const [text, setText] = React.useState<string | null>(null);
  const load = async (): Promise<void> => {
    try {
      setText((await model.readLog(job.id)) || trans.__('The log is empty.'));
    } catch (error) {
      setText(asApiError(error).message);
    }
  };
  if (text === null) {
    return <Button onClick={() => void load()}>{trans.__('Show log')}</Button>;
  }
  return (
    <>
      <CodeBlock source={text} label={trans.__('Log of the job')} />
      <Button onClick={() => void load()}>{trans.__('Read again')}</Button>
    </>
  );
}
