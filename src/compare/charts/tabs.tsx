/** Owns tabs as people know them: one panel at a time, arrow keys between the tabs. */
import * as React from 'react';

interface ITab<T> {
  value: T;
  label: string;
}

export function Tabs<T extends string>(props: {
  label: string;
  tabs: readonly ITab<T>[];
  value: T;
  onChange: (value: T) => void;
  children: React.ReactNode;
}): React.JSX.Element {
  const { label, tabs, value, onChange, children } = props;
  const id = React.useId();
  const list = React.useRef<HTMLDivElement>(null);
  const move = (event: React.KeyboardEvent): void => {
    const place = placeAfter(event.key, tabs, value);
    const next = tabs[place];
    if (next) {
      event.preventDefault();
      onChange(next.value);
      list.current?.querySelectorAll('button')[place]?.focus();
    }
  };
  return (
    <>
      <div
        ref={list}
        className="jp-MlopsLab-tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={move}
      >
        {tabs.map(tab => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            aria-selected={tab.value === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.value === value ? 0 : -1}
            onClick={() => onChange(tab.value)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${value}`}>
        {children}
      </div>
    </>
  );
}

/** Where a key leads to from the chosen tab; -1 where it leads nowhere. */
function placeAfter<T>(key: string, tabs: readonly ITab<T>[], value: T): number {
  const at = tabs.findIndex(tab => tab.value === value);
  const places: Record<string, number | undefined> = {
    ArrowLeft: (at - 1 + tabs.length) % tabs.length,
    ArrowRight: (at + 1) % tabs.length,
    Home: 0,
    End: tabs.length - 1
  };
  return places[key] ?? -1;
}
