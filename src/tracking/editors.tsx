/** Owns the editors that open over the list: which one is open, that of tags, and of a name out of sight. */
import * as React from 'react';

import type { Tag } from '../api/types';
import { ErrorPanel } from '../components/feedback';
import { useTrans } from '../components/hooks';
import type { Desk } from './desk';
import { ignoreTold } from './edits';
import { NoteEditor } from './noteEditor';
import { Popover } from './popover';
import { NameField } from './rowParts';
import type { IRunTools } from './runTools';
import { useTags } from './runTags';
import { SignButton } from './signs';

export interface IEditorProps {
  desk: Desk;
  tools: IRunTools;
  /** Pixels from the top of the list. */
  top: number;
  /** Whether a name is edited in its row. */
  isInRow: boolean;
  onEnd: () => void;
}

/** Beginnings of names of tags that programs set. */
const RESERVED = /^(mlflow|mlops_lab)\./;

export function Editor(props: IEditorProps): React.JSX.Element | null {
  const { editing } = props.desk;
  switch (editing?.kind) {
    case 'name':
      return props.isInRow || editing.ids[0] === undefined ? null : (
        <NameEditor key={editing.ids[0]} {...props} id={editing.ids[0]} />
      );
    case 'tags':
      return <TagEditor key={editing.ids.join()} {...props} ids={editing.ids} />;
    case 'note':
      return editing.ids[0] === undefined ? null : (
        <NoteEditor key={editing.ids[0]} {...props} id={editing.ids[0]} />
      );
    default:
      return null;
  }
}

/** The name of a run that has no row here, such as one that the filter leaves out. */
function NameEditor(props: IEditorProps & { id: string }): React.JSX.Element {
  const { tools, id, top, onEnd } = props;
  const trans = useTrans();
  const [name, setName] = React.useState<string | null>(null);
  React.useEffect(() => {
    let isOver = false;
    const read = async (): Promise<void> => {
      const { summary } = await tools.client.getRun(id);
      if (!isOver) {
        setName(summary.name);
      }
    };
    read().catch(onEnd);
    return () => {
      isOver = true;
    };
  }, [tools, id]);
  return (
    <Popover
      label={trans.__('Rename Run')}
      onClose={onEnd}
      className="jp-MlopsLab-editor"
      style={{ top }}
    >
      {name !== null && (
        <NameField
          name={name}
          onEnd={wanted => {
            onEnd();
            if (wanted !== null) {
              tools.rename(id, wanted);
            }
          }}
        />
      )}
    </Popover>
  );
}

function TagEditor(props: IEditorProps & { ids: readonly string[] }): React.JSX.Element {
  const { tools, ids, top, onEnd } = props;
  const trans = useTrans();
  const { tags, error, setTags, retry } = useTags(tools, ids.length === 1 ? ids[0] : undefined);
  const own = (tags ?? []).filter(tag => !RESERVED.test(tag.name));
  const add = async (name: string, value: string): Promise<void> => {
    await tools.setTag(ids, name, value);
    setTags([...(tags ?? []).filter(tag => tag.name !== name), { name, value }]);
  };
  const remove = async (gone: string): Promise<void> => {
    await tools.removeTag(ids, gone);
    setTags((tags ?? []).filter(tag => tag.name !== gone));
  };
  const label = trans._n('Tags of this run', 'Tags of %1 runs', ids.length);
  return (
    <Popover label={label} onClose={onEnd} className="jp-MlopsLab-editor" style={{ top }}>
      {error && <ErrorPanel error={error} onRetry={retry} />}
      {own.map(tag => (
        <TagLine
          key={tag.name}
          tag={tag}
          onRemove={() => void remove(tag.name).catch(ignoreTold)}
        />
      ))}
      {!error && <TagForm tools={tools} onAdd={add} />}
    </Popover>
  );
}

/** Names a tag and its value; what was added leaves the fields. */
function TagForm(props: {
  tools: IRunTools;
  onAdd: (name: string, value: string) => Promise<void>;
}): React.JSX.Element {
  const { tools, onAdd } = props;
  const trans = useTrans();
  const [name, setName] = React.useState('');
  const [value, setValue] = React.useState('');
  const names = useProposed(() => tools.client.listNames({ kind: 'tags', limit: 30 }), 'names');
  const add = async (): Promise<void> => {
    if (name.trim() !== '') {
      await onAdd(name.trim(), value);
      setName('');
      setValue('');
    }
  };
  return (
    <form
      className="jp-MlopsLab-sheet-form"
      onSubmit={event => {
        event.preventDefault();
        void add().catch(ignoreTold);
      }}
    >
      <Field label={trans.__('Tag')} value={name} proposals={names} onChange={setName} />
      <ValueField tools={tools} name={name.trim()} value={value} onChange={setValue} />
      <button type="submit" className="jp-MlopsLab-button" disabled={name.trim() === ''}>
        {trans.__('Add')}
      </button>
    </form>
  );
}

function TagLine({ tag, onRemove }: { tag: Tag; onRemove: () => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-editor-tag">
      <span className="jp-MlopsLab-runRow-tag">
        <span className="jp-MlopsLab-runRow-tagName">{tag.name}</span>
        {tag.value}
      </span>
      <SignButton sign="close" title={trans.__('Remove the tag %1', tag.name)} onClick={onRemove} />
    </div>
  );
}

/** The value of a tag, with those that other runs have. */
function ValueField(props: {
  tools: IRunTools;
  name: string;
  value: string;
  onChange: (value: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { tools, name, value, onChange } = props;
  const isPlain = /^[A-Za-z_][\w/-]*$/.test(name);
  const values = useProposed(async () => {
    const field = `tags.${name}`;
    const found = isPlain ? await tools.client.listFacets({ field, limit: 30 }) : { values: [] };
    return found.values.flatMap(item => (item.value === null ? [] : [{ name: item.value }]));
  }, name);
  return (
    <Field
      label={trans.__('Value (optional)')}
      value={value}
      proposals={values}
      onChange={onChange}
    />
  );
}

/** Names to choose from; asked for anew when the key has rested. */
function useProposed(ask: () => Promise<readonly { name: string }[]>, key: string): string[] {
  const [names, setNames] = React.useState<string[]>([]);
  const asker = React.useRef(ask);
  asker.current = ask;
  React.useEffect(() => {
    let isOver = false;
    const read = async (): Promise<void> => {
      const found = key === '' ? [] : await asker.current();
      if (!isOver) {
        setNames(found.map(({ name }) => name));
      }
    };
    const timer = window.setTimeout(() => void read().catch(() => setNames([])), 150);
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [key]);
  return names;
}

function Field(props: {
  label: string;
  value: string;
  proposals: readonly string[];
  onChange: (value: string) => void;
}): React.JSX.Element {
  const { label, value, proposals, onChange } = props;
  const id = React.useId();
  return (
    <>
      <input
        className="jp-mod-styled"
        value={value}
        list={id}
        placeholder={label}
        aria-label={label}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
      <datalist id={id}>
        {proposals.map(text => (
          <option key={text} value={text} />
        ))}
      </datalist>
    </>
  );
}
