/** Owns how what plotly says of marked points becomes ids of runs; pure. */

/** The ids that the points of an event carry, each once. */
export function idsOfPoints(data: unknown): string[] {
  const points = (data as { points?: readonly { customdata?: unknown }[] } | undefined)?.points;
  const ids = (points ?? [])
    .map(point => point.customdata)
    .filter((id): id is string => typeof id === 'string');
  return [...new Set(ids)];
}
