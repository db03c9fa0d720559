/** Owns dragging a run into a notebook: its code becomes a cell, with Alt a line that reads it. */
import type * as nbformat from '@jupyterlab/nbformat';
import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import type { LabClient } from '../api/client';
import type { RunSummary } from '../api/types';
import { codeOf, referenceOf } from './runCode';

/** What notebooks of JupyterLab take as cells. */
const CELLS = 'application/vnd.jupyter.cells';

/** Pixels that the pointer must move for a press to become a drag. */
const THRESHOLD = 6;

/** The main button among those that are held. */
const HELD = 1;

/** What ends a press, or says that it has ended unseen. */
const ENDS = ['pointerup', 'pointercancel', 'lostpointercapture', 'pointerdown'];

type Pressed = Pick<PointerEvent, 'clientX' | 'clientY' | 'altKey' | 'button'>;

/**
 * Watch a press on a row; when it moves far enough, the run is dragged. The watch begins within the
 * press itself and lasts no longer: whatever may have ended the press unseen ends the watch.
 */
export function watchDrag(
  client: Pick<LabClient, 'getRun'>,
  run: RunSummary,
  pressed: Pressed
): void {
  if (pressed.button !== 0) {
    return;
  }
  const watch = new AbortController();
  const options = { capture: true, signal: watch.signal };
  const end = (): void => watch.abort();
  const onMove = (event: PointerEvent): void => {
    if ((event.buttons & HELD) === 0) {
      end();
      return;
    }
    const distance = Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY);
    if (distance > THRESHOLD) {
      end();
      void startDrag(client, run, event);
    }
  };
  document.addEventListener('pointermove', onMove, options);
  ENDS.forEach(type => document.addEventListener(type, end, options));
  window.addEventListener('blur', end, { signal: watch.signal });
}

/** The cell is filled while it is under way; a drop before that would put in its reference. */
async function startDrag(
  client: Pick<LabClient, 'getRun'>,
  run: RunSummary,
  { clientX, clientY, altKey }: PointerEvent
): Promise<void> {
  const cell: Partial<nbformat.ICodeCell> & { source: string } = {
    cell_type: 'code',
    metadata: { trusted: true },
    source: referenceOf(run.id)
  };
  const mimeData = new MimeData();
  mimeData.setData(CELLS, [cell]);
  mimeData.setData('text/plain', cell.source);
  const dragImage = document.createElement('div');
  dragImage.className = 'jp-MlopsLab-dragImage';
  dragImage.textContent = run.name;
  const drag = new Drag({
    mimeData,
    dragImage,
    supportedActions: 'copy-move',
    proposedAction: 'copy'
  });
  const dropped = drag.start(clientX, clientY);
  if (!altKey) {
    // Without its code the run is dragged as its reference.
    const code = await client.getRun(run.id).then(codeOf, () => '');
    if (code !== '') {
      cell.source = code;
      mimeData.setData('text/plain', code);
    }
  }
  await dropped;
  drag.dispose();
}
