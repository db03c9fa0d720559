/** Owns the small sheet that opens over the list: it takes the focus and gives it back. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import { SignButton } from './signs';

/** A sheet that Escape and a click elsewhere close, by default alike. */
export function Popover(props: {
  label: string;
  onClose: () => void;
  onEscape?: () => void;
  children: React.ReactNode;
  className?: string;
  style?: React.CSSProperties;
}): React.JSX.Element {
  const { label, onClose, onEscape = onClose, children, className = '', style } = props;
  const trans = useTrans();
  const node = useSheet(onClose, onEscape);
  return (
    <div
      ref={node}
      className={`jp-MlopsLab-sheet ${className}`}
      style={style}
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      data-lm-suppress-shortcuts="true"
      onClick={event => event.stopPropagation()}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onEscape();
        }
        event.stopPropagation();
      }}
    >
      <header>
        <strong>{label}</strong>
        <SignButton sign="close" title={trans.__('Close')} onClick={onClose} />
      </header>
      {children}
    </div>
  );
}

/** Takes the focus, and closes on Escape and on a press elsewhere. */
function useSheet(onClose: () => void, onEscape: () => void): React.RefObject<HTMLDivElement> {
  const node = React.useRef<HTMLDivElement>(null);
  const leave = React.useRef({ onClose, onEscape });
  leave.current = { onClose, onEscape };
  React.useEffect(() => {
    const own = node.current;
    if (own && !own.contains(document.activeElement)) {
      const inner = ':scope > :not(header)';
      const first = `${inner}:is(input, textarea, button), ${inner} :is(input, textarea, button)`;
      (own.querySelector<HTMLElement>(first) ?? own).focus();
    }
    const onDown = (event: PointerEvent): void => {
      if (own && event.target instanceof Node && !own.contains(event.target)) {
        leave.current.onClose();
      }
    };
    // What had the focus may be gone: then keys go to the page.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && document.activeElement === document.body) {
        leave.current.onEscape();
      }
    };
    document.addEventListener('keydown', onKey);
    // The press that opened the sheet must not close it.
    const timer = window.setTimeout(() => document.addEventListener('pointerdown', onDown, true));
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('pointerdown', onDown, true);
    };
  }, []);
  return node;
}
