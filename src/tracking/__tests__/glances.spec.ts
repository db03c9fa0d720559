import { expect, it, onTestFinished, vi } from 'vitest';

import type { Experiment } from '../../api/types';
import { Glances } from '../glances';

it('asks again for an experiment that could not be read, when its runs are wanted next', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const listExperiments = vi.fn(async () => [{ name: 'e', run_count: 1 } as unknown as Experiment]);
  const glances = new Glances({ listExperiments, listGlances: async () => [] }, () => undefined);
  onTestFinished(() => glances.dispose());
  const runs = [{ id: 'a', experiment: 'e' }];
  glances.want(runs);
  await vi.advanceTimersByTimeAsync(5000);
  glances.ageExperiments(['e']);
  listExperiments.mockRejectedValueOnce(new Error('busy'));
  glances.want(runs);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(listExperiments).toHaveBeenCalledTimes(2);
  glances.want(runs);
  await vi.advanceTimersByTimeAsync(5000);
  expect(listExperiments).toHaveBeenCalledTimes(3);
});
