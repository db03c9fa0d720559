/** Owns reading what is known of all runs of some experiments, a page at a time; it says how far it got. */
import type { RunSummary } from '../../api/types';
import { quoted, type ChartClient } from './curveSource';
import { isSystem } from '../../components/system';
import { tableOf, type IRunTable, type NamedValues } from './runTable';

/** So many runs at most are read, the newest. */
export const MOST_RUNS = 2000;

/** So many columns a page of runs can have. */
const MOST_COLUMNS = 100;

const PAGE = 500;

export interface IManyRuns {
  table: IRunTable;
  /** How many runs there are. */
  total: number;
}

/** The table of the newest runs of the experiments, with the columns of these names. */
export async function loadAllRuns(
  client: ChartClient,
  options: {
    experiments: readonly string[];
    params: readonly string[];
    metrics: readonly string[];
    signal: AbortSignal;
  }
): Promise<IManyRuns> {
  const { experiments, signal } = options;
  const metrics = options.metrics.filter(name => !isSystem(name)).slice(0, MOST_COLUMNS / 2);
  const params = options.params.slice(0, MOST_COLUMNS - metrics.length);
  const columns = [
    ...params.map(name => `params.${quoted(name)}`),
    ...metrics.map(name => `metrics.${quoted(name)}`)
  ];
  const names = experiments.map(name => `'${name.replace(/'/g, "''")}'`).join(', ');
  const filter = `experiment IN (${names})`;
  const runs: RunSummary[] = [];
  const values: Record<string, string | number | null>[] = [];
  let cursor: string | null = null;
  let total: number;
  do {
    const limit = Math.min(PAGE, MOST_RUNS - runs.length);
    const page = await client.listRuns({ filter, columns, limit, cursor }, signal);
    runs.push(...page.runs);
    values.push(...page.values);
    total = Math.max(page.total, runs.length);
    cursor = page.next_cursor;
  } while (cursor !== null && runs.length < MOST_RUNS);
  const named = (name: string, column: string | undefined): NamedValues => ({
    name,
    values: values.map(row => row[column ?? ''] ?? null)
  });
  const table = tableOf(
    runs,
    params.map((name, index) => named(name, columns[index])),
    metrics.map((name, index) => named(name, columns[params.length + index]))
  );
  return { table, total };
}
