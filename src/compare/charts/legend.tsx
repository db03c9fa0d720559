/** Owns the legend of all charts of curves: a button for each run or group, which hides and shows it. */
import * as React from 'react';

import { Button } from '../../components/feedback';
import { colorVariable, dashLengths } from '../../components/charts/palette';
import { useTrans } from '../../components/hooks';

/** Of more lines none is dashed: dashes take long to draw, and tell so many apart no more. */
export const MOST_DASHED = 24;

export interface ILegendItem {
  id: string;
  label: string;
  index: number;
  note?: string;
}

export const Legend = React.memo(function Legend(props: {
  items: readonly ILegendItem[];
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { items, hidden, onHide } = props;
  const toggle = (id: string): void => {
    const next = new Set(hidden);
    if (!next.delete(id)) {
      next.add(id);
    }
    onHide(next);
  };
  return (
    <div className="jp-MlopsLab-legend" role="group" aria-label={trans.__('Shown in the charts')}>
      {items.map(({ id, label, index, note }) => (
        <button
          key={id}
          type="button"
          className="jp-MlopsLab-legend-item"
          aria-pressed={!hidden.has(id)}
          title={hidden.has(id) ? trans.__('Show %1', label) : trans.__('Hide %1', label)}
          onClick={() => toggle(id)}
        >
          <Swatch index={index} isPlain={items.length > MOST_DASHED} />
          <span>{label}</span>
          {note && <span className="jp-MlopsLab-badge">{note}</span>}
        </button>
      ))}
      {hidden.size > 0 && (
        <Button className="jp-mod-small" onClick={() => onHide(new Set())}>
          {trans.__('Show all')}
        </Button>
      )}
      {items.length > 2 && hidden.size < items.length - 1 && (
        <Button
          className="jp-mod-small"
          onClick={() => onHide(new Set(items.slice(1).map(({ id }) => id)))}
        >
          {trans.__('Only the first')}
        </Button>
      )}
    </div>
  );
});

/** A piece of the line, in its colour and dash. */
function Swatch(props: { index: number; isPlain: boolean }): React.JSX.Element {
  const { index, isPlain } = props;
  return (
    <svg className="jp-MlopsLab-legend-line" viewBox="0 0 22 8" aria-hidden="true">
      <line
        x1="1"
        y1="4"
        x2="21"
        y2="4"
        stroke={`var(${colorVariable(index)})`}
        strokeDasharray={isPlain ? undefined : dashLengths(index)}
      />
    </svg>
  );
}
