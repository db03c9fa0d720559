/** Owns how the charts of a comparison are laid out, as far as it is kept over a reload; pure. */
import type { Along } from '../../components/charts/curves';
import type { Spread } from '../../components/charts/grouping';

export const CHART_KINDS = [
  'curves',
  'scatter',
  'parallel',
  'importance',
  'contour',
  'box'
] as const;

export type ChartKind = (typeof CHART_KINDS)[number];

export interface ICurveSettings {
  along: Along;
  smoothing: number;
  isLogX: boolean;
  /** Key of what runs are grouped by; empty when they are not. */
  groupBy: string;
  spread: Spread;
}

/** What was chosen in a chart: columns by their keys, switches, lists of columns. */
export type IChoice = Readonly<Record<string, string | boolean | readonly string[]>>;

export interface IChartsLayout {
  kind: ChartKind;
  curves: ICurveSettings;
  /** What was chosen in each kind of chart besides. */
  choices: Readonly<Record<string, IChoice>>;
}

export const PLAIN_CHARTS: IChartsLayout = {
  kind: 'curves',
  curves: { along: 'step', smoothing: 0, isLogX: false, groupBy: '', spread: 'range' },
  choices: {}
};

const ALONG: readonly Along[] = ['step', 'time', 'clock'];
const SPREADS: readonly Spread[] = ['range', 'deviation'];

/** What was kept; what is not understood of it is as if nothing had been kept. */
export function chartsFromJson(kept: unknown): IChartsLayout {
  const { kind, curves, choices } = objectOf(kept);
  const { along, smoothing, isLogX, groupBy, spread } = objectOf(curves);
  const plain = PLAIN_CHARTS.curves;
  const isShare = typeof smoothing === 'number' && smoothing >= 0 && smoothing < 1;
  return {
    kind: CHART_KINDS.find(item => item === kind) ?? PLAIN_CHARTS.kind,
    curves: {
      along: ALONG.find(item => item === along) ?? plain.along,
      smoothing: isShare ? smoothing : plain.smoothing,
      isLogX: isLogX === true,
      groupBy: typeof groupBy === 'string' ? groupBy : plain.groupBy,
      spread: SPREADS.find(item => item === spread) ?? plain.spread
    },
    choices: Object.fromEntries(
      Object.entries(objectOf(choices)).map(([chart, choice]) => [chart, choiceOf(choice)])
    )
  };
}

function choiceOf(kept: unknown): IChoice {
  const isKnown = (value: unknown): value is IChoice[string] =>
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (Array.isArray(value) && value.every(item => typeof item === 'string'));
  return Object.fromEntries(
    Object.entries(objectOf(kept)).filter((entry): entry is [string, IChoice[string]] =>
      isKnown(entry[1])
    )
  );
}

function objectOf(kept: unknown): Record<string, unknown> {
  return typeof kept === 'object' && kept !== null ? { ...kept } : {};
}
