/** Owns how the notebook of a job is opened: read-only, without a kernel, at the failing cell. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import type { ILab } from '../api/tokens';
import { JOBS_DRIVE } from '../commands';
import { shortId } from '../components/format';
import { jobPath, revisionPath } from './drive';

const NO_KERNEL = { shouldStart: false, canStart: false, autoStartDefault: false };

export class JobNotebooks {
  constructor(options: {
    app: JupyterFrontEnd;
    lab: ILab;
    documents: IDocumentManager;
    notebooks: INotebookTracker;
  }) {
    this._options = options;
    options.notebooks.widgetAdded.connect(this._onNotebook, this);
  }

  /** Open the notebook of a job as far as it got, and go to the cell that failed. */
  async openJob(jobId: string): Promise<void> {
    const { lab, documents } = this._options;
    const job = await lab.client.getJob(jobId);
    const path = jobPath(job.id, `${job.definition_name} ${shortId(job.id)}`);
    const known = documents.findWidget(path);
    await this._open(path);
    const panel = this._options.notebooks.find(item => item.context.path === path);
    if (known && panel) {
      await panel.context.revert();
    }
    if (panel && job.failing_cell) {
      await reveal(panel, job.failing_cell.index);
    }
  }

  /** Open the notebook of a revision as its jobs will run it. */
  async openRevision(definitionId: string, number: number): Promise<void> {
    const revisions = await this._options.lab.client.listRevisions(definitionId);
    const source = revisions.find(revision => revision.number === number)?.notebook_path ?? '';
    const name = source.slice(source.lastIndexOf('/') + 1).replace(/\.ipynb$/, '');
    const { trans } = this._options.lab;
    await this._open(revisionPath(definitionId, number, trans.__('%1 revision %2', name, number)));
  }

  /** Show what has come since, if the notebook of this job is open. */
  async refresh(jobId: string): Promise<void> {
    const prefix = `${JOBS_DRIVE}:jobs/${jobId}/`;
    const panel = this._options.notebooks.find(item => item.context.path.startsWith(prefix));
    await panel?.context.revert();
  }

  private async _open(path: string): Promise<void> {
    const { app, documents } = this._options;
    const widget = documents.openOrReveal(path, 'Notebook', undefined, undefined, NO_KERNEL);
    if (widget) {
      app.shell.activateById(widget.id);
      await widget.revealed;
    }
  }

  /** Notebooks that a reload brings back must not start a kernel either. */
  private _onNotebook(_: INotebookTracker, panel: NotebookPanel): void {
    if (panel.context.path.startsWith(`${JOBS_DRIVE}:`)) {
      const { sessionContext } = panel.context;
      sessionContext.kernelPreference = { ...sessionContext.kernelPreference, ...NO_KERNEL };
    }
  }

  private readonly _options: ConstructorParameters<typeof JobNotebooks>[0];
}

async function reveal(panel: NotebookPanel, index: number): Promise<void> {
  await panel.context.ready;
  await panel.revealed;
  panel.content.activeCellIndex = index;
  await panel.content.scrollToItem(index, 'smart');
}
