/** Owns the small picture of how the values of a column are distributed. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ColumnVersion, WireNumber } from '../api/types';
import { formatCount, formatDay, formatNumber, formatTime } from './format';
import { useTrans } from './hooks';

const WIDTH = 110;
const HEIGHT = 22;

type Profile = NonNullable<ColumnVersion['profile']>;

/** A histogram with its range, or the most frequent values. */
export function Distribution({ column }: { column: ColumnVersion }): React.JSX.Element | null {
  const trans = useTrans();
  const { profile, masked, kind } = column;
  if (masked) {
    return <span className="jp-MlopsLab-badge jp-mod-warn">{trans.__('masked')}</span>;
  }
  if (!profile) {
    return null;
  }
  if (profile.counts.length === 0 && profile.top.length > 0) {
    return <TopValues profile={profile} />;
  }
  const value = (number: WireNumber | undefined): string =>
    number === undefined ? '' : wordOf(number, kind);
  const words = rangeWords(profile, value, trans);
  return (
    <span className="jp-MlopsLab-distribution" title={words}>
      {profile.counts.length > 0 && <Histogram profile={profile} words={words} />}
      <span className="jp-MlopsLab-note">{rangeOf(profile, kind)}</span>
    </span>
  );
}

/** A day is enough for times that lie days apart. */
const DAYS_APART_MS = 3 * 86_400_000;

/** The lowest and the highest value. */
function rangeOf({ quantiles }: Profile, kind: ColumnVersion['kind']): string {
  const ends = [quantiles[0], quantiles.at(-1)].filter(end => end !== undefined);
  const isLong = Number(ends[1]) - Number(ends[0]) > DAYS_APART_MS;
  return ends
    .map(end =>
      kind === 'time' && isLong && typeof end === 'number' ? formatDay(end) : wordOf(end, kind)
    )
    .join(' – ');
}

/** Times are milliseconds. */
function wordOf(number: WireNumber, kind: ColumnVersion['kind']): string {
  return kind === 'time' && typeof number === 'number' ? formatTime(number) : formatNumber(number);
}

function rangeWords(
  profile: Profile,
  value: (number: WireNumber | undefined) => string,
  trans: TranslationBundle
): string {
  const { quantiles, mean, std } = profile;
  const at = (share: number): string =>
    value(quantiles[Math.round(share * (quantiles.length - 1))]);
  const parts = [
    quantiles.length > 0 &&
      trans.__(
        'lowest %1, quarter %2, middle %3, three quarters %4, highest %5',
        at(0),
        at(0.25),
        at(0.5),
        at(0.75),
        at(1)
      ),
    mean !== null && trans.__('mean %1', value(mean)),
    std !== null && trans.__('standard deviation %1', formatNumber(std))
  ];
  return parts.filter(Boolean).join('; ');
}

function Histogram(props: { profile: Profile; words: string }): React.JSX.Element {
  const trans = useTrans();
  const { counts } = props.profile;
  const most = Math.max(...counts, 1);
  const width = WIDTH / counts.length;
  return (
    <svg
      className="jp-MlopsLab-histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={trans.__('Histogram: %1', props.words)}
    >
      {counts.map((count, index) => {
        // A bar that holds anything at all can be seen.
        const height = count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT);
        return (
          <rect
            key={index}
            x={index * width}
            y={HEIGHT - height}
            width={Math.max(width - 0.6, 0.6)}
            height={height}
          />
        );
      })}
    </svg>
  );
}

const SHOWN = 3;

/** The most frequent values, the share of each as the length of a bar behind it. */
function TopValues({ profile }: { profile: Profile }): React.JSX.Element {
  const { top, rows } = profile;
  const all = top.map(({ value, count }) => `${value}: ${formatCount(count)}`).join(', ');
  return (
    <span className="jp-MlopsLab-topValues" title={all}>
      {top.slice(0, SHOWN).map(({ value, count }) => {
        const share = `${rows > 0 ? (100 * count) / rows : 0}%`;
        return (
          <span key={value} style={{ backgroundSize: `${share} 100%` }}>
            {value}
          </span>
        );
      })}
    </span>
  );
}
