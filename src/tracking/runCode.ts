/** Owns how a run is written in a notebook: its own code, or a line that reads it. */
import type { Run } from '../api/types';

/** The code of the cells of a run, as it ran. */
export function codeOf(run: Run): string {
  return run.cells.map(cell => cell.source).join('\n\n');
}

/** A line that reads the run, wherever the extension is loaded. */
export function referenceOf(runId: string): string {
  return [
    'import mlops_lab as lab',
    '',
    `run = lab.search_runs("id = '${runId}'", output_format="list")[0]`,
    'run.data.metrics'
  ].join('\n');
}
