/** Owns the note of a run: Markdown, written in place, with all that it said before and who wrote it. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import { asApiError } from '../api/live';
import { Button } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { RunEdits } from './edits';
import { Markdown } from './markdown';
import { NotePast } from './notePast';

export function Note(props: {
  text: string;
  edits: RunEdits;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { text, edits, rendermime } = props;
  const [draft, setDraft] = React.useState<string | null>(null);
  // What the note said when the draft began, or when the writer last took in what others wrote.
  const [base, setBase] = React.useState(text);
  const [problem, setProblem] = React.useState('');
  const begin = (): void => {
    setBase(text);
    setDraft(text);
  };
  const takeIn = (): void => {
    setBase(text);
    setDraft([text, draft].filter(Boolean).join('\n\n'));
  };
  const save = async (wanted: string): Promise<void> => {
    try {
      await edits.setNote(wanted);
      setDraft(null);
      setProblem('');
    } catch (error) {
      setProblem(asApiError(error).message);
    }
  };
  return (
    <div className="jp-MlopsLab-noteText">
      {draft === null ? (
        <>
          {text && <Markdown text={text} rendermime={rendermime} />}
          <div className="jp-MlopsLab-tools">
            <Button className="jp-mod-small" onClick={begin}>
              {text ? trans.__('Edit note') : trans.__('Add a note')}
            </Button>
          </div>
        </>
      ) : (
        <Editor draft={draft} onChange={setDraft} onSave={save} onClose={() => setDraft(null)} />
      )}
      {draft !== null && text !== base && text !== draft && (
        <Meanwhile text={text} rendermime={rendermime} onTakeIn={takeIn} />
      )}
      {problem && <p role="alert">{problem}</p>}
      {text && <NotePast text={text} edits={edits} rendermime={rendermime} onRestore={save} />}
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
  onClose: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { draft, onChange, onSave, onClose } = props;
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
            onClose();
          } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            void onSave(draft);
          }
        }}
      />
      <div className="jp-MlopsLab-tools">
        <Button className="jp-mod-small" kind="primary" onClick={() => void onSave(draft)}>
          {trans.__('Save')}
        </Button>
        <Button className="jp-mod-small" onClick={onClose}>
          {trans.__('Cancel')}
        </Button>
        <span className="jp-MlopsLab-note">{trans.__('Ctrl+Enter saves, Escape leaves it')}</span>
      </div>
    </>
  );
}
