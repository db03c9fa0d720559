/** Owns the head of a run's page: its name, and what can be done with it. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { Run } from '../api/types';
import { CommandIds } from '../commands';
import { CopyButton } from '../components/copy';
import { Button } from '../components/feedback';
import { shortId } from '../components/format';
import { useTrans } from '../components/hooks';
import { StatusIcon } from '../components/status';

interface IHeaderProps {
  run: Run;
  commands: CommandRegistry;
  onReveal: (section: string) => void;
}

export function Header(props: IHeaderProps): React.JSX.Element {
  const trans = useTrans();
  const { summary } = props.run;
  return (
    <header className="jp-MlopsLab-page-header">
      <StatusIcon status={summary.status} />
      <h1 title={summary.name}>{summary.name}</h1>
      <span className="jp-MlopsLab-note">{shortId(summary.id)}</span>
      <CopyButton text={summary.id} title={trans.__('Copy the id of this run: %1', summary.id)}>
        {trans.__('Copy id')}
      </CopyButton>
      <span className="jp-MlopsLab-page-actions">
        <Actions {...props} />
      </span>
    </header>
  );
}

function Actions({ run, commands, onReveal }: IHeaderProps): React.JSX.Element {
  const trans = useTrans();
  const { summary } = run;
  const { id, job, cell_id: cellId, notebook_path: path } = summary;
  const execute = (command: string, args: Record<string, string | null> = { runId: id }): void =>
    void commands.execute(command, args);
  if (job) {
    return (
      <Button onClick={() => execute(CommandIds.openJobNotebook, { jobId: job.job_id })}>
        {trans.__('Open executed notebook')}
      </Button>
    );
  }
  return (
    <>
      {path && (
        <Button onClick={() => execute(CommandIds.openNotebookCell, { path, cellId })}>
          {trans.__('Open notebook')}
        </Button>
      )}
      {run.cells.length > 0 && (
        <Button
          title={trans.__('Put the code of this run into its notebook, as a new cell')}
          onClick={() => execute(CommandIds.restoreCode)}
        >
          {trans.__('Restore code')}
        </Button>
      )}
      {summary.status !== 'running' && run.cells.length > 0 && (
        <Button
          title={trans.__('Run the recorded code again in a clean kernel, and compare')}
          onClick={() => onReveal('reproductions')}
        >
          {trans.__('Reproduce…')}
        </Button>
      )}
      {summary.status === 'finished' && (
        <Button kind="primary" onClick={() => execute(CommandIds.promoteRun)}>
          {trans.__('Productionize')}
        </Button>
      )}
    </>
  );
}
