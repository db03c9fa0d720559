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
        className="jp-MlopsLab-iconButton"
        title={trans.__('Rename this run')}
        aria-label={trans.__('Rename this run')}
        onClick={() => setIsEdited(true)}
      >
        <editIcon.react tag="span" />
      </button>
    </>
  );
}

function NameInput(props: {
  name: string;
  onRename: (name: string) => Promise<void>;
  onClose: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { name, onRename, onClose } = props;
  const [typed, setTyped] = React.useState(name);
  const [problem, setProblem] = React.useState('');
  const isLeft = React.useRef(false);
  const close = (): void => {
    isLeft.current = true;
    onClose();
  };
  const save = async (): Promise<void> => {
    const wanted = typed.trim();
    if (isLeft.current || !wanted || wanted === name) {
      close();
      return;
    }
    isLeft.current = true;
    try {
      await onRename(wanted);
      onClose();
    } catch (error) {
      isLeft.current = false;
      setProblem(asApiError(error).message);
    }
  };
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
        onBlur={() => isLeft.current || void save()}
        onKeyDown={event => {
          event.stopPropagation();
          void { Enter: save, Escape: close }[event.key]?.();
        }}
      />
      {problem && <span role="alert">{problem}</span>}
    </span>
  );
}
