/** Owns how the sidebar puts lines into the notebook that is open, or into a new one. */
import {
  NotebookActions,
  type INotebookTracker,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

/** Puts code into the notebook that is open; makes one where none is. Fails where it is read-only. */
export interface IInserter {
  /** Whether a notebook is open. */
  readonly isOpen: boolean;
  /**
   * A line goes above the active cell; cell magics become its first line. Beside a cell that is not
   * code, or that must not be edited, they go into a new one below.
   */
  insert(code: string): Promise<void>;
  /** Code goes into a new cell below the active one. */
  addCell(code: string): Promise<void>;
}

/** A new notebook has the kernel that is the default, so that none need be chosen. */
export function makeInserter(
  notebooks: INotebookTracker,
  commands: CommandRegistry,
  kernelspecs: Pick<KernelSpec.IManager, 'specs'>,
  trans: TranslationBundle
): IInserter {
  const opened = async (): Promise<NotebookPanel | null> => {
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
  const current = async (): Promise<Notebook | null> => {
    const panel = await opened();
    if (panel?.context.model.readOnly || panel?.context.contentsModel?.writable === false) {
      throw new Error(
        trans.__(
          'The notebook “%1” is read-only. Open another one, then insert again.',
          panel.title.label
        )
      );
    }
    return panel?.content ?? null;
  };
  return {
    get isOpen() {
      return notebooks.currentWidget !== null;
    },
    insert: async code => {
      const notebook = await current();
      if (notebook) {
        await writeAfter(notebook, putIn(notebook, code));
      }
    },
    addCell: async code => {
      const notebook = await current();
      if (notebook) {
        makeCell(notebook, NotebookActions.insertBelow, code);
      }
    }
  };
}

/** Put code into the active cell or beside it; returns how that cell begins, up to where one goes on. */
function putIn(notebook: Notebook, code: string): string {
  const model = notebook.activeCell?.model;
  const isMagic = code.startsWith('%%');
  const begun = isMagic ? `${code}\n` : code;
  if (model?.type !== 'code' || model.getMetadata('editable') === false) {
    makeCell(notebook, NotebookActions.insertBelow, begun);
    return begun;
  }
  const source = model.sharedModel.getSource();
  if (isMagic) {
    if (!source.startsWith(code)) {
      model.sharedModel.setSource(begun + source);
    }
  } else if (source.trim() === '') {
    model.sharedModel.setSource(code);
  } else {
    makeCell(notebook, NotebookActions.insertAbove, code);
  }
  return begun;
}

/** Make a cell of code and go there; by default new cells may be of another kind. */
function makeCell(notebook: Notebook, insert: (notebook: Notebook) => void, code: string): void {
  insert(notebook);
  if (notebook.activeCell?.model.type !== 'code') {
    NotebookActions.changeCellType(notebook, 'code');
  }
  notebook.activeCell?.model.sharedModel.setSource(code);
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
