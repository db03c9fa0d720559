/** Owns what the tracking column does with open notebooks: put lines in, and go to a cell. */
import { NotebookActions, type INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';

/** Puts code into the notebook that is open. */
export interface IInserter {
  readonly isEnabled: boolean;
  insert(code: string): void;
}

/** Lines go into a new cell above the active one; cell magics become its first line. */
export function makeInserter(notebooks: INotebookTracker): IInserter {
  return {
    get isEnabled() {
      return notebooks.currentWidget !== null;
    },
    insert: code => {
      const notebook = notebooks.currentWidget?.content;
      if (!notebook?.activeCell) {
        return;
      }
      if (!code.startsWith('%%')) {
        NotebookActions.insertAbove(notebook);
        notebook.activeCell.model.sharedModel.setSource(code);
        return;
      }
      const { sharedModel } = notebook.activeCell.model;
      const source = sharedModel.getSource();
      if (!source.startsWith(code)) {
        sharedModel.setSource(`${code}\n${source}`);
      }
    }
  };
}

/** Open a notebook and bring one of its cells into view, if it is still there. */
export async function openNotebookCell(
  commands: CommandRegistry,
  notebooks: INotebookTracker | null,
  place: { path: string; cellId: string | null }
): Promise<void> {
  await commands.execute('docmanager:open', { path: place.path });
  const panel = notebooks?.find(item => item.context.path === place.path);
  if (panel && place.cellId !== null) {
    await revealCell(panel, place.cellId);
  }
}

async function revealCell(panel: NotebookPanel, cellId: string): Promise<void> {
  await panel.context.ready;
  await panel.revealed;
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
  if (index >= 0) {
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'smart');
  }
}
