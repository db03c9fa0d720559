/** Owns what people change of runs from the list: at once, with a way back, and told where it failed. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { LabClient } from '../api/client';
import { asApiError } from '../api/live';
import type { RunSummary } from '../api/types';
import { shortId } from '../components/names';
import type { RunsModel } from './model';
import type { Preferences } from './preferences';
import { putBack } from './putBack';
import { readTags, writeTags, type ITagOf } from './tagWriting';

export type EditClient = Pick<
  LabClient,
  | 'archiveRuns'
  | 'getRun'
  | 'removeTag'
  | 'restoreRuns'
  | 'setNote'
  | 'setTag'
  | 'trashRuns'
  | 'updateRun'
>;

/** Most runs that are pinned. */
export const MAX_PINS = 100;

const UNDO_MS = 10_000;

/** What was done, and how it is undone. */
interface IDeed {
  undo: () => Promise<void>;
  notice: string | null;
}

/** Deeds that can be undone by the key. */
const MAX_DEEDS = 50;

/** Edits of runs. Each shows at once; where it fails, what was before is shown again, and why. */
export class RunEdits {
  constructor(options: {
    client: EditClient;
    model: RunsModel;
    preferences: Preferences;
    trans: TranslationBundle;
  }) {
    this._client = options.client;
    this._model = options.model;
    this._preferences = options.preferences;
    this._trans = options.trans;
  }

  async rename(run: RunSummary, name: string): Promise<void> {
    const wanted = name.trim();
    if (wanted === '' || wanted === run.name) {
      return;
    }
    const set = async (to: string, from: string): Promise<void> => {
      this._model.change([run.id], other => ({ ...other, name: to }));
      await this._try(
        () => this._client.updateRun(run.id, { name: to }),
        () => this._model.change([run.id], other => ({ ...other, name: from }))
      );
    };
    await set(wanted, run.name);
    this._done(this._trans.__('Renamed to “%1”.', wanted), () => set(run.name, wanted));
  }

  /** Set a tag of each run. */
  async setTag(ids: readonly string[], name: string, value: string): Promise<void> {
    const wanted = ids.map(id => ({ id, value }));
    const { count, undo } = await this._retag(wanted, name);
    this._done(this._trans._n('Tag “%2” set.', 'Tag “%2” set on %1 runs.', count, name), undo);
  }

  /** Take a tag from each run that has it. */
  async removeTag(ids: readonly string[], name: string): Promise<void> {
    const wanted = ids.map(id => ({ id, value: null }));
    const { undo } = await this._retag(wanted, name);
    this._done(this._trans.__('Tag “%1” removed.', name), undo);
  }

  /** Set the note of a run, in Markdown. */
  async setNote(id: string, text: string, before: string): Promise<void> {
    if (text === before) {
      return;
    }
    const set = async (to: string, from: string): Promise<void> => {
      const show = (note: string): void =>
        this._model.glances.change(id, glance => ({
          ...glance,
          note: note.trim() === '' ? null : (note.trim().split('\n')[0] ?? null)
        }));
      show(to);
      await this._try(
        () => this._client.setNote(id, to),
        () => show(from)
      );
    };
    await set(text, before);
    const word = text === '' ? this._trans.__('Note removed.') : this._trans.__('Note saved.');
    this._done(word, () => set(before, text));
  }

  async archive(ids: readonly string[], archived: boolean): Promise<void> {
    const name = this._nameOf(ids);
    const set = async (value: boolean): Promise<void> => {
      await this._try(() => this._client.archiveRuns(ids, value));
      this._model.forget(ids);
      await this._model.refresh();
    };
    await set(archived);
    const { length } = ids;
    this._done(
      archived
        ? this._trans._n('“%2” is archived.', '%1 runs archived.', length, name)
        : this._trans._n(
            '“%2” is in the list again.',
            '%1 runs are in the list again.',
            length,
            name
          ),
      () => set(!archived)
    );
  }

  /** Put runs and their children into the trash. */
  async trash(ids: readonly string[]): Promise<void> {
    const name = this._nameOf(ids);
    const outcome = await this._try(() => this._client.trashRuns(ids));
    this._model.forget(outcome.runs);
    await this._model.refresh();
    this._tellRefused(outcome.refused);
    const { length } = outcome.runs;
    if (length > 0) {
      this._done(
        this._trans._n('“%2” is in the trash.', '%1 runs are in the trash.', length, name),
        async () => {
          await this._try(() => this._client.restoreRuns(outcome.runs));
          await this._model.refresh();
        }
      );
    }
  }

  /** Take runs out of the trash. */
  async restore(ids: readonly string[]): Promise<void> {
    const name = this._nameOf(ids);
    const outcome = await this._try(() => this._client.restoreRuns(ids));
    this._model.forget(outcome.runs);
    await this._model.refresh();
    this._tellRefused(outcome.refused);
    const { length } = outcome.runs;
    if (length > 0) {
      this._done(
        this._trans._n('“%2” is restored.', '%1 runs restored.', length, name),
        async () => {
          await this._try(() => this._client.trashRuns(outcome.runs));
          await this._model.refresh();
        }
      );
    }
  }

