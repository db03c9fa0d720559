/** Owns the name of a run as the heading of its page, which is changed in place. */
import { editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { asApiError } from '../api/live';
import { useTrans } from '../components/hooks';

/** Press the pencil, type, Enter; Escape leaves the name as it is. */
export function NameField(props: {
  name: string;
  onRename: (name: string) => Promise<void>;
}): React.JSX.Element {
  const trans = useTrans();
  const { name, onRename } = props;
  const [isEdited, setIsEdited] = React.useState(false);
  const pencil = React.useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setIsEdited(false);
    requestAnimationFrame(() => pencil.current?.focus());
  };
  if (isEdited) {
    return <NameInput name={name} onRename={onRename} onClose={close} />;
  }
  return (
    <>
      <h1 title={name} onDoubleClick={() => setIsEdited(true)}>
        {name}
      </h1>
      <button
        ref={pencil}
        type="button"
        className="jp-MlopsLab-pencil"
        title={trans.__('Rename this run')}
        aria-label={trans.__('Rename this run')}
        onClick={() => setIsEdited(true)}
      >
        <editIcon.react tag="span" />
      </button>
    </>
  );
}

interface IRename {
  name: string;
  onRename: (name: string) => Promise<void>;
  onClose: () => void;
}

function NameInput(props: IRename): React.JSX.Element {
  const trans = useTrans();
  const { typed, setTyped, problem, save, close } = useRename(props);
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
        onBlur={save}
        onKeyDown={event => {
          event.stopPropagation();
          if (event.key === 'Enter') {
            save();
          } else if (event.key === 'Escape') {
            close();
          }
        }}
      />
      {problem && <span role="alert">{problem}</span>}
    </span>
  );
}

/** What is typed, and its way to the server, once: leaving the field saves it too. */
function useRename({ name, onRename, onClose }: IRename): {
  typed: string;
  setTyped: (typed: string) => void;
  problem: string;
  save: () => void;
  close: () => void;
} {
  const [typed, setTyped] = React.useState(name);
  const [problem, setProblem] = React.useState('');
  const isLeft = React.useRef(false);
  const close = (): void => {
    isLeft.current = true;
    onClose();
  };
  const save = (): void => {
    const wanted = typed.trim();
    if (isLeft.current) {
      return;
    }
    if (!wanted || wanted === name) {
      close();
      return;
    }
    isLeft.current = true;
    onRename(wanted).then(onClose, (error: unknown) => {
      isLeft.current = false;
      setProblem(asApiError(error).message);
    });
  };
  return { typed, setTyped, problem, save, close };
}
