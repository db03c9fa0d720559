/** Owns the editor of a run's note: drawn as Markdown, or a field in which it is written. */
import * as React from 'react';

import { Button, ErrorPanel } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { Desk } from './desk';
import { ignoreTold } from './edits';
import { Popover } from './popover';
import { useTags } from './runTags';
import type { IRunTools } from './runTools';

interface INoteProps {
  desk: Desk;
  tools: IRunTools;
  id: string;
  /** Pixels from the top of the list. */
  top: number;
  onEnd: () => void;
}

/** The name under which notes are kept among the tags. */
const NOTE = 'mlflow.note.content';

/**
 * The note. Who goes on elsewhere has saved it; what Escape leaves unsaved is there again when the
 * note is opened the next time, and only Cancel throws it away.
 */
export function NoteEditor(props: INoteProps): React.JSX.Element {
  const { desk, tools, id, top, onEnd } = props;
  const trans = useTrans();
  const { tags, error, retry } = useTags(tools, id);
  const kept = tags?.find(tag => tag.name === NOTE)?.value ?? '';
  const [text, setText] = React.useState<string | null>(() => desk.draftOf(id));
  const [isDraft] = React.useState(text !== null);
  const write = (next: string): void => {
    setText(next);
    desk.keepDraft(id, next === kept ? null : next);
  };
  const leave = (): void => {
    if (tags !== null && text !== null) {
      void tools
        .setNote(id, text.trim(), kept)
        .then(() => desk.draftOf(id) === text && desk.keepDraft(id, null))
        .catch(ignoreTold);
    }
    onEnd();
  };
  const cancel = (): void => {
    desk.keepDraft(id, null);
    onEnd();
  };
  return (
    <Popover
      label={trans.__('Note')}
      onClose={leave}
      onEscape={onEnd}
      className="jp-MlopsLab-editor"
      style={{ top }}
    >
      {error && <ErrorPanel error={error} onRetry={retry} />}
      {tags !== null && (text !== null || kept === '') && (
        <Writing
          text={text ?? kept}
          isDraft={isDraft}
          onChange={write}
          onSave={leave}
          onCancel={cancel}
        />
      )}
      {tags !== null && text === null && kept !== '' && (
        <Reading tools={tools} text={kept} onEdit={() => setText(kept)} />
      )}
    </Popover>
  );
}

function Reading(props: { tools: IRunTools; text: string; onEdit: () => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      <Markdown tools={props.tools} text={props.text} />
      <div className="jp-MlopsLab-sheet-buttons">
        <Button onClick={props.onEdit}>{trans.__('Edit')}</Button>
      </div>
    </>
  );
}

/** The field in which a note is written, and whether it is kept. */
function Writing(props: {
  text: string;
  /** Whether it was begun earlier and not saved. */
  isDraft: boolean;
  onChange: (text: string) => void;
  onSave: () => void;
  onCancel: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { text, isDraft, onChange, onSave, onCancel } = props;
  return (
    <>
      {isDraft && <p className="jp-MlopsLab-note">{trans.__('This text was not saved yet.')}</p>}
      <NoteField text={text} onChange={onChange} onSave={onSave} />
      <div className="jp-MlopsLab-sheet-buttons">
        <Button kind="primary" onClick={onSave} title={trans.__('Save (Ctrl Enter)')}>
          {trans.__('Save')}
        </Button>
        <Button onClick={onCancel}>{trans.__('Cancel')}</Button>
      </div>
    </>
  );
}

function NoteField(props: {
  text: string;
  onChange: (text: string) => void;
  onSave: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  return (
    <textarea
      className="jp-mod-styled"
      rows={5}
      autoFocus
      value={props.text}
      placeholder={trans.__('What was tried, and what came of it. Markdown.')}
      aria-label={trans.__('Note in Markdown')}
      onChange={event => props.onChange(event.target.value)}
      onKeyDown={event => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          props.onSave();
        }
      }}
    />
  );
}

/** Markdown as JupyterLab draws it; as it is where nothing can draw it. */
function Markdown({ tools, text }: { tools: IRunTools; text: string }): React.JSX.Element {
  const host = React.useRef<HTMLDivElement>(null);
  const { rendermime } = tools;
  React.useEffect(() => {
    const node = host.current;
    if (!node || !rendermime) {
      return undefined;
    }
    const renderer = rendermime.createRenderer('text/markdown');
    const model = rendermime.createModel({ data: { 'text/markdown': text } });
    void renderer.renderModel(model);
    node.replaceChildren(renderer.node);
    return () => renderer.dispose();
  }, [rendermime, text]);
  return (
    <div ref={host} className="jp-MlopsLab-editor-note">
      {rendermime ? null : text}
    </div>
  );
}
