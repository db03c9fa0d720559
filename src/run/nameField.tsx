/** Owns the name of a run as the heading of its page, which is changed in place. */
import { editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { asApiError } from '../api/live';
import { useTrans } from '../components/hooks';

/** Press the pencil or F2, type, Enter; Escape leaves the name as it is. */
export function NameField(props: {
  name: string;
  onRename: (name: string) => Promise<void>;
}): React.JSX.Element {
  const trans = useTrans();
  const { name, onRename } = props;
  const [typed, setTyped] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState('');
  const pencil = React.useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setTyped(null);
    setProblem('');
    requestAnimationFrame(() => pencil.current?.focus());
  };
  const save = async (): Promise<void> => {
    const wanted = typed?.trim() ?? '';
    try {
      if (wanted && wanted !== name) {
        await onRename(wanted);
      }
      close();
    } catch (error) {
      setProblem(asApiError(error).message);
    }
  };
  if (typed === null) {
    return (
      <>
        <h1 title={name} onDoubleClick={() => setTyped(name)}>
          {name}
        </h1>
        <button
          ref={pencil}
          type="button"
          className="jp-MlopsLab-iconButton"
          title={trans.__('Rename this run')}
          aria-label={trans.__('Rename this run')}
          onClick={() => setTyped(name)}
        >
          <editIcon.react tag="span" />
        </button>
      </>
    );
  }
  return (
    <span className="jp-MlopsLab-nameField">
      <input
        className="jp-mod-styled"
        value={typed}
        autoFocus
        spellCheck={false}
        aria-label={trans.__('Name of this run')}
        aria-invalid={problem !== ''}
        onFocus={event => event.target.select()}
        onChange={event => setTyped(event.target.value)}
        onBlur={() => void save()}
        onKeyDown={event => {
          event.stopPropagation();
          if (event.key === 'Enter') {
            void save();
          } else if (event.key === 'Escape') {
            close();
          }
        }}
      />
      {problem && <span role="alert">{problem}</span>}
    </span>
  );
}
