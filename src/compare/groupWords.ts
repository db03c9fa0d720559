/** Owns how the groups of rows are called. */
import { useTrans } from '../components/hooks';
import type { GroupName } from './rows';

/** The word for each group. */
export function useGroupWords(): Record<GroupName, string> {
  const trans = useTrans();
  return {
    outcome: trans.__('Outcome'),
    metrics: trans.__('Metrics'),
    params: trans.__('Parameters'),
    data: trans.__('Data'),
    environment: trans.__('Environment'),
    hardware: trans.__('Hardware'),
    tags: trans.__('Tags'),
    code: trans.__('Code'),
    files: trans.__('Files')
  };
}

/** What folds so many equal rows of each group. */
export function useFoldWords(): (group: GroupName, count: number) => string {
  const trans = useTrans();
  return (group, count) => {
    switch (group) {
      case 'metrics':
        return trans._n('%1 equal metric', '%1 equal metrics', count, count);
      case 'params':
        return trans._n('%1 equal parameter', '%1 equal parameters', count, count);
      default:
        return trans._n('%1 equal row', '%1 equal rows', count, count);
    }
  };
}
