/** Owns what a reader changes of a run: name, tags, note, and whether it is archived or in the trash. */
import type { LabClient } from '../api/client';
import type { AuditEntry, ModelVersion, NameUse, RegisteredModel, TagEntry } from '../api/types';

export type EditClient = Pick<
  LabClient,
  | 'updateRun'
  | 'setTag'
  | 'removeTag'
  | 'setNote'
  | 'trashRuns'
  | 'restoreRuns'
  | 'listNames'
  | 'listAudit'
  | 'getTagHistory'
  | 'listModels'
  | 'createModel'
  | 'createVersion'
  | 'moveAlias'
>;

/** The tag that holds the note of a run. */
export const NOTE_TAG = 'mlflow.note.content';

/** Names that are offered while somebody types. */
const OFFERED = 20;

/** A note that is being written, and what it said when that began. */
export interface INoteDraft {
  text: string;
  base: string;
}

/** By the id of the run, until JupyterLab is reloaded: they outlive the page on which they were begun. */
const noteDrafts = new Map<string, INoteDraft>();

export interface IRegistration {
  model: string;
  alias: string;
  description: string;
  /** Name of the model within the run; the only one when it is left out. */
  part?: string;
}

/** The changes of one run; each is shown as soon as the server has it. */
export class RunEdits {
  constructor(client: EditClient, runId: string, refresh: () => Promise<void>) {
    this._client = client;
    this._runId = runId;
    this._refresh = refresh;
  }

  /** How often the model was registered from here: what came of the run has moved then. */
  registrations = 0;

  /** The note that was begun and is neither saved nor dropped. */
  get noteDraft(): INoteDraft | null {
    return noteDrafts.get(this._runId) ?? null;
  }
  set noteDraft(draft: INoteDraft | null) {
    if (draft) {
      noteDrafts.set(this._runId, draft);
    } else {
      noteDrafts.delete(this._runId);
    }
  }

  async rename(name: string): Promise<void> {
    await this._client.updateRun(this._runId, { name });
    await this._refresh();
  }

  async archive(archived: boolean): Promise<void> {
    await this._client.updateRun(this._runId, { archived });
    await this._refresh();
  }

  async setTag(name: string, value: string): Promise<void> {
    await this._client.setTag(this._runId, name, value);
    await this._refresh();
  }

  async removeTag(name: string): Promise<void> {
    await this._client.removeTag(this._runId, name);
    await this._refresh();
  }

  async setNote(text: string): Promise<void> {
    await this._client.setNote(this._runId, text);
    await this._refresh();
  }

  async trash(): Promise<void> {
    await this._client.trashRuns([this._runId]);
    await this._refresh();
  }

  async restore(): Promise<void> {
    await this._client.restoreRuns([this._runId]);
    await this._refresh();
  }

  /** Names of tags that begin so, the most used first. */
  offerTags(prefix: string, signal: AbortSignal): Promise<NameUse[]> {
    return this._client.listNames({ kind: 'tags', prefix, limit: OFFERED }, signal);
  }

  /** Every value that a tag has had, the newest last. */
  getTagHistory(name: string): Promise<TagEntry[]> {
    return this._client.getTagHistory(this._runId, name);
  }

  /** A page of who did what to the run, the newest first. */
  listAudit(
    cursor: string | null,
    signal?: AbortSignal
  ): Promise<{ entries: AuditEntry[]; next_cursor: string | null }> {
    const query = { kind: 'run' as const, record: this._runId, limit: 50, cursor };
    return this._client.listAudit(query, signal);
  }

  /** Registered models whose name holds a text. */
  offerModels(holding: string, signal: AbortSignal): Promise<RegisteredModel[]> {
    return this._client.listModels({ holding, limit: OFFERED }, signal);
  }

  /** Make the model of the run the next version of a registered model, which is made if need be. */
  async register(order: IRegistration): Promise<ModelVersion> {
    const { model, alias, description, part } = order;
    const known = await this._client.listModels({ holding: model, limit: 1000 });
    if (!known.some(one => one.name === model)) {
      await this._client.createModel(model);
    }
    const made = await this._client.createVersion(model, {
      run_id: this._runId,
      source: part && `runs:/${this._runId}/${part}`,
      description
    });
    const version = alias ? await this._client.moveAlias(model, alias, made.version) : made;
    this.registrations += 1;
    await this._refresh();
    return version;
  }

  private readonly _client: EditClient;
  private readonly _refresh: () => Promise<void>;
  private readonly _runId: string;
}
