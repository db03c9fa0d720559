/** Owns runs that a test puts into the store over REST, as a client of any language would. */
import type { APIRequestContext } from '@playwright/test';

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
