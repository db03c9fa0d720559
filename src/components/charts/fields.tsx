/** Owns the small fields above charts: a choice, a switch. */
import * as React from 'react';

export interface IChoice {
  value: string;
  label: string;
  /** The heading that the choice stands under. */
  heading?: string;
}

/** A choice of one, with its name before it. */
export function Choice(props: {
  label: string;
  value: string;
  choices: readonly IChoice[];
  onChange: (value: string) => void;
}): React.JSX.Element {
  const { label, value, choices, onChange } = props;
  const headings = [...new Set(choices.map(({ heading }) => heading ?? ''))];
  const option = (choice: IChoice): React.JSX.Element => (
    <option key={choice.value} value={choice.value}>
      {choice.label}
    </option>
  );
  return (
    <label className="jp-MlopsLab-chart-field">
      <span>{label}</span>
      <select
        className="jp-mod-styled"
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
      >
        {headings.map(heading => {
          const items = choices.filter(choice => (choice.heading ?? '') === heading).map(option);
          return heading ? (
            <optgroup key={heading} label={heading}>
              {items}
            </optgroup>
          ) : (
            items
          );
        })}
      </select>
    </label>
  );
}

/** A switch with its name behind it. */
export function Switch(props: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}): React.JSX.Element {
  const { label, checked, onChange, disabled } = props;
  return (
    <label className="jp-MlopsLab-chart-field">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
