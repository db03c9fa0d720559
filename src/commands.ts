/** Owns the names by which features reach one another: commands, and the drive of jobs. */

export const CATEGORY = 'MLOps Lab';

/** The read-only drive in which the notebooks of jobs and revisions are opened. */
export const JOBS_DRIVE = 'mlops-lab-jobs';

export const CommandIds = {
  showRuns: 'mlops-lab:show-runs',
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
  openNotebookCell: 'mlops-lab:open-notebook-cell'
} as const;
