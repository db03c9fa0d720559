/** Owns the tags of a run in its head: added, changed and removed in place, each with its past. */
import { addIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Tag } from '../api/types';
import { Button } from '../components/feedback';
import { formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { NOTE_TAG, type RunEdits } from './edits';
import { TagForm } from './tagForm';
import { doWithUndo } from './undo';

/** Tags that are shown at first. */
const SHOWN = 12;

/** Stands for the tag that is being made. */
const NEW = Symbol('new tag');

export function TagBar(props: { tags: readonly Tag[]; edits: RunEdits }): React.JSX.Element {
  const trans = useTrans();
  const { edits } = props;
  const tags = props.tags.filter(tag => tag.name !== NOTE_TAG);
  const [edited, setEdited] = React.useState<string | typeof NEW | null>(null);
  const changed = tags.find(tag => tag.name === edited);
  const save = (name: string, value: string): void => {
    const before = tags.find(tag => tag.name === name);
    setEdited(null);
    if (before?.value === value) {
      return;
    }
    void doWithUndo(trans, {
      act: () => edits.setTag(name, value),
      said: trans.__('Tag “%1” is set.', name),
      undo: () => (before ? edits.setTag(name, before.value) : edits.removeTag(name))
    });
  };
  const remove = ({ name, value }: Tag): void => {
    setEdited(null);
    void doWithUndo(trans, {
      act: () => edits.removeTag(name),
      said: trans.__('Tag “%1” is removed.', name),
      undo: () => edits.setTag(name, value)
    });
  };
  return (
    <div className="jp-MlopsLab-tagBar" data-section="tags" tabIndex={-1}>
      <Chips tags={tags} edited={edited} onEdit={setEdited} />
      {(edited === NEW || changed) && (
        <TagForm
          key={changed?.name ?? ''}
          tag={changed}
          edits={edits}
          onSave={save}
          onRemove={changed && (() => remove(changed))}
          onClose={() => setEdited(null)}
        />
      )}
    </div>
  );
}

function Chips(props: {
  tags: readonly Tag[];
  edited: string | typeof NEW | null;
  onEdit: (edited: string | typeof NEW | null) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { tags, edited, onEdit } = props;
  const [isWhole, setIsWhole] = React.useState(false);
  const shown = isWhole ? tags : tags.slice(0, SHOWN);
  return (
    <ul aria-label={trans.__('Tags')}>
      {shown.map(({ name, value }) => (
        <li key={name}>
          <button
            type="button"
            className="jp-MlopsLab-runTag"
            aria-expanded={edited === name}
            title={trans.__('%1: %2. Press to change', name, value)}
            onClick={() => onEdit(edited === name ? null : name)}
          >
            <span>{name}</span>
            {value && <strong>{value}</strong>}
          </button>
        </li>
      ))}
      {tags.length > shown.length && (
        <li>
          <Button className="jp-mod-small" onClick={() => setIsWhole(true)}>
            {trans.__('%1 more', formatCount(tags.length - shown.length))}
          </Button>
        </li>
      )}
      <li>
        <button
          type="button"
          className="jp-MlopsLab-runTag jp-mod-new"
          aria-expanded={edited === NEW}
          onClick={() => onEdit(edited === NEW ? null : NEW)}
        >
          <addIcon.react tag="span" /> {trans.__('Tag')}
        </button>
      </li>
    </ul>
  );
}
