/** Owns the names by which features reach one another: commands, and the drive of jobs. */

import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { ILab } from './api/tokens';

export const CATEGORY = 'MLOps Lab';

/** The read-only drive in which the notebooks of jobs and revisions are opened. */
export const JOBS_DRIVE = 'mlops-lab-jobs';

export const CommandIds = {
  showRuns: 'mlops-lab:show-runs',
  filterRuns: 'mlops-lab:filter-runs',
  browseRuns: 'mlops-lab:browse-runs',
  groupRuns: 'mlops-lab:group-runs',
  sortRuns: 'mlops-lab:sort-runs',
  setDensity: 'mlops-lab:set-density',
  chooseColumns: 'mlops-lab:choose-columns',
  showNotebookRuns: 'mlops-lab:show-notebook-runs',
  showCellRuns: 'mlops-lab:show-cell-runs',
  renameRun: 'mlops-lab:rename-run',
  tagRun: 'mlops-lab:tag-run',
  noteRun: 'mlops-lab:note-run',
  pinRun: 'mlops-lab:pin-run',
  archiveRun: 'mlops-lab:archive-run',
  trashRun: 'mlops-lab:trash-run',
  restoreRun: 'mlops-lab:restore-run',
  insertRun: 'mlops-lab:insert-run',
  insertRunReference: 'mlops-lab:insert-run-reference',
  openRun: 'mlops-lab:open-run',
  compareRuns: 'mlops-lab:compare-runs',
  insertCode: 'mlops-lab:insert-code',
  restoreCode: 'mlops-lab:restore-code',
  restoreHistory: 'mlops-lab:restore-history',
  reproduceRun: 'mlops-lab:reproduce-run',
  toggleChips: 'mlops-lab:toggle-chips',
  promoteRun: 'mlops-lab:promote-run',
  promoteNotebook: 'mlops-lab:promote-notebook',
  openJobs: 'mlops-lab:open-jobs',
  submitJob: 'mlops-lab:submit-job',
  openJobNotebook: 'mlops-lab:open-job-notebook',
  openRevisionNotebook: 'mlops-lab:open-revision-notebook',
  openNotebookCell: 'mlops-lab:open-notebook-cell',
  copyLink: 'mlops-lab:copy-link',
  trackCell: 'mlops-lab:track-cell',
  comparePrevious: 'mlops-lab:compare-previous'
} as const;

/** The arguments of a command, as it describes them. */
export function describeArgs(properties: ReadonlyJSONObject): { args: ReadonlyJSONObject } {
  return { args: { type: 'object', properties } };
}

/** How commands that are about some runs describe their argument. */
export function runIdsArg({ trans }: Pick<ILab, 'trans'>): ReadonlyJSONObject {
  return {
    type: 'array',
    items: { type: 'string' },
    description: trans.__('The ids of the runs; without them those that are selected')
  };
}

/** How commands that are about one run describe their argument. */
export function runIdArg({ trans }: Pick<ILab, 'trans'>): ReadonlyJSONObject {
  return {
    type: 'string',
    description: trans.__('The id of the run; without it the one that is selected')
  };
}
