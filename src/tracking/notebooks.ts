/** Owns how the sidebar puts lines into the notebook that is open, or into a new one. */
import type { Cell } from '@jupyterlab/cells';
import {
  NotebookActions,
  type INotebookTracker,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import type { CommandRegistry } from '@lumino/commands';

/** Puts code into the notebook that is open; makes one where none is. */
export interface IInserter {
  /** Whether a notebook is open. */
  readonly isOpen: boolean;
  /** A line goes above the active cell; cell magics become its first line. */
  insert(code: string): Promise<void>;
  /** Code goes into a new cell below the active one. */
  addCell(code: string): Promise<void>;
}

/** A new notebook has the kernel that is the default, so that none need be chosen. */
export function makeInserter(
  notebooks: INotebookTracker,
  commands: CommandRegistry,
  kernelspecs: Pick<KernelSpec.IManager, 'specs'>
): IInserter {
  const current = async (): Promise<NotebookPanel | null> => {
    if (!notebooks.currentWidget) {
      const kernelName = kernelspecs.specs?.default;
      const made = (await commands.execute('notebook:create-new', {
        activate: true,
        ...(kernelName !== undefined && { kernelName })
      })) as NotebookPanel | undefined;
      const panel = made ?? notebooks.currentWidget;
      await panel?.context.ready;
      await panel?.revealed;
      return panel;
    }
    return notebooks.currentWidget;
  };
  return {
    get isOpen() {
      return notebooks.currentWidget !== null;
    },
    insert: async code => {
      const notebook = (await current())?.content;
      if (notebook?.activeCell) {
        await writeAfter(notebook, putIn(notebook, notebook.activeCell, code));
      }
    },
    addCell: async code => {
      const notebook = (await current())?.content;
      if (notebook) {
        NotebookActions.insertBelow(notebook);
        notebook.activeCell?.model.sharedModel.setSource(code);
      }
    }
  };
}

/** Put code into a cell or above it; returns how the cell then begins, up to where one goes on. */
function putIn(notebook: Notebook, active: Cell, code: string): string {
  const { sharedModel } = active.model;
  const source = sharedModel.getSource();
  if (code.startsWith('%%')) {
    if (!source.startsWith(code)) {
      sharedModel.setSource(`${code}\n${source}`);
    }
    return `${code}\n`;
  }
  if (source.trim() !== '') {
    NotebookActions.insertAbove(notebook);
  }
  notebook.activeCell?.model.sharedModel.setSource(code);
  return code;
}

/** The user goes on in the cell, after what was put in. */
async function writeAfter(notebook: Notebook, code: string): Promise<void> {
  const cell = notebook.activeCell;
  notebook.mode = 'edit';
  await cell?.ready;
  const { editor } = cell ?? {};
  editor?.setCursorPosition(editor.getPositionAt(code.length) ?? { line: 0, column: 0 });
  editor?.focus();
}
