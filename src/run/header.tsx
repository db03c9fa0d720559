/** Owns the head of a run's page: its name, what it was part of, its tags, what can be done with it. */
import * as React from 'react';

import { CommandIds } from '../commands';
import { CopyButton } from '../components/copy';
import { Button } from '../components/feedback';
import { baseName, formatAgo, formatTime, shortId } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { StatusIcon } from '../components/status';
import { ActionMenu } from './actionMenu';
import { actionsOf, type IActionSource } from './actions';
import { NameField } from './nameField';
import { registrable, RegisterForm } from './register';
import { TagBar } from './tags';

type IHeaderProps = Omit<IActionSource, 'trans' | 'onRegister'>;

export function Header(props: IHeaderProps): React.JSX.Element {
  const trans = useTrans();
  const { run, model } = props;
  const { summary } = run;
  const [isRegistering, setIsRegistering] = React.useState(false);
  const { models = [], artifacts = [] } = model.capture ?? {};
  const source = { ...props, trans, onRegister: () => setIsRegistering(!isRegistering) };
  const actions = actionsOf(source);
  return (
    <header className="jp-MlopsLab-runHead">
      <div className="jp-MlopsLab-page-header">
        <StatusIcon status={summary.status} />
        <NameField name={summary.name} onRename={name => model.edits.rename(name)} />
        <span className="jp-MlopsLab-note">{shortId(summary.id)}</span>
        <CopyButton text={summary.id} title={trans.__('Copy the id of this run: %1', summary.id)}>
          {trans.__('Copy id')}
        </CopyButton>
        <span className="jp-MlopsLab-page-actions">
          {actions
            .filter(action => action.isShown)
            .map(({ id, label, caption, act, isPrimary }) => (
              <Button key={id} kind={isPrimary ? 'primary' : 'plain'} title={caption} onClick={act}>
                {label}
              </Button>
            ))}
          <ActionMenu actions={actions.filter(action => !action.isShown)} />
        </span>
      </div>
      <Origin {...props} />
      <TagBar tags={run.tags} edits={model.edits} />
      {isRegistering && (
        <RegisterForm
          parts={registrable(models, artifacts)}
          edits={model.edits}
          onClose={() => setIsRegistering(false)}
        />
      )}
    </header>
  );
}

/** Experiment, notebook and cell, when, and by whom, in one line. */
function Origin({ run, commands }: IHeaderProps): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(60_000);
  const { experiment, notebook_path: path, cell_id: cellId, started_at: at, user } = run.summary;
  const cell = run.cells[0]?.execution_count;
  const file = path ?? run.notebook_file;
  return (
    <p className="jp-MlopsLab-origin">
      <span title={trans.__('Experiment')}>{experiment}</span>
      {path ? (
        <button
          type="button"
          className="jp-MlopsLab-link"
          title={trans.__('Open %1 at the cell of this run', path)}
          onClick={() => void commands.execute(CommandIds.openNotebookCell, { path, cellId })}
        >
          {typeof cell === 'number' ? trans.__('%1 [%2]', baseName(path), cell) : baseName(path)}
        </button>
      ) : (
        file && <span title={file}>{baseName(file)}</span>
      )}
      <time dateTime={new Date(at).toISOString()} title={formatTime(at)}>
        {formatAgo(at, now, trans)}
      </time>
      <span title={trans.__('User')}>{user}</span>
    </p>
  );
}
