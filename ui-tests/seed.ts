/** Owns runs that a test puts into the store over REST, as a client of any language would. */
import { expect, type APIRequestContext } from '@playwright/test';

const API = 'mlops-lab/api';
const STEPS = 40;
const BEGAN = Date.UTC(2026, 0, 5, 9, 0);
const MINUTE = 60_000;

export interface ISeeded {
  ids: string[];
  experiment: string;
}

/** Store `count` runs of an experiment: params, curves, tags, and every seventh one failed. */
export async function seedRuns(
  request: APIRequestContext,
  { experiment, count }: { experiment: string; count: number }
): Promise<ISeeded> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const depth = 3 + (number % 4) * 2;
    const rate = [0.01, 0.03, 0.1][number % 3] ?? 0.1;
    const made = await request.post(`${API}/runs`, {
      data: {
        experiment,
        name: `${['forest', 'boosting', 'linear'][number % 3]} ${number}`,
        started_at: BEGAN + number * MINUTE,
        params: { max_depth: depth, learning_rate: rate, scaler: number % 2 ? 'minmax' : 'none' },
        tags: { team: number % 2 ? 'growth' : 'core' }
      }
    });
    const { summary } = (await made.json()) as { summary: { id: string } };
    ids.push(summary.id);
    await request.post(`${API}/runs/${summary.id}/batch`, { data: pointsOf(number, depth, rate) });
    await request.patch(`${API}/runs/${summary.id}`, {
      data: {
        status: number % 7 === 6 ? 'failed' : 'finished',
        ended_at: BEGAN + number * MINUTE + 42_000
      }
    });
  }
  return { ids, experiment };
}

/** A loss that falls and an AUC that rises; both depend on the params. */
function pointsOf(number: number, depth: number, rate: number): object {
  const best = 0.7 + 0.01 * depth - Math.abs(Math.log10(rate) + 1.5) / 20;
  const metrics = Array.from({ length: STEPS }, (_, step) => [
    { name: 'auc', value: best - 0.2 * Math.exp(-step / 9) + Math.sin(step * number) / 400, step },
    { name: 'loss', value: 0.3 + 1.1 * Math.exp(-step * rate * 3), step }
  ]).flat();
  return {
    metrics: [...metrics, { name: 'revenue_eur', value: 271_828.5 + 31 * number, step: 0 }]
  };
}

const JOB_MS = 2 * MINUTE;

/** Make a notebook, a job of it that runs each working day, and let it succeed once and fail once. */
export async function seedJobs(request: APIRequestContext, path: string): Promise<void> {
  const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [] };
  const content = {
    cells: [
      { ...cell, id: 'rates', metadata: { tags: ['parameters'] }, source: 'rate = 0.1' },
      { ...cell, id: 'steps', source: 'steps = 1 / rate\nprint(f"{steps:.0f} steps")' }
    ],
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } },
    nbformat: 4,
    nbformat_minor: 5
  };
  await request.put(`api/contents/${path}`, { data: { type: 'notebook', content } });
  const made = await request.post(`${API}/definitions`, {
    data: {
      name: 'nightly',
      parameters: [{ name: 'rate', type: 'float', default: 0.1 }],
      notebook_path: path,
      schedule: { cron: '30 6 * * 1-5', timezone: 'Europe/Berlin' }
    }
  });
  const { id } = (await made.json()) as { id: string };
  for (const [rate, state] of [
    [0.1, 'succeeded'],
    [0, 'failed']
  ] as const) {
    await request.post(`${API}/jobs`, { data: { definition_id: id, parameters: { rate } } });
    const newest = async (): Promise<string> => {
      const answer = await request.get(`${API}/jobs`);
      return ((await answer.json()) as { jobs: { state: string }[] }).jobs[0]?.state ?? '';
    };
    await expect.poll(newest, { timeout: JOB_MS }).toBe(state);
  }
}
