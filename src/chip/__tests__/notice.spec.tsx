import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { NotebookModel } from '@jupyterlab/notebook';
import type * as nbformat from '@jupyterlab/nbformat';
import * as React from 'react';
import { describe, expect, it, onTestFinished } from 'vitest';

import { button, click, draw } from '../../__tests__/screen';
import { isTrackUnknown, Notice } from '../notice';

/** A cell with these outputs, as far as our code looks at it. */
function cellOf(source: string, ...outputs: nbformat.IOutput[]): Cell {
  const notebook = new NotebookModel();
  onTestFinished(() => notebook.dispose());
  notebook.sharedModel.insertCell(0, { cell_type: 'code', source, outputs });
  const model = notebook.cells.get(0) as ICodeCellModel;
  return { model, isDisposed: false } as unknown as Cell;
}

/** What IPython 9 sends for it. */
const SAID = 'UsageError: Cell magic `%%track` not found.\n';
const STREAM: nbformat.IStream = { output_type: 'stream', name: 'stderr', text: SAID };

describe('isTrackUnknown', () => {
  it('knows the error as a stream and as an output of its own', () => {
    expect(isTrackUnknown(cellOf('%%track\nx = 1', STREAM))).toBe(true);
    const error: nbformat.IError = {
      output_type: 'error',
      ename: 'UsageError',
      evalue: 'Cell magic `%%track` not found.',
      traceback: []
    };
    expect(isTrackUnknown(cellOf('%%track -m loss:min\nx = 1', error))).toBe(true);
  });

  it('takes no other error, and no other cell, for it', () => {
    expect(isTrackUnknown(cellOf('%%track\nx = 1'))).toBe(false);
    expect(isTrackUnknown(cellOf('x = 1', STREAM))).toBe(false);
    const other = { ...STREAM, text: 'UsageError: Cell magic `%%tracks` not found.\n' };
    expect(isTrackUnknown(cellOf('%%track\nx = 1', other))).toBe(false);
    const printed = { ...STREAM, name: 'stdout' as const };
    expect(isTrackUnknown(cellOf('%%track\nx = 1', printed))).toBe(false);
  });
});

describe('Notice', () => {
  it('says what is missing, and why it could not be mended', async () => {
    let attempts = 0;
    const onLoad = async (): Promise<string | null> => {
      attempts += 1;
      return attempts > 1 ? null : "ModuleNotFoundError: No module named 'mlops_lab'";
    };
    const host = await draw(<Notice onLoad={onLoad} />);
    expect(host.querySelector('[role=status]')?.textContent).toContain(
      'MLOps Lab was not loaded in the kernel'
    );
    await click(button(host, 'Load and run'));
    expect(host.textContent).toContain('No module named');
    await click(button(host, 'Load and run'));
    expect(host.textContent).not.toContain('No module named');
  });
});
