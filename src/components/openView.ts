/** Owns how main-area views are opened: each once, brought to the front when it is there already. */
import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

export interface IViewTitle {
  icon: LabIcon;
  label: string;
  caption: string;
}

/** The main-area views of one kind. */
export class ViewOpener<V extends Widget> {
  constructor(options: { app: JupyterFrontEnd; namespace: string; type: string }) {
    this._app = options.app;
    this._type = options.type;
    this._tracker = new WidgetTracker({ namespace: options.namespace });
  }

  /** Bring the view of this id to the front; `make` makes it when it is not open. */
  async open(id: string, title: IViewTitle, make: () => Promise<V>): Promise<MainAreaWidget<V>> {
    const open = this._tracker.find(item => item.id === id);
    if (open) {
      this._show(open);
      return open;
    }
    const pending = this._pending.get(id) ?? this._add(id, title, make);
    this._pending.set(id, pending);
    try {
      const widget = await pending;
      this._show(widget);
      return widget;
    } finally {
      this._pending.delete(id);
    }
  }

  /** The open view of which `check` holds. */
  find(check: (view: V) => boolean): MainAreaWidget<V> | undefined {
    return this._tracker.find(widget => check(widget.content));
  }

  /** Bring an open view to the front. */
  show(widget: MainAreaWidget<V>): void {
    this._show(widget);
  }

  /** `id`, with a number behind it where a view has it already. */
  freeId(id: string): string {
    const isTaken = (name: string): boolean =>
      this._tracker.find(item => item.id === name) !== undefined;
    let free = id;
    for (let number = 2; isTaken(free); number += 1) {
      free = `${id}-${number}`;
    }
    return free;
  }

  /** Keep what brings the view back, after it has changed. */
  save(widget: MainAreaWidget<V>): Promise<void> {
    return this._tracker.save(widget);
  }

  /** Bring the views back after a reload, by the command that opens them. */
  restore(
    restorer: ILayoutRestorer | null,
    command: string,
    args: (view: V) => ReadonlyJSONObject
  ): void {
    void restorer?.restore(this._tracker, {
      command,
      args: widget => args(widget.content),
      name: widget => widget.id
    });
  }

  private async _add(
    id: string,
    title: IViewTitle,
    make: () => Promise<V>
  ): Promise<MainAreaWidget<V>> {
    const widget = new MainAreaWidget({ content: await make() });
    widget.id = id;
    // Our views have no tools there; shown empty, it is a strip with a line.
    widget.toolbar.hide();
    Object.assign(widget.title, title, { closable: true });
    await this._tracker.add(widget);
    return widget;
  }

  /** A view that a reload brought back has no place when the saved layout does not know it. */
  private _show(widget: MainAreaWidget<V>): void {
    const { shell } = this._app;
    if (!widget.isAttached) {
      // Notebook 7 has one document in its main area, and takes in no other.
      const isNotebook = this._app.name === 'Jupyter Notebook';
      shell.add(widget, isNotebook ? 'right' : 'main', { type: this._type });
    }
    shell.activateById(widget.id);
  }

  private readonly _app: JupyterFrontEnd;
  private readonly _pending = new Map<string, Promise<MainAreaWidget<V>>>();
  private readonly _tracker: WidgetTracker<MainAreaWidget<V>>;
  private readonly _type: string;
}
