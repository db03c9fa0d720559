/** Owns the names of our commands; features reach one another by these alone. */

export const CATEGORY = 'MLOps Lab';

export const CommandIds = {
  showRuns: 'mlops-lab:show-runs',
  openRun: 'mlops-lab:open-run',
  compareRuns: 'mlops-lab:compare-runs',
  promoteRun: 'mlops-lab:promote-run',
  promoteNotebook: 'mlops-lab:promote-notebook',
  openJobs: 'mlops-lab:open-jobs',
  submitJob: 'mlops-lab:submit-job',
  openJobNotebook: 'mlops-lab:open-job-notebook',
  openRevisionNotebook: 'mlops-lab:open-revision-notebook',
  openNotebookCell: 'mlops-lab:open-notebook-cell'
} as const;
