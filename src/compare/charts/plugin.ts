/** Owns the command that puts code into a notebook: below the active cell, or into a new one. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';

import { ILab } from '../../api/tokens';
import { CommandIds } from '../../commands';

export const chartCodePlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:insert-code',
  description: 'Inserts code, such as that of a chart, into the active notebook.',
  autoStart: true,
  requires: [ILab],
  optional: [INotebookTracker],
  activate: (app: JupyterFrontEnd, lab: ILab, notebooks: INotebookTracker | null): void => {
    const { trans } = lab;
    app.commands.addCommand(CommandIds.insertCode, {
      label: trans.__('Insert Code'),
      caption: trans.__('Insert code below the active cell, or into a new notebook'),
      describedBy: {
        args: {
          type: 'object',
          required: ['code'],
          properties: { code: { type: 'string', description: trans.__('The code of the cell') } }
        }
      },
      isVisible: args => typeof args['code'] === 'string',
      isEnabled: args => typeof args['code'] === 'string',
      execute: async args => {
        const panel = notebooks?.currentWidget ?? (await newNotebook(app));
        if (panel) {
          app.shell.activateById(panel.id);
          await insertBelow(panel, textOf(args['code']));
        }
      }
    });
  }
};

function textOf(code: unknown): string {
  return typeof code === 'string' ? code : '';
}

async function newNotebook(app: JupyterFrontEnd): Promise<NotebookPanel | undefined> {
  return (await app.commands.execute('notebook:create-new', { activate: true })) as
    NotebookPanel | undefined;
}

/** The new cell is one step of the notebook's own undo history; an empty active cell gives way. */
async function insertBelow(panel: NotebookPanel, code: string): Promise<void> {
  await panel.context.ready;
  await panel.revealed;
  const { content } = panel;
  const shared = content.model?.sharedModel;
  if (!shared) {
    return;
  }
  const active = content.activeCell ? content.activeCellIndex : shared.cells.length - 1;
  const cell = shared.cells[active];
  const isBlank = cell?.cell_type === 'code' && cell.getSource() === '';
  const at = isBlank ? active : active + 1;
  shared.transact(() => {
    shared.insertCell(at, { cell_type: 'code', source: code, metadata: { trusted: true } });
    if (isBlank) {
      shared.deleteCell(at + 1);
    }
  });
  content.activeCellIndex = at;
  await content.scrollToItem(at, 'smart');
}
