/** Owns the ranges of parallel axes as fields, for those who do not drag. */
import * as React from 'react';

import { Button } from '../../components/feedback';
import { useTrans } from '../../components/hooks';
import type { IAxis, Ranges } from './ranges';

export function RangeFields(props: {
  axes: readonly IAxis[];
  ranges: Ranges;
  /** How many runs lie within all ranges, and how many are drawn. */
  counts: { within: number; drawn: number };
  onChange: (ranges: Ranges) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { axes, ranges, counts, onChange } = props;
  const isMarked = Object.values(ranges).some(range => range !== undefined);
  return (
    <>
      <p className="jp-MlopsLab-ranges-count" role="status">
        {isMarked && (
          <>
            {trans.__('%1 of %2 runs lie within the ranges.', counts.within, counts.drawn)}{' '}
            <Button className="jp-mod-small" onClick={() => onChange({})}>
              {trans.__('Clear all ranges')}
            </Button>
          </>
        )}
      </p>
      <details className="jp-MlopsLab-ranges">
        <summary>{trans.__('Ranges by keyboard')}</summary>
        {axes.map(axis => (
          <AxisFields
            key={axis.column.key}
            axis={axis}
            range={ranges[axis.column.key]}
            onChange={range => onChange({ ...ranges, [axis.column.key]: range })}
          />
        ))}
      </details>
    </>
  );
}

type Range = readonly [number, number] | undefined;

function AxisFields(props: {
  axis: IAxis;
  range: Range;
  onChange: (range: Range) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { axis, range, onChange } = props;
  const { column, low, high, words } = axis;
  const [from, to] = range ?? [low, high];
  const set = (next: [number, number]): void =>
    onChange(next[0] <= low && next[1] >= high ? undefined : next);
  return (
    <div className="jp-MlopsLab-chart-field">
      <span>{column.name}</span>
      <EndField
        label={trans.__('%1 from', column.name)}
        words={words}
        value={from}
        onChange={value => set([value, to])}
      />
      <span aria-hidden="true">–</span>
      <EndField
        label={trans.__('%1 to', column.name)}
        words={words}
        value={to}
        onChange={value => set([from, value])}
      />
    </div>
  );
}

/** One end of a range: a word, or a number. */
function EndField(props: {
  label: string;
  words: readonly string[];
  value: number;
  onChange: (value: number) => void;
}): React.JSX.Element {
  const { label, words, value, onChange } = props;
  return words.length > 0 ? (
    <select
      className="jp-mod-styled"
      aria-label={label}
      value={Math.round(value)}
      onChange={event => onChange(Number(event.currentTarget.value))}
    >
      {words.map((word, index) => (
        <option key={word} value={index}>
          {word}
        </option>
      ))}
    </select>
  ) : (
    <input
      className="jp-mod-styled"
      type="number"
      step="any"
      aria-label={label}
      value={value}
      onChange={event => {
        const next = event.currentTarget.valueAsNumber;
        if (Number.isFinite(next)) {
          onChange(next);
        }
      }}
    />
  );
}
