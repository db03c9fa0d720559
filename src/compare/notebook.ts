/** Owns how code comes from a comparison into the notebook that is open. */
import { NotebookActions, type INotebookTracker } from '@jupyterlab/notebook';

/** Puts code into a new cell below the active one; null while no notebook is open. */
export function inserterOf(notebooks: INotebookTracker | null): ((code: string) => void) | null {
  const panel = notebooks?.currentWidget;
  if (!panel) {
    return null;
  }
  return code => {
    const notebook = panel.content;
    NotebookActions.insertBelow(notebook);
    notebook.activeCell?.model.sharedModel.setSource(code);
    void notebook.scrollToItem(notebook.activeCellIndex, 'smart');
  };
}
