/** Owns the audit of a run as a timeline: who did what, when, the newest first. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { AuditEntry, Run } from '../api/types';
import { Button, ErrorPanel, Skeleton } from '../components/feedback';
import { formatAgo, formatTime } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { NOTE_TAG, type RunEdits } from './edits';

export function Audit({ run, edits }: { run: Run; edits: RunEdits }): React.JSX.Element {
  const trans = useTrans();
  const { entries, cursor, error, load } = useAudit(run, edits);
  if (error) {
    return <ErrorPanel error={error} onRetry={() => void load(null)} />;
  }
  if (!entries) {
    return <Skeleton rows={3} height={22} />;
  }
  const { user, started_at: startedAt } = run.summary;
  return (
    <>
      <ol className="jp-MlopsLab-timeline">
        {entries.map(entry => (
          <Deed key={entry.seq} at={entry.at} who={entry.who}>
            {deedWords(entry, trans)}
          </Deed>
        ))}
        {cursor === null && (
          <Deed at={startedAt} who={user}>
            {trans.__('started the run')}
          </Deed>
        )}
      </ol>
      {cursor !== null && (
        <Button className="jp-mod-small" onClick={() => void load(cursor)}>
          {trans.__('Show earlier')}
        </Button>
      )}
    </>
  );
}

function Deed(props: { at: number; who: string; children: React.ReactNode }): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(60_000);
  return (
    <li>
      <strong>{props.who}</strong> {props.children}{' '}
      <time
        className="jp-MlopsLab-note"
        dateTime={new Date(props.at).toISOString()}
        title={formatTime(props.at)}
      >
        {formatAgo(props.at, now, trans)}
      </time>
    </li>
  );
}

interface IAuditState {
  entries: readonly AuditEntry[] | null;
  cursor: string | null;
  error: ApiError | null;
  load: (cursor: string | null) => Promise<void>;
}

/** The pages so far; the first one anew when something of the run was changed by hand. */
function useAudit(run: Run, edits: RunEdits): IAuditState {
  const [entries, setEntries] = React.useState<readonly AuditEntry[] | null>(null);
  const [cursor, setCursor] = React.useState<string | null>(null);
  const [error, setError] = React.useState<ApiError | null>(null);
  const load = React.useCallback(
    async (from: string | null, signal?: AbortSignal): Promise<void> => {
      try {
        const page = await edits.listAudit(from, signal);
        if (!signal?.aborted) {
          setEntries(before =>
            from === null ? page.entries : [...(before ?? []), ...page.entries]
          );
          setCursor(page.next_cursor);
          setError(null);
        }
      } catch (failure) {
        if (!signal?.aborted) {
          setError(asApiError(failure));
        }
      }
    },
    [edits]
  );
  const moved = JSON.stringify([run.summary.name, run.summary.status, run.tags]);
  React.useEffect(() => {
    const abort = new AbortController();
    void load(null, abort.signal);
    return () => abort.abort();
  }, [load, moved]);
  return { entries, cursor, error, load };
}

/** What was done, in words that follow the name of who did it. */
export function deedWords({ action, detail }: AuditEntry, trans: TranslationBundle): string {
  const text = (name: string): string => {
    const value = detail[name];
    return typeof value === 'string' ? value : '';
  };
  if (action === 'update') {
    if (text('tag') === NOTE_TAG) {
      return trans.__('wrote the note');
    }
    if (text('removed_tag') === NOTE_TAG) {
      return trans.__('removed the note');
    }
    if (text('tag')) {
      return trans.__('set the tag “%1”', text('tag'));
    }
    if (text('removed_tag')) {
      return trans.__('removed the tag “%1”', text('removed_tag'));
    }
    if (text('name')) {
      return trans.__('renamed it from “%1” to “%2”', text('before'), text('name'));
    }
  }
  const words: Partial<Record<AuditEntry['action'], string>> = {
    create: trans.__('made the run'),
    trash: trans.__('put it into the trash'),
    restore: trans.__('took it out of the trash'),
    purge: trans.__('removed it for good'),
    export: trans.__('exported it'),
    import: trans.__('imported it'),
    promote: trans.__('made it a job'),
    register: trans.__('registered its model'),
    reproduce: trans.__('had it reproduced'),
    retain: trans.__('applied a data policy to it'),
    update: trans.__('changed it')
  };
  return words[action] ?? action;
}
