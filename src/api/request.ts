/** Owns one HTTP exchange with our routes: address, JSON, and errors as one type. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

/** What went wrong with a request: what and where in `message`, what to do about it in `hint`. */
export class ApiError extends Error {
  constructor(options: {
    message: string;
    hint?: string;
    code: string;
    status?: number;
    place?: IPlace | null;
  }) {
    super(options.message);
    this.name = 'ApiError';
    this.code = options.code;
    this.hint = options.hint ?? '';
    this.status = options.status ?? 0;
    this.place = options.place ?? null;
  }

  /** A stable word for programs, such as `invalid_input`. */
  readonly code: string;
  readonly hint: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Which piece of what was sent is wrong; null where the server names none. */
  readonly place: IPlace | null;
}

/** A piece of a text that the server could not read, and what may have been meant. */
export interface IPlace {
  at: number;
  length: number;
  suggestions: readonly string[];
}

export type QueryValue = string | number | null | undefined | readonly string[];

export interface IRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Record<string, QueryValue>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Where requests go, and the language in which their failures are told. */
export interface IConnection {
  settings: ServerConnection.ISettings;
  trans: TranslationBundle;
  /** No answer came: the connection may be lost. */
  onUnreachable?: () => void;
}

const API = 'mlops-lab/api';

/** What the proxy of a hub says of a server that is not there. */
export const UNREACHED: readonly number[] = [424, 502, 503, 504];

/**
 * Ask one of our routes and return the decoded JSON answer (undefined for an empty one).
 *
 * Throws ApiError for every failure except an abort by the caller, which passes through.
 */
export async function request<T>(
  connection: IConnection,
  path: string,
  options: IRequest = {}
): Promise<T> {
  const text = await requestText(connection, path, options);
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Ask one of our routes and return its answer as text; throws as `request` does. */
export async function requestText(
  connection: IConnection,
  path: string,
  options: IRequest = {}
): Promise<string> {
  const init: RequestInit = { method: options.method ?? 'GET', signal: options.signal ?? null };
  if (options.body !== undefined) {
    init.body = JSON.stringify(options.body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  return exchange(connection, path, options, init, response => response.text());
}

/** Ask for a file, or some bytes of it up to `end`, which is left out; throws as `request` does. */
export async function requestBytes(
  connection: IConnection,
  path: string,
  options: { range?: readonly [start: number, end: number]; signal?: AbortSignal } = {}
): Promise<ArrayBuffer> {
  const { range, signal } = options;
  const init: RequestInit = { method: 'GET', signal: signal ?? null };
  if (range) {
    init.headers = { Range: `bytes=${range[0]}-${range[1] - 1}` };
  }
  return exchange(connection, path, { signal }, init, response => response.arrayBuffer());
}

async function exchange<T>(
  connection: IConnection,
  path: string,
  options: IRequest,
  init: RequestInit,
  read: (response: Response) => Promise<T>
): Promise<T> {
  const { settings, trans } = connection;
  let response: Response;
  let said: string;
  try {
    const address = addressOf(connection, path, options);
    response = await ServerConnection.makeRequest(address, init, settings);
    if (response.ok) {
      return await read(response);
    }
    said = await response.text();
  } catch (error) {
    if (options.signal?.aborted) {
      throw error;
    }
    connection.onUnreachable?.();
    throw new ApiError({
      message: trans.__('The Jupyter server does not answer.'),
      hint: trans.__('Check that it still runs and that you are logged in, then try again.'),
      code: 'unreachable'
    });
  }
  if (UNREACHED.includes(response.status) && !parse(said)?.code) {
    connection.onUnreachable?.();
  }
  throw problem(response, said, trans);
}

/** The full address of one of our routes. */
export function addressOf(
  { settings }: IConnection,
  path: string,
  { query = {} }: IRequest = {}
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') {
      continue;
    }
    for (const item of typeof value === 'object' ? value : [value]) {
      search.append(name, String(item));
    }
  }
  const words = search.toString();
  return URLExt.join(settings.baseUrl, API, path) + (words ? `?${words}` : '');
}

interface IProblem {
  title?: string;
  detail?: string;
  message?: string;
  code?: string;
  hint?: string;
  position?: number | null;
  length?: number | null;
  suggestions?: string[];
}

function placeOf({ position, length, suggestions }: IProblem): IPlace | null {
  return typeof position === 'number'
    ? { at: position, length: length ?? 1, suggestions: suggestions ?? [] }
    : null;
}

function problem(response: Response, text: string, trans: TranslationBundle): ApiError {
  const said = parse(text);
  if (said?.code) {
    return new ApiError({
      message: said.detail || said.title || response.statusText,
      hint: said.hint,
      code: said.code,
      status: response.status,
      place: placeOf(said)
    });
  }
  if (response.status === 404) {
    return new ApiError({
      message: trans.__('This Jupyter server does not have the MLOps Lab extension enabled.'),
      hint: trans.__('Run “mlops-lab doctor” in a terminal; it says how to mend that.'),
      code: 'extension_missing',
      status: 404
    });
  }
  return new ApiError({
    message: trans.__(
      'The server answered with status %1: %2',
      response.status,
      said?.message || response.statusText || trans.__('no reason given')
    ),
    hint: trans.__('The log of the Jupyter server says more.'),
    code: 'server_error',
    status: response.status
  });
}

function parse(text: string): IProblem | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
