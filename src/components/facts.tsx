/** Owns the grid of names and values at the top of a view. */
import * as React from 'react';

export interface IFact {
  name: string;
  value: string | null;
  /** Makes the value a link. */
  onClick?: () => void;
}

/** Names and values in as many columns as fit; what has no value is left out. */
export function Facts(props: { facts: readonly IFact[] }): React.JSX.Element {
  return (
    <dl className="jp-MlopsLab-facts">
      {props.facts
        .filter(fact => fact.value)
        .map(({ name, value, onClick }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={value ?? undefined}>
              {onClick ? (
                <button type="button" className="jp-MlopsLab-link" onClick={onClick}>
                  {value}
                </button>
              ) : (
                value
              )}
            </dd>
          </div>
        ))}
    </dl>
  );
}
