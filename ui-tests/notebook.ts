/** Owns how the journey works in the example notebook. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';

declare global {
  interface Window {
    jupyterapp: JupyterFrontEnd;
  }
}

const TRACKED_CELL = 'train';

/** Execute a command and wait for its end; what it returns stays in the browser. */
export async function execute(
  page: IJupyterLabPageFixture,
  id: string,
  args: Record<string, string> = {}
): Promise<void> {
  await page.evaluate(
    async ([command, options]) => {
      await window.jupyterapp.commands.execute(command, options);
    },
    [id, args] as const
  );
}

/** Open the notebook and wait until its kernel can work. */
export async function openNotebook(page: IJupyterLabPageFixture, path: string): Promise<void> {
  await execute(page, 'docmanager:open', { path });
  await page.waitForFunction(() => {
    const panel = window.jupyterapp.shell.currentWidget as Partial<NotebookPanel> | null;
    return panel?.sessionContext?.session?.kernel?.status === 'idle';
  });
}

/** Run all cells and wait for the last one to end. */
export async function runAll(page: IJupyterLabPageFixture): Promise<void> {
  await execute(page, 'notebook:run-all-cells');
}

/** Replace text in the tracked cell. */
export async function edit(
  page: IJupyterLabPageFixture,
  replacements: Record<string, string>
): Promise<void> {
  await page.evaluate(
    ([cellId, changes]) => {
      const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
      const index = content.widgets.findIndex(cell => cell.model.id === cellId);
      content.activeCellIndex = index;
      const source = content.widgets[index]!.model.sharedModel;
      let text = source.getSource();
      for (const [old, fresh] of Object.entries(changes)) {
        text = text.replace(old, fresh);
      }
      source.setSource(text);
    },
    [TRACKED_CELL, replacements] as const
  );
}

/**
 * Run the tracked cell, and return the milliseconds from its end until the sidebar shows one more
 * run that has this status.
 */
export async function runTrackedCell(
  page: IJupyterLabPageFixture,
  status: string
): Promise<number> {
  return page.evaluate(
    async ([cellId, word]) => {
      const app = window.jupyterapp;
      const { content } = app.shell.currentWidget as NotebookPanel;
      content.activeCellIndex = content.widgets.findIndex(cell => cell.model.id === cellId);
      const count = (): number =>
        document.querySelectorAll(`#mlops-lab-runs [role=treeitem] svg[aria-label="${word}"]`)
          .length;
      const before = count();
      await app.commands.execute('notebook:run-cell').catch(() => undefined);
      const end = performance.now();
      while (count() === before && performance.now() - end < 60_000) {
        await new Promise(resolve => requestAnimationFrame(resolve));
      }
      return performance.now() - end;
    },
    [TRACKED_CELL, status] as const
  );
}

/** The ids of the cells, in their order. */
export async function cellIds(page: IJupyterLabPageFixture): Promise<string[]> {
  return page.evaluate(() => {
    const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
    return content.widgets.map(cell => cell.model.id);
  });
}

/** The source of a cell. */
export async function sourceOf(page: IJupyterLabPageFixture, id: string): Promise<string> {
  return page.evaluate(cellId => {
    const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
    const cell = content.widgets.find(item => item.model.id === cellId);
    return cell?.model.sharedModel.getSource() ?? '';
  }, id);
}

/** Put other code into a cell. */
export async function setSource(
  page: IJupyterLabPageFixture,
  id: string,
  source: string
): Promise<void> {
  await page.evaluate(
    ([cellId, text]) => {
      const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
      content.widgets.find(item => item.model.id === cellId)?.model.sharedModel.setSource(text);
    },
    [id, source] as const
  );
}

export async function deleteCell(page: IJupyterLabPageFixture, id: string): Promise<void> {
  await page.evaluate(async cellId => {
    const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
    content.activeCellIndex = content.widgets.findIndex(cell => cell.model.id === cellId);
    await window.jupyterapp.commands.execute('notebook:delete-cell');
  }, id);
}