  /** Keep runs at the top of the list, or no longer. */
  async pin(ids: readonly string[], isPinned: boolean): Promise<void> {
    const { pins } = this._preferences;
    const others = pins.filter(id => !ids.includes(id));
    const isSet = await this._setPins(isPinned ? [...ids, ...others] : others);
    if (isSet && !isPinned) {
      const { length } = ids;
      this._done(
        this._trans._n('“%2” is unpinned.', '%1 runs unpinned.', length, this._nameOf(ids)),
        async () => {
          await this._setPins(putBack(this._preferences.pins, pins, ids, String));
        }
      );
    }
  }

  /** Undo the last deed that was not undone yet. */
  async undoLast(): Promise<void> {
    const deed = this._deeds.at(-1);
    if (deed) {
      if (deed.notice !== null) {
        Notification.dismiss(deed.notice);
      }
      await this._undo(deed);
    }
  }

  /** Write a tag of each run; tells where that was possible for some only, and returns these. */
  private async _writeTags(
    wanted: readonly ITagOf[],
    name: string,
    before: readonly ITagOf[]
  ): Promise<ReadonlySet<string>> {
    const place = { client: this._client, glances: this._model.glances };
    const { ids, failure } = await writeTags(place, wanted, name, before);
    if (failure !== null && ids.length === 0) {
      throw this._refuse(failure);
    }
    if (failure !== null) {
      Notification.error(
        this._trans.__(
          '%1 of %2 runs were changed, the others stayed as they were: %3',
          ids.length,
          wanted.length,
          wordsOf(failure)
        ),
        { autoClose: false }
      );
    }
    return new Set(ids);
  }

  /** Write a tag of each run; return those that have it now and how that is undone. */
  private async _retag(
    wanted: readonly ITagOf[],
    name: string
  ): Promise<{ count: number; undo: () => Promise<void> }> {
    const ids = wanted.map(({ id }) => id);
    const before = await this._try(() => readTags(this._client, ids, name));
    const done = await this._writeTags(wanted, name, before);
    const ofDone = (tags: readonly ITagOf[]): ITagOf[] => tags.filter(({ id }) => done.has(id));
    const undo = async (): Promise<void> => {
      await this._writeTags(ofDone(before), name, ofDone(wanted));
    };
    return { count: done.size, undo };
  }

  /** Pin exactly these; false, and told, where they are too many. */
  private async _setPins(ids: readonly string[]): Promise<boolean> {
    if (ids.length > MAX_PINS) {
      Notification.warning(
        this._trans.__('No more than %1 runs can be pinned. Unpin some first.', MAX_PINS),
        { autoClose: UNDO_MS }
      );
      return false;
    }
    await this._preferences.setPins(ids);
    return true;
  }

  private _tellRefused(refused: readonly { reason: string }[]): void {
    const [first] = refused;
    if (first) {
      const { length } = refused;
      const words = this._trans._n(
        'A run stayed as it was: %2',
        '%1 runs stayed as they were: %2',
        length,
        first.reason
      );
      Notification.warning(words, { autoClose: false });
    }
  }

  /** Do it; where it fails, put back what was shown, say why, and give up. */
  private async _try<T>(act: () => Promise<T>, showOld?: () => void): Promise<T> {
    try {
      return await act();
    } catch (error) {
      showOld?.();
      throw this._refuse(error);
    }
  }

  private _refuse(error: unknown): EditRefused {
    const words = wordsOf(error);
    Notification.error(this._trans.__('Nothing was changed: %1', words), { autoClose: false });
    return new EditRefused(words);
  }

  private _done(message: string, undo: () => Promise<void>): void {
    const deed: IDeed = { undo, notice: null };
    this._deeds.push(deed);
    this._deeds.splice(0, this._deeds.length - MAX_DEEDS);
    deed.notice = Notification.emit(message, 'success', {
      autoClose: UNDO_MS,
      actions: [
        {
          label: this._trans.__('Undo'),
          caption: this._trans.__('Put back what was before'),
          callback: () => void this._undo(deed).catch(ignoreTold)
        }
      ]
    });
  }

  /** A deed is undone once, by its notice or by the key. */
  private async _undo(deed: IDeed): Promise<void> {
    const at = this._deeds.indexOf(deed);
    if (at >= 0) {
      this._deeds.splice(at, 1);
      await deed.undo();
    }
  }

  /** The name of the first of some runs, as far as it is known here. */
  private _nameOf([id = '']: readonly string[]): string {
    return this._model.knownRun(id)?.name ?? shortId(id);
  }

  private readonly _client: EditClient;
  private readonly _deeds: IDeed[] = [];
  private readonly _model: RunsModel;
  private readonly _preferences: Preferences;
  private readonly _trans: TranslationBundle;
}

/** An edit that failed, of which the user was told. */
export class EditRefused extends Error {}

/** Let go of a failure that was told already. */
export function ignoreTold(error: unknown): void {
  if (!(error instanceof EditRefused)) {
    console.error(error);
  }
}

/** What failed and what to do. */
function wordsOf(error: unknown): string {
  const { message, hint } = asApiError(error);
  return [message, hint].filter(Boolean).join(' ');
}
