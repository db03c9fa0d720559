/** Owns what the runs of an experiment took in all and which is the best of them, as facts; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Experiment } from '../api/types';
import type { IFact } from '../components/facts';
import { formatBytes, formatCount, formatDuration, formatNumber } from '../components/format';

/** The facts of the experiment of a run; its name alone until the rest is known. */
export function experimentFacts(
  name: string,
  experiment: Experiment | null,
  trans: TranslationBundle,
  open: (runId: string) => void
): IFact[] {
  if (!experiment) {
    return [{ name: trans.__('Experiment'), value: name }];
  }
  const { runs, max_peak_memory: memory } = experiment;
  const count = experiment.is_exact
    ? trans._n('%2 run', '%2 runs', runs, formatCount(runs))
    : trans.__('%1 runs or more', formatCount(runs));
  const time = formatDuration(experiment.total_duration_ms, trans);
  const cpu = formatDuration(experiment.total_cpu_ms, trans);
  return [
    { name: trans.__('Experiment'), value: trans.__('%1, %2', name, count) },
    ...bestFacts(experiment, trans, open),
    {
      name: experiment.is_exact
        ? trans.__('Total time of all runs')
        : trans.__('Total time of the newest %1 runs', formatCount(runs)),
      value: trans.__('%1, CPU %2', time, cpu)
    },
    {
      name: experiment.is_exact
        ? trans.__('Highest peak memory of all runs')
        : trans.__('Highest peak memory of these runs'),
      value: memory === null ? null : formatBytes(memory)
    }
  ];
}

function bestFacts(
  { primary_metric: metric, direction, best, best_run_id: id }: Experiment,
  trans: TranslationBundle,
  open: (runId: string) => void
): IFact[] {
  if (metric === null || best === null) {
    return [];
  }
  const words = { max: trans.__('higher is better'), min: trans.__('lower is better') };
  const value = formatNumber(best);
  return [
    {
      name: trans.__('Best %1', metric),
      value: direction ? trans.__('%1, %2', value, words[direction]) : value,
      onClick: id === null ? undefined : () => open(id)
    }
  ];
}
