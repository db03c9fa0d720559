/** Owns the Productionize form: the draft, what the user changed of it, and sending the order. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LabClient } from '../api/client';
import type { PromotionSource } from '../api/production';
import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type {
  CronPreview,
  Definition,
  ParameterType,
  Promotion,
  PromotionDraft,
  ProposedParameter
} from '../api/types';
import { toPython } from '../components/python';
import { cronOf, presetOf, type Preset } from './schedule';
import { parseText, toText } from './values';

const PREVIEW_DELAY_MS = 250;

/** One parameter as the form holds it. */
export interface IRow {
  readonly proposed: ProposedParameter;
  readonly isChosen: boolean;
  readonly type: ParameterType;
  readonly text: string;
  /** What is wrong with the text; empty when nothing is. */
  readonly problem: string;
}

export type PromoteClient = Pick<LabClient, 'draftPromotion' | 'previewCron' | 'promote'>;

export class PromoteModel implements IDisposable {
  constructor(options: {
    client: PromoteClient;
    trans: TranslationBundle;
    source: PromotionSource;
    timezone: string;
  }) {
    this._client = options.client;
    this._trans = options.trans;
    this._source = options.source;
    this._timezone = options.timezone;
    this._debouncer = new Debouncer(() => this._fetchPreview(), PREVIEW_DELAY_MS);
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get version(): number {
    return this._version;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get draft(): PromotionDraft | null {
    return this._draft;
  }

  /** Why the draft could not be made; null when it could. */
  get error(): ApiError | null {
    return this._error;
  }

  get rows(): readonly IRow[] {
    return this._rows;
  }

  get name(): string {
    return this._name;
  }
  set name(value: string) {
    this._name = value;
    this._touch();
  }

  get preset(): Preset {
    return this._preset;
  }
  set preset(value: Preset) {
    this._preset = value;
    this._cron = cronOf(value) ?? this._cron;
    this._askPreview();
  }

  get cron(): string {
    return this._cron;
  }
  set cron(value: string) {
    this._cron = value;
    this._preset = presetOf(value);
    this._askPreview();
  }

  get timezone(): string {
    return this._timezone;
  }
  set timezone(value: string) {
    this._timezone = value;
    this._askPreview();
  }

  /** The next fire times of the schedule as it is; null until they are here. */
  get preview(): CronPreview | null {
    return this._preview;
  }

  /** What is wrong with the schedule. */
  get previewError(): ApiError | null {
    return this._previewError;
  }

  get isSending(): boolean {
    return this._isSending;
  }

  /** Why the order was refused. */
  get sendError(): ApiError | null {
    return this._sendError;
  }

  /** Whether the order can be sent as the form is. */
  get isComplete(): boolean {
    const isScheduleGood =
      this._preset === 'none' || (this._previewError === null && this._preview !== null);
    return (
      this._draft !== null &&
      !this._isSending &&
      this._name.trim() !== '' &&
      isScheduleGood &&
      this._rows.every(row => !row.isChosen || !row.problem)
    );
  }

  /** The cell of parameters that the job's notebook will have. */
  get parametersCell(): string {
    const lines = this._rows
      .filter(row => row.isChosen)
      .map(row => {
        const parsed = parseText(row.text, row.type, this._trans);
        const shown = 'problem' in parsed ? '…' : toPython(parsed.value, row.type);
        return `${row.proposed.name} = ${shown}`;
      });
    return lines.join('\n');
  }

  /** Fetch the draft. */
  async load(): Promise<void> {
    this._error = null;
    this._touch();
    try {
      const draft = await this._client.draftPromotion(this._source);
      this._draft = draft;
      this._name = draft.name;
      this._rows = draft.parameters.map(proposed => this._makeRow(proposed));
    } catch (error) {
      this._error = asApiError(error);
    }
    this._touch();
  }

  change(name: string, update: Partial<Pick<IRow, 'isChosen' | 'type' | 'text'>>): void {
    this._rows = this._rows.map(row => {
      if (row.proposed.name !== name) {
        return row;
      }
      const next = { ...row, ...update };
      const parsed = parseText(next.text, next.type, this._trans);
      return { ...next, problem: 'problem' in parsed ? parsed.problem : '' };
    });
    this._touch();
  }

  /** Send the order; returns null when it was refused, and then `sendError` says why. */
  async send(): Promise<Definition | null> {
    this._isSending = true;
    this._sendError = null;
    this._touch();
    try {
      return await this._client.promote(this._order());
    } catch (error) {
      this._sendError = asApiError(error);
      return null;
    } finally {
      this._isSending = false;
      this._touch();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private _makeRow(proposed: ProposedParameter): IRow {
    const { type, value, chosen } = proposed;
    const text = toText(value, type);
    const parsed = parseText(text, type, this._trans);
    return {
      proposed,
      type,
      text,
      isChosen: chosen,
      problem: 'problem' in parsed ? parsed.problem : ''
    };
  }

  private _order(): Promotion {
    const parameters = this._rows
      .filter(row => row.isChosen)
      .map(({ proposed, type, text }) => {
        const parsed = parseText(text, type, this._trans);
        const value = 'problem' in parsed ? proposed.value : parsed.value;
        return { name: proposed.name, type, default: value, comment: proposed.comment };
      });
    return {
      ...this._source,
      name: this._name.trim(),
      parameters,
      schedule:
        this._preset === 'none'
          ? null
          : { cron: this._cron.trim(), timezone: this._timezone.trim() }
    };
  }

  private _askPreview(): void {
    this._preview = null;
    this._touch();
    if (this._preset !== 'none') {
      this._debouncer.invoke().catch(() => undefined);
    }
  }

  private async _fetchPreview(): Promise<void> {
    const asked = (this._asked += 1);
    let preview: CronPreview | null = null;
    let failure: ApiError | null = null;
    try {
      preview = await this._client.previewCron(this._cron.trim(), this._timezone.trim());
    } catch (error) {
      failure = asApiError(error);
    }
    if (asked === this._asked && !this._isDisposed) {
      this._preview = preview;
      this._previewError = failure;
      this._touch();
    }
  }

  private _touch(): void {
    this._version += 1;
    this._stateChanged.emit();
  }

  private readonly _client: PromoteClient;
  private readonly _debouncer: Debouncer;
  private readonly _source: PromotionSource;
  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _trans: TranslationBundle;
  private _asked = 0;
  private _cron = '0 6 * * *';
  private _draft: PromotionDraft | null = null;
  private _error: ApiError | null = null;
  private _isDisposed = false;
  private _isSending = false;
  private _name = '';
  private _preset: Preset = 'none';
  private _preview: CronPreview | null = null;
  private _previewError: ApiError | null = null;
  private _rows: readonly IRow[] = [];
  private _sendError: ApiError | null = null;
  private _timezone: string;
  private _version = 0;
}
