import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { describe, expect, it } from 'vitest';

import { openNotebookCell, restoreInto, type IRestorePlace } from '../restore';

interface IDesk {
  place: IRestorePlace;
  /** The paths that were opened, and the panels that came to the front. */
  opened: string[];
  activated: string[];
  inserted: { path: string; sources: string[] }[];
}

/** A desk with open notebooks, whose paths may begin with the name of a drive. */
function desk(...paths: string[]): IDesk {
  const seen: Omit<IDesk, 'place'> = { opened: [], activated: [], inserted: [] };
  const panelOf = (path: string): object => ({
    id: path,
    context: { path, ready: Promise.resolve() },
    revealed: Promise.resolve(),
    content: {
      widgets: [{ model: { id: 'one' } }, { model: { id: 'two' } }],
      activeCell: null,
      activeCellIndex: 0,
      scrollToItem: () => Promise.resolve(),
      model: {
        sharedModel: {
          insertCells: (_: number, cells: { source: string }[]) =>
            seen.inserted.push({ path, sources: cells.map(cell => cell.source) })
        }
      }
    }
  });
  const panels = paths.map(panelOf);
  const app = {
    serviceManager: {
      contents: {
        localPath: (path: string) => path.slice(path.indexOf(':') + 1),
        driveName: (path: string) => path.slice(0, Math.max(path.indexOf(':'), 0)),
        get: () => Promise.resolve({})
      }
    },
    commands: {
      execute: (id: string, { path }: { path: string }) => {
        expect(id).toBe('docmanager:open');
        seen.opened.push(path);
        panels.push(panelOf(path));
        return Promise.resolve();
      }
    },
    shell: { activateById: (id: string) => seen.activated.push(id) }
  };
  const notebooks = {
    find: (check: (panel: NotebookPanel) => boolean) =>
      panels.find(panel => check(panel as NotebookPanel))
  };
  return {
    ...seen,
    place: {
      app: app as unknown as JupyterFrontEnd,
      notebooks: notebooks as unknown as INotebookTracker
    }
  };
}

const PATH = 'my work/train one.ipynb';

describe('the notebook of a run', () => {
  it.each([PATH, `RTC:${PATH}`])('is the one that is open as %s', async path => {
    const { place, opened, activated, inserted } = desk(path);
    await openNotebookCell(place, { path: PATH, cellId: 'two' });
    await restoreInto(place, ['a = 1'], { path: PATH, kernelName: null });
    expect(opened).toEqual([]);
    expect(activated).toEqual([path, path]);
    expect(inserted).toEqual([{ path, sources: ['a = 1'] }]);
  });

  it('is opened when it is not', async () => {
    const { place, opened, inserted } = desk('other.ipynb');
    await openNotebookCell(place, { path: PATH, cellId: null });
    await restoreInto(place, ['a = 1'], { path: PATH, kernelName: null });
    expect(opened).toEqual([PATH]);
    expect(inserted).toEqual([{ path: PATH, sources: ['a = 1'] }]);
  });

  it('is never the one that a job executed', async () => {
    const { place, opened, inserted } = desk(`mlops-lab-jobs:${PATH}`);
    await restoreInto(place, ['a = 1'], { path: PATH, kernelName: null });
    expect(opened).toEqual([PATH]);
    expect(inserted).toEqual([{ path: PATH, sources: ['a = 1'] }]);
  });
});
