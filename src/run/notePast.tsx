/** Owns what the note of a run said before: when, by whom, and a way back to it. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import { asApiError } from '../api/live';
import type { AuditEntry, TagEntry } from '../api/types';
import { Button } from '../components/feedback';
import { formatTime } from '../components/format';
import { useTrans } from '../components/hooks';
import { NOTE_TAG, type RunEdits } from './edits';
import { Markdown } from './markdown';

/** The audit notes a deed within this time of it. */
const SAME_MS = 2000;

export interface IPastNote {
  text: string;
  at: number;
  who: string;
}

export function NotePast(props: {
  text: string;
  edits: RunEdits;
  rendermime: IRenderMimeRegistry | null;
  onRestore: (text: string) => Promise<void>;
}): React.JSX.Element {
  const trans = useTrans();
  const { text, edits, rendermime, onRestore } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  const [notes, setNotes] = React.useState<readonly IPastNote[] | null>(null);
  const [problem, setProblem] = React.useState('');
  React.useEffect(() => {
    if (!isOpen) {
      return;
    }
    let isGone = false;
    Promise.all([edits.getTagHistory(NOTE_TAG), edits.listAudit(null)]).then(
      ([entries, audit]) => isGone || setNotes(pastNotes(entries, audit.entries)),
      (error: unknown) => isGone || setProblem(asApiError(error).message)
    );
    return () => {
      isGone = true;
    };
  }, [edits, isOpen, text]);
  return (
    <details onToggle={event => setIsOpen(event.currentTarget.open)}>
      <summary className="jp-MlopsLab-note">{trans.__('History of this note')}</summary>
      {problem && <p role="alert">{problem}</p>}
      <ol className="jp-MlopsLab-timeline">
        {notes?.map((note, index) => (
          <li key={index}>
            <div className="jp-MlopsLab-tools">
              <strong>{note.who || trans.__('unknown')}</strong>
              {note.at > 0 && <span className="jp-MlopsLab-note">{formatTime(note.at)}</span>}
              {note.text !== text && (
                <Button className="jp-mod-small" onClick={() => void onRestore(note.text)}>
                  {trans.__('Restore this note')}
                </Button>
              )}
            </div>
            <Markdown text={note.text} rendermime={rendermime} />
          </li>
        ))}
      </ol>
    </details>
  );
}

/** The notes with who wrote each, the newest first. */
export function pastNotes(entries: readonly TagEntry[], audit: readonly AuditEntry[]): IPastNote[] {
  const deeds = audit.filter(deed => deed.detail['tag'] === NOTE_TAG);
  return entries
    .map(({ value, set_at: at }) => {
      const deed = deeds.find(one => Math.abs(one.at - at) < SAME_MS);
      return { text: value, at, who: deed?.who ?? '' };
    })
    .reverse();
}
