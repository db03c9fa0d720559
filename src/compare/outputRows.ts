/** Owns which outputs of compared runs stand side by side; pure. */
import type { Output, RunCapture } from '../api/types';

export type OutputKind = 'text' | 'figure' | 'table' | 'error';

/** The same output of each run, in the order of the runs; null where a run has none. */
export interface IOutputRow {
  kind: OutputKind;
  /** Counts the outputs of the kind, from 1. */
  number: number;
  outputs: readonly (Output | null)[];
  isEqual: boolean;
}

/** The n-th output of a kind of each run stands beside the n-th of the others. */
export function outputRows(
  captures: ReadonlyMap<string, RunCapture>,
  runIds: readonly string[]
): IOutputRow[] {
  const lists = runIds.map(runId => captures.get(runId)?.outputs?.outputs ?? []);
  const kinds: OutputKind[] = ['figure', 'table', 'text', 'error'];
  return kinds.flatMap(kind => {
    const found = lists.map(list => list.filter(output => kindOf(output) === kind));
    const most = Math.max(0, ...found.map(list => list.length));
    return Array.from({ length: most }, (_, index) => {
      const outputs = found.map(list => list[index] ?? null);
      const forms = new Set(outputs.map(output => output && JSON.stringify(output.data)));
      return { kind, number: index + 1, outputs, isEqual: forms.size === 1 };
    });
  });
}

function kindOf({ kind, data }: Output): OutputKind {
  if (kind === 'error') {
    return 'error';
  }
  const types = Object.keys(data);
  const isFigure = types.some(type => /^image\/|plotly|vega|bokeh/.test(type));
  if (isFigure) {
    return 'figure';
  }
  return types.includes('text/html') ? 'table' : 'text';
}
