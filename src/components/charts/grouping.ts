/** Owns the mean of several curves with their spread; pure. */
/** So many places at most carry a mean. */
const MAX_PLACES = 400;

/** Points by growing place; null is a gap. */
export interface ITrace {
  x: number[];
  y: (number | null)[];
}

export type Spread = 'range' | 'deviation';

/** The mean of a group at each place, with what lies around it. */
export interface IBand {
  x: number[];
  mean: number[];
  low: number[];
  high: number[];
  /** How many curves reach each place. */
  counts: number[];
}

/**
 * The mean of the curves where they are known, straight lines between their points.
 *
 * The spread is the lowest and highest value, or the standard deviation of the sample to both sides.
 */
export function bandOf(traces: readonly ITrace[], spread: Spread): IBand {
  const band: IBand = { x: [], mean: [], low: [], high: [], counts: [] };
  const readers = traces.map(valueReader);
  for (const x of placesOf(traces)) {
    const values = readers.map(read => read(x)).filter(value => value !== null);
    if (values.length === 0) {
      continue;
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const [low, high] =
      spread === 'range' ? [Math.min(...values), Math.max(...values)] : around(values, mean);
    band.x.push(x);
    band.mean.push(mean);
    band.low.push(low);
    band.high.push(high);
    band.counts.push(values.length);
  }
  return band;
}

function around(values: readonly number[], mean: number): [number, number] {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
  return [mean - deviation, mean + deviation];
}

/** The places of all points; evenly chosen among them where they are too many. */
function placesOf(traces: readonly ITrace[]): number[] {
  const all = [...new Set(traces.flatMap(trace => trace.x))].sort((one, other) => one - other);
  if (all.length <= MAX_PLACES) {
    return all;
  }
  const last = all.length - 1;
  const places = Array.from(
    { length: MAX_PLACES },
    (_, index) => all[Math.round((index * last) / (MAX_PLACES - 1))] ?? 0
  );
  return [...new Set(places)];
}

/** Reads a curve at growing places. */
function valueReader(trace: ITrace): (x: number) => number | null {
  const known = trace.x.flatMap((x, index) => {
    const y = trace.y[index];
    return y === null || y === undefined ? [] : [[x, y] as const];
  });
  let at = 0;
  return x => {
    while (at < known.length - 1 && (known[at + 1]?.[0] ?? Infinity) <= x) {
      at += 1;
    }
    const before = known[at];
    if (!before || x < before[0]) {
      return null;
    }
    if (before[0] === x) {
      return before[1];
    }
    const after = known[at + 1];
    return after
      ? before[1] + ((after[1] - before[1]) * (x - before[0])) / (after[0] - before[0])
      : null;
  };
}
