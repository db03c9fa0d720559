/** Owns the settings of the charts of curves, and the row of fields that changes them. */
import * as React from 'react';

import type { Along } from '../../components/charts/curves';
import { Choice, Switch, type IChoice } from '../../components/charts/fields';
import type { Spread } from '../../components/charts/grouping';
import { Popover } from '../../components/charts/popover';
import { Button } from '../../components/feedback';
import { formatFixed } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { ICurveSettings } from './chartsLayout';

export function CurveControls(props: {
  settings: ICurveSettings;
  groupings: readonly IChoice[];
  onChange: (settings: ICurveSettings) => void;
  children: React.ReactNode;
}): React.JSX.Element {
  const trans = useTrans();
  const { settings, groupings, onChange, children } = props;
  const set = (more: Partial<ICurveSettings>): void => onChange({ ...settings, ...more });
  return (
    <div className="jp-MlopsLab-chart-bar">
      <Choice
        label={trans.__('Along')}
        value={settings.along}
        choices={[
          { value: 'step', label: trans.__('step') },
          { value: 'time', label: trans.__('time since start') },
          { value: 'clock', label: trans.__('clock') }
        ]}
        onChange={along => set({ along: along as Along })}
      />
      <Smoothing value={settings.smoothing} onChange={smoothing => set({ smoothing })} />
      <Choice
        label={trans.__('Mean by')}
        value={settings.groupBy}
        choices={[{ value: '', label: trans.__('no grouping') }, ...groupings]}
        onChange={groupBy => set({ groupBy })}
      />
      {settings.groupBy && (
        <Choice
          label={trans.__('Band')}
          value={settings.spread}
          choices={[
            { value: 'range', label: trans.__('lowest to highest') },
            { value: 'deviation', label: trans.__('± standard deviation') }
          ]}
          onChange={spread => set({ spread: spread as Spread })}
        />
      )}
      <Switch
        label={trans.__('Log x')}
        checked={settings.isLogX && settings.along !== 'clock'}
        disabled={settings.along === 'clock'}
        onChange={isLogX => set({ isLogX })}
      />
      {children}
    </div>
  );
}

/** The curves follow the slider once the hand rests, so that it moves freely. */
function Smoothing(props: { value: number; onChange: (value: number) => void }): React.JSX.Element {
  const trans = useTrans();
  const { value, onChange } = props;
  const [shown, setShown] = React.useState(value);
  const timer = React.useRef(0);
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
  return (
    <label className="jp-MlopsLab-chart-field">
      <span>{trans.__('Smoothing')}</span>
      <input
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={shown}
        onChange={event => {
          const next = Number(event.currentTarget.value);
          setShown(next);
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(() => onChange(next), 120);
        }}
      />
      <output className="jp-MlopsLab-number">{formatFixed(shown, 2)}</output>
    </label>
  );
}

/** Which metrics have a chart. */
export function MetricChooser(props: {
  names: readonly string[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { names, chosen, onChange } = props;
  const [text, setText] = React.useState('');
  const count = names.filter(name => chosen.has(name)).length;
  const found = names.filter(name => name.toLowerCase().includes(text.toLowerCase()));
  const set = (changed: readonly string[], isOn: boolean): void => {
    const next = new Set(chosen);
    changed.forEach(name => (isOn ? next.add(name) : next.delete(name)));
    onChange(next);
  };
  return (
    <Popover
      label={trans.__('Choose metrics')}
      face={trans.__('Metrics: %1 of %2', count, names.length)}
    >
      {() => (
        <>
          <input
            type="search"
            className="jp-mod-styled"
            placeholder={trans.__('Filter names')}
            aria-label={trans.__('Filter names of metrics')}
            value={text}
            onChange={event => setText(event.currentTarget.value)}
          />
          <div className="jp-MlopsLab-chart-choose">
            {found.map(name => (
              <Switch
                key={name}
                label={name}
                checked={chosen.has(name)}
                onChange={isOn => set([name], isOn)}
              />
            ))}
          </div>
          <AllOrNone onSet={isOn => set(found, isOn)} />
        </>
      )}
    </Popover>
  );
}

function AllOrNone({ onSet }: { onSet: (isOn: boolean) => void }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-chart-bar">
      <Button className="jp-mod-small" onClick={() => onSet(true)}>
        {trans.__('All')}
      </Button>
      <Button className="jp-mod-small" onClick={() => onSet(false)}>
        {trans.__('None')}
      </Button>
    </div>
  );
}
