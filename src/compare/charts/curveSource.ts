/** Owns where the points of curves and the groups of runs come from: the one place that asks for them. */
import type { LabClient } from '../../api/client';
import type { MetricSeries } from '../../api/types';

export type ChartClient = Pick<LabClient, 'getCurves' | 'getSeries' | 'listRuns' | 'listNames'>;

/** So many points of all curves of a metric together are smooth to draw. */
const ROOM = 12_000;
const FEWEST_POINTS = 120;
const MOST_POINTS = 1000;

/** So many runs at most are read again, more finely, for the part that is shown. */
export const REFINED_RUNS = 24;
const FINEST_POINTS = 20_000;
const MOST_TAGS = 50;

/** Lets the first chart have its points before the server works on those of the others. */
export class FirstAlone {
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (!this._first) {
      const first = question();
      this._first = first.then(
        () => undefined,
        () => undefined
      );
      return first;
    }
    await this._first;
    return question();
  }

  private _first: Promise<void> | null = null;
}

/** The points of a metric of those runs that logged it, as fine as one chart of them can show. */
export function loadCurves(
  client: ChartClient,
  runIds: readonly string[],
  options: { metric: string; signal: AbortSignal }
): Promise<MetricSeries[]> {
  const { metric, signal } = options;
  const points = Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, Math.floor(ROOM / runIds.length)));
  return client.getCurves(runIds, { metric, max_points: points }, signal);
}

/**
 * The same series with so many points that the part which is shown has enough of them.
 *
 * `share` is how much of the whole is shown. Series that are complete already stay.
 */
export async function refine(
  client: ChartClient,
  series: readonly MetricSeries[],
  options: { share: number; signal: AbortSignal }
): Promise<MetricSeries[]> {
  const points = Math.min(FINEST_POINTS, Math.ceil(MOST_POINTS / options.share));
  return Promise.all(
    series.map(async item =>
      item.count <= item.points.length || item.points.length >= points
        ? item
        : client.getSeries(item.run_id, item.name, options.signal, points)
    )
  );
}

/** The names of tags by which runs can be grouped, the most used first. */
export async function tagNames(client: ChartClient, signal: AbortSignal): Promise<string[]> {
  return (await client.listNames({ kind: 'tags', limit: MOST_TAGS }, signal)).map(
    ({ name }) => name
  );
}

/** The value of a tag of each run that has it. */
export async function tagValues(
  client: ChartClient,
  runIds: readonly string[],
  options: { name: string; signal: AbortSignal }
): Promise<Map<string, string>> {
  const column = `tags.${quoted(options.name)}`;
  const list = runIds.map(id => `'${id}'`).join(', ');
  const page = await client.listRuns(
    { filter: `id IN (${list})`, columns: [column], limit: runIds.length },
    options.signal
  );
  return new Map(
    page.runs.flatMap((run, index) => {
      const value = Object.values(page.values[index] ?? {})[0];
      return value === null || value === undefined ? [] : [[run.id, String(value)]];
    })
  );
}

/** A name as the language of filters takes it. */
export function quoted(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `\`${name}\``;
}
