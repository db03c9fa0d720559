/** Owns what is open in the sidebar beside the list: an editor, the choice of columns, the scope. */
import type { Contents } from '@jupyterlab/services';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal, type ISignal } from '@lumino/signaling';

import { JOBS_DRIVE } from '../commands';
import type { IScope } from './listView';

/** An editor that stands in the list, at a run or for the selected ones. */
export interface IEditing {
  kind: 'name' | 'tags' | 'note';
  ids: readonly string[];
}

/** Whether the list follows the active notebook or cell. */
export type Following = 'all' | 'notebook' | 'cell';

/** State of the sidebar that commands and views share; it ends with the page. */
export class Desk {
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get version(): number {
    return this._version;
  }

  get editing(): IEditing | null {
    return this._editing;
  }

  get isChoosingColumns(): boolean {
    return this._isChoosingColumns;
  }

  /** Grows when the filter box is to have the focus. */
  get filterCalls(): number {
    return this._filterCalls;
  }

  /** Whether the list is to have the focus; it is told once. */
  takeListCall(): boolean {
    const isCalled = this._isListCalled;
    this._isListCalled = false;
    return isCalled;
  }

  /** A note of a run that was begun and not saved. */
  draftOf(id: string): string | null {
    return this._drafts.get(id) ?? null;
  }

  keepDraft(id: string, text: string | null): void {
    if (text === null) {
      this._drafts.delete(id);
    } else {
      this._drafts.set(id, text);
    }
  }

  edit(editing: IEditing | null): void {
    this._editing = editing;
    this._touch();
  }

  chooseColumns(isChoosing: boolean): void {
    this._isChoosingColumns = isChoosing;
    this._touch();
  }

  callFilter(): void {
    this._filterCalls += 1;
    this._touch();
  }

  /** The list is to have the focus, or the filter box where there is no list. */
  callList(): void {
    this._isListCalled = true;
    this._touch();
  }

  private _touch(): void {
    this._version += 1;
    this._stateChanged.emit();
  }

  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _drafts = new Map<string, string>();
  private _editing: IEditing | null = null;
  private _filterCalls = 0;
  private _isChoosingColumns = false;
  private _isListCalled = false;
  private _version = 0;
}

/** Tells which notebook or cell the list is about, as the user goes from one to the next. */
export class Follower {
  constructor(options: {
    notebooks: INotebookTracker | null;
    contents: Pick<Contents.IManager, 'driveName' | 'localPath'>;
    onScope: (scope: IScope | null) => void;
  }) {
    this._options = options;
    options.notebooks?.currentChanged.connect(this._update, this);
    options.notebooks?.activeCellChanged.connect(this._update, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get following(): Following {
    return this._following;
  }

  /** Whether there is a notebook whose runs can be shown. */
  get isEnabled(): boolean {
    return this._following !== 'all' || this._here('notebook') !== null;
  }

  follow(following: Following): void {
    this._following = following;
    this._scope = null;
    if (following === 'all') {
      this._options.onScope(null);
    }
    this._update();
  }

  /** While no notebook is open the list stays with the last one. */
  private _update(): void {
    const scope = this._following === 'all' ? null : this._here(this._following);
    if (scope && (scope.path !== this._scope?.path || scope.cellId !== this._scope.cellId)) {
      this._scope = scope;
      this._options.onScope(scope);
    }
    this._changed.emit();
  }

  private _here(following: 'notebook' | 'cell'): IScope | null {
    const { notebooks, contents } = this._options;
    const panel = notebooks?.currentWidget;
    if (!panel || contents.driveName(panel.context.path) === JOBS_DRIVE) {
      return null;
    }
    const cellId = following === 'cell' ? (panel.content.activeCell?.model.id ?? null) : null;
    return { path: contents.localPath(panel.context.path), cellId };
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _options: ConstructorParameters<typeof Follower>[0];
  private _following: Following = 'all';
  private _scope: IScope | null = null;
}
