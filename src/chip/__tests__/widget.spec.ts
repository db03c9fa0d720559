import { Notification } from '@jupyterlab/apputils';
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import { NotebookModel, type NotebookPanel } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { expect, it, onTestFinished, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, summaryOf } from '../../__tests__/fakes';
import { NotebookRuns } from '../notebookRuns';
import { ChipWidget } from '../widget';

/** A chip in the page, as far as its notebook matters to it. */
async function shown(
  source: string,
  session: object | null = null
): Promise<{ chip: ChipWidget; model: ICodeCellModel; see: (isIntersecting: boolean) => void }> {
  let see: (isIntersecting: boolean) => void = () => undefined;
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(report: (entries: { isIntersecting: boolean }[]) => void) {
        see = isIntersecting => report([{ isIntersecting }]);
      }
      observe = (): void => see(true);
      disconnect = (): void => undefined;
    }
  );
  const lab = fakeLab(new FakeServer(), new FakeFeed());
  const notebook = new NotebookModel();
  notebook.sharedModel.insertCell(0, { cell_type: 'code', source });
  const model = notebook.cells.get(0) as ICodeCellModel;
  const cell = { model, isDisposed: false } as unknown as Cell;
  const owner = {};
  const sessionContext = {
    session,
    statusChanged: new Signal(owner),
    kernelChanged: new Signal(owner)
  };
  const panel = { content: { widgets: [cell] }, sessionContext } as unknown as NotebookPanel;
  const runs = new NotebookRuns({ ...lab, path: 'a.ipynb' });
  const chip = new ChipWidget(
    { cell, panel, lab, commands: new CommandRegistry(), runs, cellsNow: () => [] },
    { run: summaryOf('a', session ? { status: 'running' } : {}), previous: null }
  );
  onTestFinished(async () => {
    await act(async () => chip.dispose());
    runs.dispose();
    notebook.dispose();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  await act(async () => {
    Widget.attach(chip, document.body);
    MessageLoop.flush();
  });
  vi.useFakeTimers();
  return { chip, model, see: isSeen => see(isSeen) };
}

const isEarlier = ({ node }: ChipWidget): boolean => node.textContent.includes('earlier run');

async function settle(ms = 0): Promise<void> {
  await act(async () => {
    vi.advanceTimersByTime(ms);
    MessageLoop.flush();
  });
}

it('shows an earlier run as such once its cell was executed and no run came', async () => {
  const { chip } = await shown('%%track\nx = 1');
  chip.noteScheduled();
  chip.noteExecuted();
  await settle();
  expect(isEarlier(chip)).toBe(false);
  await settle(5000);
  expect(isEarlier(chip)).toBe(true);
  chip.showRun({ run: summaryOf('b'), previous: summaryOf('a') });
  await settle();
  expect(isEarlier(chip)).toBe(false);
});

it('takes a run that came while the cell was executed for its own', async () => {
  const { chip } = await shown('%%track\nx = 1');
  chip.noteScheduled();
  chip.showRun({ run: summaryOf('b'), previous: summaryOf('a') });
  chip.noteExecuted();
  await settle(5000);
  expect(isEarlier(chip)).toBe(false);
});

it('knows without having seen the execution that the kernel could not track the cell', async () => {
  const { chip, model } = await shown('%%track\nx = 1');
  const text = 'UsageError: Cell magic `%%track` not found.\n';
  model.outputs.add({ output_type: 'stream', name: 'stderr', text });
  chip.look();
  await settle();
  expect(isEarlier(chip)).toBe(true);
});

it('looks at nothing while it is out of sight, and catches up when it is seen', async () => {
  const { chip, model, see } = await shown('%%track\nx = 1');
  see(false);
  const text = 'UsageError: Cell magic `%%track` not found.\n';
  model.outputs.add({ output_type: 'stream', name: 'stderr', text });
  chip.look();
  await settle();
  expect(isEarlier(chip)).toBe(false);
  see(true);
  await settle();
  expect(isEarlier(chip)).toBe(true);
});

it('says why the kernel could not be interrupted', async () => {
  const say = vi.spyOn(Notification, 'error').mockReturnValue('');
  const interrupt = (): Promise<void> => Promise.reject(new Error('it is gone'));
  const { chip } = await shown('%%track\nx = 1', { kernel: { status: 'busy', interrupt } });
  await settle();
  const stop = [...chip.node.querySelectorAll('button')].find(item =>
    item.textContent.includes('Stop')
  );
  await act(async () => stop?.click());
  expect(say).toHaveBeenCalledWith('The kernel could not be interrupted: it is gone');
});
