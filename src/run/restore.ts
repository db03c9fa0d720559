/** Owns how recorded code comes back: as new cells of a notebook, and nothing else in its file. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type * as nbformat from '@jupyterlab/nbformat';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { JOBS_DRIVE } from '../commands';

/** Where recorded code is put back. */
export interface IRestorePlace {
  app: JupyterFrontEnd;
  notebooks: INotebookTracker | null;
}

/** Put the sources below the active cell of the notebook, or into a new one where it is gone. */
export async function restoreInto(
  place: IRestorePlace,
  sources: readonly string[],
  options: { path: string | null; kernelName: string | null }
): Promise<void> {
  const { path, kernelName } = options;
  const panel = path === null ? null : await openPanel(place, path);
  if (panel) {
    place.app.shell.activateById(panel.id);
    insertBelow(panel, sources);
    return;
  }
  await restoreIntoNew(place, sources, { folder: folderOf(path), kernelName });
}

/** Put the sources into a notebook that is made for them. */
export async function restoreIntoNew(
  place: IRestorePlace,
  sources: readonly string[],
  options: { folder: string; kernelName: string | null }
): Promise<void> {
  const { kernelName } = options;
  const folder = (await exists(place.app, options.folder)) ? options.folder : '';
  const made = (await place.app.commands.execute('notebook:create-new', {
    cwd: folder,
    kernelName: kernelName ?? '',
    activate: true
  })) as NotebookPanel | undefined;
  const panel = made ?? place.notebooks?.currentWidget;
  if (!panel) {
    return;
  }
  await ready(panel);
  fill(panel, sources);
  panel.content.activeCellIndex = 0;
}

/** The folder of a notebook. */
export function folderOf(path: string | null): string {
  return path?.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** The open notebook of this path, whatever drive shows it: collaborative ones may have their own. */
function openedAs({ app, notebooks }: IRestorePlace, path: string): NotebookPanel | undefined {
  const { contents } = app.serviceManager;
  return notebooks?.find(
    ({ context }) =>
      contents.localPath(context.path) === path && contents.driveName(context.path) !== JOBS_DRIVE
  );
}

/** The notebook of this path, opened if it is not; null where there is none. */
async function openPanel(place: IRestorePlace, path: string): Promise<NotebookPanel | null> {
  let panel = openedAs(place, path);
  if (!panel && (await exists(place.app, path))) {
    await place.app.commands.execute('docmanager:open', { path });
    panel = openedAs(place, path);
  }
  if (panel) {
    await ready(panel);
  }
  return panel ?? null;
}

async function exists({ serviceManager }: JupyterFrontEnd, path: string): Promise<boolean> {
  try {
    await serviceManager.contents.get(path, { content: false });
    return true;
  } catch {
    return false;
  }
}

async function ready(panel: NotebookPanel): Promise<void> {
  await panel.context.ready;
  await panel.revealed;
}

/** The new cells are one step of the notebook's own undo history. */
function insertBelow(panel: NotebookPanel, sources: readonly string[]): void {
  const { content } = panel;
  const at = content.activeCell ? content.activeCellIndex + 1 : content.widgets.length;
  content.model?.sharedModel.insertCells(at, sources.map(cellOf));
  content.activeCellIndex = at;
  void content.scrollToItem(at, 'smart');
}

/** A new notebook has one empty cell, which gives way. */
function fill(panel: NotebookPanel, sources: readonly string[]): void {
  const shared = panel.content.model?.sharedModel;
  if (!shared) {
    return;
  }
  shared.transact(() => {
    const isBlank = shared.cells.length === 1 && shared.cells[0]?.getSource() === '';
    shared.insertCells(0, sources.map(cellOf));
    if (isBlank) {
      shared.deleteCell(shared.cells.length - 1);
    }
  });
}

/** As JupyterLab makes a cell of the user's: what it will put out may be shown. */
function cellOf(
  source: string
): Pick<nbformat.ICodeCell, 'cell_type' | 'metadata'> & { source: string } {
  return { cell_type: 'code', source, metadata: { trusted: true } };
}

/** Open a notebook and bring one of its cells into view, if it is still there. */
export async function openNotebookCell(
  place: IRestorePlace,
  { path, cellId }: { path: string; cellId: string | null }
): Promise<void> {
  let panel = openedAs(place, path);
  if (panel) {
    place.app.shell.activateById(panel.id);
  } else {
    await place.app.commands.execute('docmanager:open', { path });
    panel = openedAs(place, path);
  }
  if (panel && cellId !== null) {
    await revealCell(panel, cellId);
  }
}

async function revealCell(panel: NotebookPanel, cellId: string): Promise<void> {
  await ready(panel);
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
  if (index >= 0) {
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'smart');
  }
}
