/** Owns how the sidebar puts lines into the notebook that is open. */
import { NotebookActions, type INotebookTracker } from '@jupyterlab/notebook';

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
