/** Owns the small drawings on the buttons of the sidebar. */
import * as React from 'react';

const PATHS = {
  pin: 'M9.500 2.500l4 4-1.700.5-2.300 2.300-.5 2.700-2.200-2.200-3.800 3.800 3.800-3.800-2.300-2.300 2.700-.5 2.300-2.300z',
  note: 'M3 3.500h10v7h-5.500l-2.500 2.500v-2.500h-2zM5.500 6h5M5.500 8.200h3.200',
  compact: 'M3 4.500h10M3 8h10M3 11.500h10',
  normal: 'M3 4h10M3 6.500h6M3 10.500h10M3 13h6',
  roomy: 'M3 3.500h10M3 8h10M3 12.500h10M3 5.500h5M3 10h5',
  columns: 'M3 3.500h10v9h-10zM6.400 3.500v9M9.700 3.500v9',
  star: 'M8 2.800l1.600 3.300 3.600.5-2.600 2.500.6 3.600-3.200-1.700-3.200 1.700.6-3.600-2.600-2.500 3.600-.5z',
  menu: 'M8 3.500v.1M8 8v.1M8 12.500v.1',
  more: 'M3.500 8h.1M8 8h.1M12.500 8h.1',
  close: 'M4.500 4.500l7 7m0-7l-7 7',
  up: 'M8 12.500v-9m-3.500 3.500l3.500-3.500 3.500 3.500',
  folded: 'M6.500 4.500l3.500 3.500-3.500 3.500',
  unfolded: 'M4.500 6.500l3.500 3.500 3.500-3.500',
  odd: 'M8 2.500l6 10.500h-12zM8 6.500v3M8 11.400v.1',
  same: 'M4 6.200h8M4 9.800h8',
  down: 'M8 3.500v9m-3.500-3.500l3.500 3.500 3.500-3.500'
};

export type SignName = keyof typeof PATHS;

/** A drawing; the button that holds it has the words. */
export function Sign({ name }: { name: SignName }): React.JSX.Element {
  return (
    <svg className={`jp-MlopsLab-sign jp-mod-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A button that is a drawing; its words are shown on hover and read aloud. */
export function SignButton(props: {
  sign: SignName;
  title: string;
  onClick: (button: HTMLButtonElement) => void;
  isOpen?: boolean;
  disabled?: boolean;
  className?: string;
  innerRef?: React.Ref<HTMLButtonElement>;
}): React.JSX.Element {
  const { sign, title, onClick, isOpen, disabled, className = '', innerRef } = props;
  return (
    <button
      ref={innerRef}
      type="button"
      className={`jp-MlopsLab-signButton ${className}`}
      title={title}
      aria-label={title}
      aria-expanded={isOpen}
      disabled={disabled}
      onClick={event => onClick(event.currentTarget)}
    >
      <Sign name={sign} />
    </button>
  );
}
