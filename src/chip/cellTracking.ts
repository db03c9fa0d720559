/** Owns how a cell is tracked by a button: its line, and what loads the extension. */
import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { isLoading, isTracked, LOAD_LINE, withoutTrack, withTrack } from './trackLine';

/**
 * Put the line that tracks it at the top of a cell, or take it out.
 *
 * Where no cell of the notebook loads the extension, one that does is put first and run, so that
 * the notebook works now and after a restart; a notice says so, and takes both back.
 */
export async function toggleTracking(
  panel: NotebookPanel,
  cell: Cell,
  trans: TranslationBundle
): Promise<void> {
  const { sharedModel } = cell.model;
  const source = sharedModel.getSource();
  if (isTracked(source)) {
    sharedModel.setSource(withoutTrack(source));
    return;
  }
  sharedModel.setSource(withTrack(source));
  if (!hasLoadCell(panel)) {
    insertLoadCell(panel, cell, trans, () => {
      if (!cell.isDisposed) {
        sharedModel.setSource(withoutTrack(sharedModel.getSource()));
      }
    });
    const { content, sessionContext } = panel;
    const first = content.widgets[0];
    if (first && sessionContext.session?.kernel) {
      await NotebookActions.runCells(content, [first], sessionContext);
    }
  }
}

/**
 * Load the extension into the kernel of a notebook, and run a cell of it again.
 *
 * Nothing is put into the notebook where a cell of it loads the extension. Resolves with what the
 * kernel said where it could not load it, and with null where all went well.
 */
export async function loadAndRun(
  panel: NotebookPanel,
  cell: Cell,
  trans: TranslationBundle
): Promise<string | null> {
  const { content, sessionContext } = panel;
  const kernel = sessionContext.session?.kernel;
  if (!kernel) {
    return trans.__('No kernel is running');
  }
  const silently = { code: LOAD_LINE, silent: true, store_history: false, allow_stdin: false };
  const { content: said } = await kernel.requestExecute(silently).done;
  if (said.status !== 'ok') {
    return 'evalue' in said ? `${said.ename}: ${said.evalue}` : said.status;
  }
  if (!hasLoadCell(panel)) {
    // The kernel has loaded already; the cell is for the next restart.
    insertLoadCell(panel, cell, trans, () => undefined);
  }
  await NotebookActions.runCells(content, [cell], sessionContext);
  return null;
}

function hasLoadCell({ content }: NotebookPanel): boolean {
  const cells = content.model?.sharedModel.cells ?? [];
  return cells.some(item => item.cell_type === 'code' && isLoading(item.getSource()));
}

/** Put the cell that loads at the top; a notice takes it back, and does `undoMore`. */
function insertLoadCell(
  panel: NotebookPanel,
  cell: Cell,
  trans: TranslationBundle,
  undoMore: () => void
): void {
  const { content } = panel;
  const notebook = content.model?.sharedModel;
  if (!notebook) {
    return;
  }
  const metadata = { trusted: true };
  const made = notebook.insertCell(0, { cell_type: 'code', source: LOAD_LINE, metadata });
  content.activeCellIndex = content.widgets.indexOf(cell);
  const undo = (): void => {
    undoMore();
    const at = notebook.cells.findIndex(item => item.id === made.id);
    if (at >= 0 && notebook.cells[at]?.getSource() === LOAD_LINE) {
      notebook.deleteCell(at);
    }
  };
  Notification.info(trans.__('“%1” was put into a cell at the top of the notebook.', LOAD_LINE), {
    autoClose: 8000,
    actions: [{ label: trans.__('Undo'), callback: undo }]
  });
}
