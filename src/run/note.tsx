/** Owns the note of a run: Markdown, written in place, with all that it said before and who wrote it. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import { asApiError } from '../api/live';
import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { INoteDraft, RunEdits } from './edits';
import { Markdown } from './markdown';
import { NotePast } from './notePast';

export function Note(props: {
  text: string;
  edits: RunEdits;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const { text, edits, rendermime } = props;
  const { draft, isOpen, setIsOpen, keep } = useDraft(edits);
  const [problem, setProblem] = React.useState('');
  const leave = (): void => (draft?.text === draft?.base ? keep(null) : setIsOpen(false));
  const save = async (wanted: string): Promise<void> => {
    try {
      await edits.setNote(wanted);
      if (wanted === edits.noteDraft?.text) {
        keep(null);
      }
      setProblem('');
    } catch (error) {
      setProblem(asApiError(error).message);
    }
  };
  return (
    <div className="jp-MlopsLab-noteText">
      {draft && isOpen ? (
        <Editor
          draft={draft.text}
          onChange={mine => keep({ ...draft, text: mine })}
          onSave={save}
          onLeave={leave}
          onDrop={() => keep(null)}
        />
      ) : (
        <>
          {text && <Markdown text={text} rendermime={rendermime} />}
          <Begin
            hasText={text !== ''}
            hasDraft={draft !== null}
            onBegin={() => keep(draft ?? { text, base: text })}
            onDrop={() => keep(null)}
          />
        </>
      )}
      {draft && isOpen && text !== draft.base && text !== draft.text && (
        <Meanwhile text={text} rendermime={rendermime} onTakeIn={() => keep(joined(text, draft))} />
      )}
      {problem && <p role="alert">{problem}</p>}
      {text && <NotePast text={text} edits={edits} rendermime={rendermime} onRestore={save} />}
    </div>
  );
}

/** The draft below what others saved. */
function joined(saved: string, draft: INoteDraft): INoteDraft {
  return { base: saved, text: [saved, draft.text].filter(Boolean).join('\n\n') };
}

/** The note that is being written, and whether its editor is open. */
function useDraft(edits: RunEdits): {
  draft: INoteDraft | null;
  isOpen: boolean;
  setIsOpen: (isOpen: boolean) => void;
  keep: (next: INoteDraft | null) => void;
} {
  const [draft, setDraft] = React.useState(edits.noteDraft);
  const [isOpen, setIsOpen] = React.useState(false);
  const keep = (next: INoteDraft | null): void => {
    edits.noteDraft = next;
    setDraft(next);
    setIsOpen(next !== null);
  };
  return { draft, isOpen, setIsOpen, keep };
}

/** The way to the editor; a note that was begun waits there. */
function Begin(props: {
  hasText: boolean;
  hasDraft: boolean;
  onBegin: () => void;
  onDrop: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { hasText, hasDraft, onBegin, onDrop } = props;
  if (!hasDraft) {
    return (
      <div className="jp-MlopsLab-tools">
        <Button className="jp-mod-small" onClick={onBegin}>
          {hasText ? trans.__('Edit note') : trans.__('Add a note')}
        </Button>
      </div>
    );
  }
  return (
    <div className="jp-MlopsLab-tools">
      <Button className="jp-mod-small" kind="primary" onClick={onBegin}>
        {trans.__('Go on writing')}
      </Button>
      <Button className="jp-mod-small" onClick={onDrop}>
        {trans.__('Drop the draft')}
      </Button>
      <span className="jp-MlopsLab-note">{trans.__('What you wrote is not saved yet.')}</span>
    </div>
  );
}

/** What somebody else, or another window, saved while the draft was written. */
function Meanwhile(props: {
  text: string;
  rendermime: IRenderMimeRegistry | null;
  onTakeIn: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { text, rendermime, onTakeIn } = props;
  return (
    <div className="jp-MlopsLab-noteMeanwhile" role="status">
      <p>
        {text
          ? trans.__('This note was saved from elsewhere meanwhile. Yours would take its place.')
          : trans.__('This note was taken away from elsewhere meanwhile.')}
      </p>
      {text && (
        <>
          <Markdown text={text} rendermime={rendermime} />
          <Button className="jp-mod-small" onClick={onTakeIn}>
            {trans.__('Put it above mine')}
          </Button>
        </>
      )}
    </div>
  );
}

function Editor(props: {
  draft: string;
  onChange: (text: string) => void;
  onSave: (text: string) => Promise<void>;
  onLeave: () => void;
  onDrop: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { draft, onChange, onSave, onLeave, onDrop } = props;
  return (
    <>
      <textarea
        className="jp-mod-styled"
        value={draft}
        autoFocus
        rows={Math.min(20, Math.max(5, draft.split('\n').length + 1))}
        aria-label={trans.__('Note, in Markdown')}
        placeholder={trans.__('What you tried, what came of it, what is next. Markdown.')}
        onChange={event => onChange(event.target.value)}
        onKeyDown={event => {
          event.stopPropagation();
          if (event.key === 'Escape') {
            onLeave();
          } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            void onSave(draft);
          }
        }}
      />
      <div className="jp-MlopsLab-tools">
        <Button className="jp-mod-small" kind="primary" onClick={() => void onSave(draft)}>
          {trans.__('Save')}
        </Button>
        <Button className="jp-mod-small" onClick={onDrop}>
          {trans.__('Cancel')}
        </Button>
        <span className="jp-MlopsLab-note">
          {trans.__('Ctrl+Enter saves, Escape leaves it for later')}
        </span>
      </div>
    </>
  );
}
