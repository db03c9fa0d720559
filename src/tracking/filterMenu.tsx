/** Owns the saved filters and the history of the filter box: name, apply, delete. */
import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { useTrans } from '../components/hooks';
import { Popover } from './popover';
import type { ISavedFilter, Preferences } from './preferences';
import { putBack } from './putBack';
import { SignButton } from './signs';

const UNDO_MS = 10_000;

interface IMenuProps {
  preferences: Preferences;
  /** What stands in the filter box. */
  text: string;
  onApply: (filter: string) => void;
}

export function FilterMenu(props: IMenuProps): React.JSX.Element {
  const trans = useTrans();
  const [isOpen, setIsOpen] = React.useState(false);
  const button = React.useRef<HTMLButtonElement>(null);
  const title = trans.__('Saved filters and history');
  const close = (): void => {
    setIsOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <SignButton
        innerRef={button}
        sign="star"
        title={title}
        isOpen={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      />
      {isOpen && (
        <Popover label={title} onClose={close}>
          <SaveForm {...props} onDone={close} />
          <Saved {...props} onDone={close} />
          <History {...props} onDone={close} />
        </Popover>
      )}
    </>
  );
}

type IPartProps = IMenuProps & { onDone: () => void };

/** Names the filter that stands in the box; a name that is there already is set anew. */
function SaveForm({ preferences, text, onDone }: IPartProps): React.JSX.Element {
  const trans = useTrans();
  const [name, setName] = React.useState('');
  const filter = text.trim();
  if (filter === '') {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('Type a filter, then give it a name here to keep it.')}
      </p>
    );
  }
  const save = (): void => {
    const wanted = name.trim();
    if (wanted !== '') {
      const others = preferences.savedFilters.filter(saved => saved.name !== wanted);
      void preferences.setSavedFilters([...others, { name: wanted, filter }]);
      onDone();
    }
  };
  return (
    <form
      className="jp-MlopsLab-sheet-form"
      onSubmit={event => {
        event.preventDefault();
        save();
      }}
    >
      <input
        className="jp-mod-styled"
        value={name}
        autoFocus
        placeholder={trans.__('Name for this filter')}
        aria-label={trans.__('Name for this filter')}
        onChange={event => setName(event.target.value)}
      />
      <button type="submit" className="jp-MlopsLab-button" disabled={name.trim() === ''}>
        {trans.__('Save')}
      </button>
    </form>
  );
}

function Saved({ preferences, onApply, onDone }: IPartProps): React.JSX.Element | null {
  const trans = useTrans();
  const saved = preferences.savedFilters;
  const remove = (gone: ISavedFilter): void => {
    void preferences.setSavedFilters(saved.filter(other => other.name !== gone.name));
    const undo = (): void => {
      const now = preferences.savedFilters;
      void preferences.setSavedFilters(putBack(now, saved, [gone], ({ name }) => name));
    };
    Notification.emit(trans.__('The filter “%1” is deleted.', gone.name), 'success', {
      autoClose: UNDO_MS,
      actions: [{ label: trans.__('Undo'), callback: undo }]
    });
  };
  return saved.length === 0 ? null : (
    <section>
      <h3>{trans.__('Saved')}</h3>
      <ul>
        {saved.map(item => (
          <li key={item.name}>
            <Line
              text={item.name}
              note={item.filter}
              onClick={() => {
                onApply(item.filter);
                onDone();
              }}
            />
            <SignButton
              sign="close"
              title={trans.__('Delete the filter “%1”', item.name)}
              onClick={() => remove(item)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ preferences, onApply, onDone }: IPartProps): React.JSX.Element | null {
  const trans = useTrans();
  const { history } = preferences;
  return history.length === 0 ? null : (
    <section>
      <h3>{trans.__('Used lately')}</h3>
      <ul>
        {history.map(filter => (
          <li key={filter}>
            <Line
              text={filter}
              onClick={() => {
                onApply(filter);
                onDone();
              }}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line(props: { text: string; note?: string; onClick: () => void }): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlopsLab-sheet-line"
      title={props.note ?? props.text}
      onClick={props.onClick}
    >
      <span>{props.text}</span>
      {props.note && <span className="jp-MlopsLab-note">{props.note}</span>}
    </button>
  );
}
