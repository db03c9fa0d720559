/** Owns the form of one tag: its name while it is new, its value, and the values that it had before. */
import * as React from 'react';

import { asApiError } from '../api/live';
import type { Tag, TagEntry } from '../api/types';
import { Button } from '../components/feedback';
import { formatTime } from '../components/format';
import { useTrans } from '../components/hooks';
import type { RunEdits } from './edits';
import { closeOnEscape } from './keys';
import { useOffered } from './offered';

export function TagForm(props: {
  tag: Tag | undefined;
  edits: RunEdits;
  onSave: (name: string, value: string) => void;
  onRemove: (() => void) | undefined;
  onClose: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { tag, edits, onSave, onRemove, onClose } = props;
  const [name, setName] = React.useState(tag?.name ?? '');
  const [value, setValue] = React.useState(tag?.value ?? '');
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (name.trim()) {
      onSave(name.trim(), value);
    }
  };
  return (
    <form
      className="jp-MlopsLab-tagForm"
      onSubmit={submit}
      onKeyDown={event => closeOnEscape(event, onClose)}
    >
      <div className="jp-MlopsLab-tools">
        {!tag && <NameOfTag name={name} edits={edits} onChange={setName} />}
        <input
          className="jp-mod-styled"
          value={value}
          autoFocus={tag !== undefined}
          placeholder={trans.__('value')}
          aria-label={tag ? trans.__('Value of “%1”', tag.name) : trans.__('Value of the tag')}
          onChange={event => setValue(event.target.value)}
        />
        <button type="submit" className="jp-MlopsLab-button jp-mod-small" disabled={!name.trim()}>
          {trans.__('Save')}
        </button>
        {onRemove && (
          <Button className="jp-mod-small" onClick={onRemove}>
            {trans.__('Remove')}
          </Button>
        )}
        <Button className="jp-mod-small" onClick={onClose}>
          {trans.__('Cancel')}
        </Button>
      </div>
      {tag && <Past name={tag.name} edits={edits} />}
    </form>
  );
}

function NameOfTag(props: {
  name: string;
  edits: RunEdits;
  onChange: (name: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { name, edits, onChange } = props;
  const list = React.useId();
  const offered = useOffered(name, async (text, signal) =>
    (await edits.offerTags(text, signal)).map(one => one.name)
  );
  return (
    <>
      <input
        className="jp-mod-styled"
        value={name}
        autoFocus
        list={list}
        placeholder={trans.__('name')}
        aria-label={trans.__('Name of the tag')}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
      <datalist id={list}>
        {offered.map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}

function Past({ name, edits }: { name: string; edits: RunEdits }): React.JSX.Element {
  const trans = useTrans();
  const [entries, setEntries] = React.useState<readonly TagEntry[] | null>(null);
  const [problem, setProblem] = React.useState('');
  const load = async (): Promise<void> => {
    try {
      setEntries(await edits.getTagHistory(name));
    } catch (error) {
      setProblem(asApiError(error).message);
    }
  };
  return (
    <details onToggle={event => event.currentTarget.open && void load()}>
      <summary className="jp-MlopsLab-note">{trans.__('Earlier values')}</summary>
      {problem && <p role="alert">{problem}</p>}
      {entries?.length === 1 && (
        <p className="jp-MlopsLab-note">{trans.__('It has had no other value.')}</p>
      )}
      {entries && entries.length > 1 && (
        <ol>
          {entries.map((entry, index) => (
            <li key={index}>
              {entry.value}{' '}
              {entry.set_at > 0 && (
                <span className="jp-MlopsLab-note">{formatTime(entry.set_at)}</span>
              )}
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}
