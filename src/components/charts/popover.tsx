/** Owns a button that unfolds a small panel below it, which Escape or leaving it folds again. */
import * as React from 'react';

export function Popover(props: {
  /** What the button shows. */
  face: React.ReactNode;
  /** What the button is called. */
  label: string;
  className?: string;
  children: (close: () => void) => React.ReactNode;
}): React.JSX.Element {
  const { face, label, className = '', children } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  const host = React.useRef<HTMLDivElement>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setIsOpen(false);
    button.current?.focus();
  };
  useLeaving(host, isOpen, setIsOpen);
  return (
    <div
      ref={host}
      className={`jp-MlopsLab-chartPopover ${className}`}
      onKeyDown={event => {
        if (event.key === 'Escape' && isOpen) {
          event.stopPropagation();
          close();
        }
      }}
    >
      <button
        ref={button}
        type="button"
        className="jp-MlopsLab-button jp-mod-small"
        aria-expanded={isOpen}
        aria-label={label}
        title={label}
        onClick={() => setIsOpen(!isOpen)}
      >
        {face}
      </button>
      {isOpen && <div className="jp-MlopsLab-chartPopover-panel">{children(close)}</div>}
    </div>
  );
}

/** Folds the panel when pointer or focus go elsewhere. */
function useLeaving(
  host: React.RefObject<HTMLElement>,
  isOpen: boolean,
  setIsOpen: (isOpen: boolean) => void
): void {
  React.useEffect(() => {
    if (!isOpen) {
      return;
    }
    const leave = (event: Event): void => {
      if (event.target instanceof Node && !host.current?.contains(event.target)) {
        setIsOpen(false);
      }
    };
    document.addEventListener('pointerdown', leave);
    document.addEventListener('focusin', leave);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
    };
  }, [host, isOpen, setIsOpen]);
}
