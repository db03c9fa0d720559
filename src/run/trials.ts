/** Owns the runs that a run holds: their rows, with the params in which they differ. */
import type { LabClient } from '../api/client';
import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { Comparison, RunSummary } from '../api/types';

/** Trials that are fetched at once; the server compares no more. */
const PAGE = 200;

export interface ITrials {
  runs: readonly RunSummary[];
  total: number;
  cursor: string | null;
  /** Names of the params in which the trials differ. */
  names: readonly string[];
  /** Values of those params, by the id of the trial. */
  values: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Fetch at least as many as this. */
  wanted: number;
  /** Why some of them, or their params, could not be fetched. */
  error: ApiError | null;
}

export const NO_TRIALS: ITrials = {
  runs: [],
  total: 0,
  cursor: null,
  names: [],
  values: new Map(),
  wanted: 0,
  error: null
};

type TrialsClient = Pick<LabClient, 'listRuns' | 'getDifferences'>;

/** The trials that follow on `known`, added to it; what fails is told by their `error`. */
export async function fetchTrials(
  client: TrialsClient,
  parent: string,
  known: ITrials,
  signal?: AbortSignal
): Promise<ITrials> {
  let trials: ITrials = { ...known, error: null };
  do {
    try {
      trials = await fetchPage(client, parent, trials, signal);
    } catch (error) {
      return { ...trials, error: asApiError(error) };
    }
  } while (trials.cursor !== null && trials.runs.length < known.wanted);
  return trials;
}

async function fetchPage(
  client: TrialsClient,
  parent: string,
  known: ITrials,
  signal?: AbortSignal
): Promise<ITrials> {
  const page = await client.listRuns({ parent, limit: PAGE, cursor: known.cursor }, signal);
  const rows = {
    ...known,
    runs: [...known.runs, ...page.runs],
    total: page.total,
    cursor: page.next_cursor
  };
  const ids = page.runs.map(run => run.id);
  // Two are the fewest that can be compared; one alone differs from none.
  if (ids.length < 2) {
    return rows;
  }
  try {
    return withParams(rows, await client.getDifferences(ids, signal));
  } catch (error) {
    return { ...rows, error: asApiError(error) };
  }
}

function withParams(known: ITrials, { runs, params }: Comparison): ITrials {
  const names = new Set(known.names);
  const values = new Map(known.values);
  for (const { name, values: all, equal } of params) {
    if (!equal) {
      names.add(name);
    }
    runs.forEach(({ id }, index) => {
      const value = all[index];
      if (value !== null && value !== undefined) {
        values.set(id, new Map(values.get(id)).set(name, String(value)));
      }
    });
  }
  return { ...known, names: [...names], values };
}
