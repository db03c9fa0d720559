import type { NotebookPanel } from '@jupyterlab/notebook';
import { CommandRegistry } from '@lumino/commands';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { expect, it, onTestFinished, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab } from '../../__tests__/fakes';
import { ChipLayer } from '../layer';

it('looks at the cells of a notebook only while it is seen, and once when it is seen again', () => {
  vi.useFakeTimers();
  const owner = {};
  let looks = 0;
  const content = {
    modelContentChanged: new Signal<object, void>(owner),
    get widgets() {
      looks += 1;
      return [];
    }
  };
  const widget = new Widget();
  const panel = Object.assign(widget, { content, context: { pathChanged: new Signal(owner) } });
  Widget.attach(widget, document.body);
  const lab = fakeLab(new FakeServer(), new FakeFeed());
  const layer = new ChipLayer({
    panel: panel as unknown as NotebookPanel,
    lab,
    commands: new CommandRegistry(),
    pathOf: () => 'a.ipynb'
  });
  onTestFinished(() => {
    layer.dispose();
    widget.dispose();
    vi.useRealTimers();
  });
  const edit = (): void => {
    content.modelContentChanged.emit();
    content.modelContentChanged.emit();
    vi.advanceTimersByTime(1000);
  };
  edit();
  expect(looks).toBe(1);
  widget.hide();
  MessageLoop.sendMessage(widget, Widget.Msg.AfterHide);
  edit();
  expect(looks).toBe(1);
  widget.show();
  MessageLoop.sendMessage(widget, Widget.Msg.AfterShow);
  expect(looks).toBe(2);
});
