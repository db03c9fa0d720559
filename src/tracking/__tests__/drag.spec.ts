import { Drag } from '@lumino/dragdrop';
import type { MimeData } from '@lumino/coreutils';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { runOf, summaryOf } from '../../__tests__/fakes';
import { watchDrag } from '../drag';
import { codeOf } from '../runCode';

const run = runOf(summaryOf('a'), {
  cells: [{ source: 'x = 1', cell_id: 'c', execution_count: 1 }]
});
const pressed = { clientX: 10, clientY: 10, altKey: false, button: 0 };
const CELLS = 'application/vnd.jupyter.cells';

let dragged: MimeData | null;
let drop: () => void;

beforeEach(() => {
  dragged = null;
  vi.spyOn(Drag.prototype, 'start').mockImplementation(function (this: Drag) {
    dragged = this.mimeData;
    return new Promise(resolve => (drop = () => resolve('copy')));
  });
  onTestFinished(() => void vi.restoreAllMocks());
});

function move(x: number, altKey = false, buttons = 1): void {
  const at = { clientX: x, clientY: 10, altKey, buttons, bubbles: true };
  document.dispatchEvent(new MouseEvent('pointermove', at));
}

const sourceOf = (): string => (dragged?.getData(CELLS) as { source: string }[])[0]?.source ?? '';

describe('watchDrag', () => {
  const client = { getRun: async () => run };

  it('begins when the pointer has moved far enough, and not after it was let go', () => {
    watchDrag(client, summaryOf('a'), pressed);
    move(13);
    expect(dragged).toBeNull();
    document.dispatchEvent(new MouseEvent('pointerup', { bubbles: true }));
    move(90);
    expect(dragged).toBeNull();
    watchDrag(client, summaryOf('a'), { ...pressed, button: 2 });
    move(90);
    expect(dragged).toBeNull();
  });

  it.each(['pointerup', 'pointercancel', 'lostpointercapture', 'pointerdown'])(
    'does not outlive the press when %s comes, though nothing lets it bubble',
    kind => {
      const inner = document.body.appendChild(document.createElement('div'));
      onTestFinished(() => inner.remove());
      inner.addEventListener(kind, event => event.stopPropagation());
      watchDrag(client, summaryOf('a'), pressed);
      inner.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
      move(90);
      expect(dragged).toBeNull();
    }
  );

  it('does not begin when the button was let go unseen, nor later with another press', () => {
    watchDrag(client, summaryOf('a'), pressed);
    move(90, false, 0);
    expect(dragged).toBeNull();
    move(120);
    expect(dragged).toBeNull();
  });

  it('ends when the window loses the focus, and not when a field does', () => {
    const field = document.body.appendChild(document.createElement('input'));
    onTestFinished(() => field.remove());
    field.focus();
    watchDrag(client, summaryOf('a'), pressed);
    field.blur();
    move(90);
    expect(dragged).not.toBeNull();
    dragged = null;
    watchDrag(client, summaryOf('a'), pressed);
    window.dispatchEvent(new Event('blur'));
    move(90);
    expect(dragged).toBeNull();
  });

  it('carries the reference where the code cannot be read', async () => {
    watchDrag({ getRun: () => Promise.reject(new Error('gone')) }, summaryOf('a'), pressed);
    move(30);
    drop();
    await Promise.resolve();
    expect(sourceOf()).toContain("id = 'a'");
  });

  it('carries the code of the run as a cell', async () => {
    watchDrag(client, summaryOf('a'), pressed);
    move(30);
    await vi.waitFor(() => expect(sourceOf()).toBe(codeOf(run)));
    expect(dragged?.getData('text/plain')).toBe(codeOf(run));
    drop();
  });

  it('carries a line that reads the run while Alt is held', async () => {
    watchDrag(client, summaryOf('a'), pressed);
    move(30, true);
    expect(sourceOf()).toContain("id = 'a'");
    drop();
  });
});
