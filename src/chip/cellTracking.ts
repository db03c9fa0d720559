/** Owns how a cell is tracked by a button: its line, and the cell that loads the extension. */
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
  const cells = panel.content.model?.sharedModel.cells ?? [];
  if (!cells.some(item => item.cell_type === 'code' && isLoading(item.getSource()))) {
    await load(panel, cell, trans);
  }
}

async function load(panel: NotebookPanel, cell: Cell, trans: TranslationBundle): Promise<void> {
  const { content, sessionContext } = panel;
  const notebook = content.model?.sharedModel;
  if (!notebook) {
    return;
  }
  const metadata = { trusted: true };
  const made = notebook.insertCell(0, { cell_type: 'code', source: LOAD_LINE, metadata });
  content.activeCellIndex = content.widgets.indexOf(cell);
  const undo = (): void => {
    if (!cell.isDisposed) {
      cell.model.sharedModel.setSource(withoutTrack(cell.model.sharedModel.getSource()));
    }
    const at = notebook.cells.findIndex(item => item.id === made.id);
    if (at >= 0 && notebook.cells[at]?.getSource() === LOAD_LINE) {
      notebook.deleteCell(at);
    }
  };
  Notification.info(trans.__('“%1” was put into a cell at the top of the notebook.', LOAD_LINE), {
    autoClose: 8000,
    actions: [{ label: trans.__('Undo'), callback: undo }]
  });
  const first = content.widgets[0];
  if (first && sessionContext.session?.kernel) {
    await NotebookActions.runCells(content, [first], sessionContext);
  }
}
