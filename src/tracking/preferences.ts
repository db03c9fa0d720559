/** Owns what the list of runs keeps in the settings, and the history of its filter in the state. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal, type ISignal } from '@lumino/signaling';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import { GROUPINGS, type Grouping } from './listView';

export const DENSITIES = ['compact', 'normal', 'roomy'] as const;
export type Density = (typeof DENSITIES)[number];

/** How the list is drawn. */
export interface IRunListSetting {
  density: Density;
  grouping: Grouping;
  /** Such as `metrics.auc DESC`; empty: the newest first. */
  order: string;
}

export interface ISavedFilter {
  name: string;
  filter: string;
}

interface IKept {
  runList: IRunListSetting;
  runColumns: readonly string[];
  pinnedRuns: readonly string[];
  savedFilters: readonly ISavedFilter[];
}

const DEFAULTS: IKept = {
  runList: { density: 'normal', grouping: 'parent', order: '' },
  runColumns: [],
  pinnedRuns: [],
  savedFilters: []
};

const HISTORY = 'mlops-lab:filters';
const MAX_HISTORY = 20;

/** The settings of the list; without a registry they live as long as the page. */
export class Preferences {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A change could not be kept in the settings: it holds until the page is closed. */
  get failed(): ISignal<this, ApiError> {
    return this._failed;
  }

  get list(): IRunListSetting {
    return this._kept.runList;
  }

  get columns(): readonly string[] {
    return this._kept.runColumns;
  }

  get pins(): readonly string[] {
    return this._kept.pinnedRuns;
  }

  get savedFilters(): readonly ISavedFilter[] {
    return this._kept.savedFilters;
  }

  /** Filters that were used, the latest first. */
  get history(): readonly string[] {
    return this._history;
  }

  /** Follow these settings from now on. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(this._read, this);
    this._read();
  }

  /** Keep the history of the filter there. */
  async remember(state: IStateDB): Promise<void> {
    this._state = state;
    const found = await state.fetch(HISTORY);
    this._history = textsOf(found);
    this._changed.emit();
  }

  setList(change: Partial<IRunListSetting>): Promise<void> {
    return this._set('runList', { ...this.list, ...change });
  }

  setColumns(columns: readonly string[]): Promise<void> {
    return this._set('runColumns', [...columns]);
  }

  setPins(ids: readonly string[]): Promise<void> {
    return this._set('pinnedRuns', [...ids]);
  }

  setSavedFilters(filters: readonly ISavedFilter[]): Promise<void> {
    return this._set('savedFilters', [...filters]);
  }

  /** A filter was used. */
  used(filter: string): void {
    if (filter === '' || filter === this._history[0]) {
      return;
    }
    const older = this._history.filter(other => other !== filter);
    this._history = [filter, ...older].slice(0, MAX_HISTORY);
    void this._state?.save(HISTORY, [...this._history]);
    this._changed.emit();
  }

  private async _set<K extends keyof IKept>(name: K, value: IKept[K]): Promise<void> {
    this._kept = { ...this._kept, [name]: value };
    this._changed.emit();
    try {
      await this._settings?.set(name, JSON.parse(JSON.stringify(value)) as [] | object as never);
    } catch (error) {
      this._failed.emit(asApiError(error));
    }
  }

  private _read(): void {
    const settings = this._settings;
    const get = (name: keyof IKept): unknown => settings?.get(name).composite;
    const list = { ...DEFAULTS.runList, ...(get('runList') as Partial<IRunListSetting> | null) };
    this._kept = {
      runList: {
        density: DENSITIES.includes(list.density) ? list.density : DEFAULTS.runList.density,
        grouping: GROUPINGS.includes(list.grouping) ? list.grouping : DEFAULTS.runList.grouping,
        order: list.order
      },
      runColumns: textsOf(get('runColumns')),
      pinnedRuns: textsOf(get('pinnedRuns')),
      savedFilters: Array.isArray(get('savedFilters'))
        ? (get('savedFilters') as ISavedFilter[])
        : []
    };
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _failed = new Signal<this, ApiError>(this);
  private _history: readonly string[] = [];
  private _kept = DEFAULTS;
  private _settings: ISettingRegistry.ISettings | null = null;
  private _state: IStateDB | null = null;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}
