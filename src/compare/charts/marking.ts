/** Owns how what plotly says of marked points becomes ids of runs; pure. */

/** The ids that the points of an event carry, each once; null where it tells of no points. */
export function idsOfPoints(data: unknown): string[] | null {
  const points = (data as { points?: readonly { customdata?: unknown }[] } | undefined)?.points;
  const ids = points
    ?.map(point => point.customdata)
    .filter((id): id is string => typeof id === 'string');
  return ids ? [...new Set(ids)] : null;
}

/** What a chart of points does when points are dragged around, clicked, or none are wanted. */
export function pointEvents(
  onSelect: (runIds: readonly string[]) => void,
  onOpen: (runId: string) => void
): Record<string, (data: unknown) => void> {
  return {
    plotly_selected: data => {
      const ids = idsOfPoints(data);
      // Plotly tells of no points when it takes its frame away for a new drawing.
      if (ids && ids.length > 0) {
        onSelect(ids);
      }
    },
    plotly_doubleclick: () => onSelect([]),
    plotly_click: data => idsOfPoints(data)?.slice(0, 1).forEach(onOpen)
  };
}
