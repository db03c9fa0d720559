/** Owns one answer of the server that a comparison asks for by itself, and how that stands. */
import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';

/** What was asked for: nothing yet, under way, here, or failed. The newest question counts. */
export class Part<T> {
  /** `touch` is called whenever something moved. */
  constructor(touch: () => void) {
    this._touch = touch;
  }

  /** The newest good answer; it stays while another is under way. */
  get value(): T | null {
    return this._value;
  }

  get error(): ApiError | null {
    return this._error;
  }

  get isLoading(): boolean {
    return this._abort !== null;
  }

  /** Whether anything was ever asked for. */
  get wasAsked(): boolean {
    return this._abort !== null || this._value !== null || this._error !== null;
  }

  async load(ask: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    this._touch();
    try {
      const value = await ask(abort.signal);
      if (!abort.signal.aborted) {
        this._value = value;
        this._error = null;
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        this._error = asApiError(error);
      }
    }
    if (this._abort === abort) {
      this._abort = null;
      this._touch();
    }
  }

  /** Forget the answer, and drop the question that is under way. */
  clear(): void {
    this._abort?.abort();
    this._abort = null;
    this._value = null;
    this._error = null;
  }

  private readonly _touch: () => void;
  private _abort: AbortController | null = null;
  private _error: ApiError | null = null;
  private _value: T | null = null;
}
