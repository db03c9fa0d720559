/** Owns what a view shows when it has nothing to show: loading, empty, and failed. */
import * as React from 'react';

import type { ApiError } from '../api/request';
import { useTrans } from './hooks';

/** What went wrong, what to do, and a way to try again. */
export function ErrorPanel(props: { error: ApiError; onRetry?: () => void }): React.JSX.Element {
  const trans = useTrans();
  const { error, onRetry } = props;
  return (
    <div className="jp-MlopsLab-error" role="alert">
      <div className="jp-MlopsLab-error-message">{error.message}</div>
      {error.hint && <div className="jp-MlopsLab-error-hint">{error.hint}</div>}
      {onRetry && (
        <Button onClick={onRetry} className="jp-MlopsLab-error-retry">
          {trans.__('Retry')}
        </Button>
      )}
    </div>
  );
}

/** Quiet rows of the size of what is to come, so that nothing jumps when it comes. */
export function Skeleton(props: { rows: number; height: number }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-skeleton" role="status" aria-label={trans.__('Loading')}>
      {Array.from({ length: props.rows }, (_, index) => (
        <div key={index} style={{ height: props.height }} aria-hidden="true">
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}

/** A button in JupyterLab's look. */
export function Button(props: {
  onClick: () => void;
  children: React.ReactNode;
  disabled?: boolean;
  kind?: 'primary' | 'warn' | 'plain';
  title?: string;
  className?: string;
  pressed?: boolean;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className={`jp-MlopsLab-button jp-mod-${props.kind ?? 'plain'} ${props.className ?? ''}`}
      disabled={props.disabled}
      title={props.title}
      aria-pressed={props.pressed}
      onClick={event => {
        event.stopPropagation();
        props.onClick();
      }}
    >
      {props.children}
    </button>
  );
}

/** A heading with its content, which can be folded; what was never open is not drawn. */
export function Section(props: {
  title: string;
  note?: string;
  children: React.ReactNode;
  isOpen?: boolean;
  /** A word by which a page finds the section. */
  name?: string;
  className?: string;
  onToggle?: (isOpen: boolean) => void;
}): React.JSX.Element {
  const { title, note, children, isOpen = true, name, className = '', onToggle } = props;
  const [wasOpen, setWasOpen] = React.useState(isOpen);
  return (
    <details
      className={`jp-MlopsLab-section ${className}`}
      open={isOpen}
      data-section={name}
      onToggle={event => {
        const { open } = event.currentTarget;
        setWasOpen(wasOpen || open);
        onToggle?.(open);
      }}
    >
      <summary>
        <h2>{title}</h2>
        {note && <span className="jp-MlopsLab-note">{note}</span>}
      </summary>
      {wasOpen && children}
    </details>
  );
}
