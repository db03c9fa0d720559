/** Owns the state of git that a run found: commit, branch, and what was not committed. */
import * as React from 'react';

import type { GitState } from '../api/types';
import { DiffBlock } from '../components/code';
import { CopyButton } from '../components/copy';
import { Facts } from '../components/facts';
import { Button } from '../components/feedback';
import { formatBytes, formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { parseDiff, type IFileDiff } from './gitDiff';

/** Lines of one file that are drawn at once. */
const STEP = 400;

export function Git({ git }: { git: GitState }): React.JSX.Element {
  const trans = useTrans();
  const files = React.useMemo(() => parseDiff(git.diff), [git.diff]);
  const { commit, untracked } = git;
  return (
    <>
      <Facts
        facts={[
          { name: trans.__('Commit'), value: commit ?? trans.__('none yet') },
          { name: trans.__('Branch'), value: git.branch ?? trans.__('none: detached') },
          {
            name: trans.__('Working tree'),
            value: git.dirty ? trans.__('changed since the commit') : trans.__('as committed')
          },
          { name: trans.__('Remote'), value: git.remote },
          { name: trans.__('Folder'), value: git.folder }
        ]}
      />
      <div className="jp-MlopsLab-tools">
        {commit && <CopyButton text={commit}>{trans.__('Copy commit')}</CopyButton>}
        {git.diff && (
          <CopyButton text={git.diff} title={trans.__('Copy the diff, which git apply takes')}>
            {trans.__('Copy diff')}
          </CopyButton>
        )}
      </div>
      {files.map((file, index) => (
        <FileDiff key={index} file={file} isOpen={files.length === 1} />
      ))}
      {git.diff_bytes > git.diff.length && git.diff_bytes > new Blob([git.diff]).size && (
        <p className="jp-MlopsLab-note">
          {trans.__('The diff was cut: it has %1 in all.', formatBytes(git.diff_bytes))}
        </p>
      )}
      {untracked.length > 0 && (
        <details>
          <summary>
            {trans.__('Files that git does not track')}{' '}
            <span className="jp-MlopsLab-note">{formatCount(untracked.length)}</span>
          </summary>
          <p className="jp-MlopsLab-signature">
            {untracked.slice(0, STEP).map(path => (
              <code key={path}>{path}</code>
            ))}
          </p>
        </details>
      )}
    </>
  );
}

function FileDiff(props: { file: IFileDiff; isOpen: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { path, added, removed, lines } = props.file;
  const [limit, setLimit] = React.useState(STEP);
  const [wasOpen, setWasOpen] = React.useState(props.isOpen);
  const rest = lines.length - limit;
  return (
    <details
      className="jp-MlopsLab-fileDiff"
      open={props.isOpen}
      onToggle={event => event.currentTarget.open && setWasOpen(true)}
    >
      <summary>
        <code>{path}</code>
        <span className="jp-MlopsLab-note">
          {[
            trans._n('%2 line added', '%2 lines added', added, formatCount(added)),
            trans._n('%2 line removed', '%2 lines removed', removed, formatCount(removed))
          ].join(' · ')}
        </span>
      </summary>
      {wasOpen && (
        <>
          <DiffBlock
            lines={lines.slice(0, limit)}
            label={trans.__('Changes of %1', path)}
            isPython={path.endsWith('.py')}
          />
          {rest > 0 && (
            <Button onClick={() => setLimit(limit + STEP)}>
              {trans.__('Show more of the other %1 lines', formatCount(rest))}
            </Button>
          )}
        </>
      )}
    </details>
  );
}
