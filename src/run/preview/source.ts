/** Owns the reading of a file for its preview: heads of large files only, as bytes or as text. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import { asApiError } from '../../api/live';
import type { ApiError } from '../../api/request';
import type { ArtifactRef } from '../../api/types';
import type { RunModel } from '../model';

/** What previews draw with, beside the file. */
export interface IPreviewTools {
  rendermime: IRenderMimeRegistry | null;
}

/** The file of a run that is previewed. */
export interface IPreviewSource extends IPreviewTools {
  file: ArtifactRef;
  model: RunModel;
}

/** Text up to which a file is shown whole; of a longer one its head. */
export const HEAD_BYTES = 256 * 1024;

/** What was read so far: loading, failed, or here. */
export interface ILoaded<T> {
  value: T | null;
  error: ApiError | null;
  retry: () => void;
}

/** Load what a preview shows; what is not waited for any more is dropped. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): ILoaded<T> {
  const [value, setValue] = React.useState<T | null>(null);
  const [error, setError] = React.useState<ApiError | null>(null);
  const [attempt, setAttempt] = React.useState(0);
  const loading = React.useRef(load);
  React.useEffect(() => {
    const abort = new AbortController();
    setError(null);
    loading.current(abort.signal).then(
      loaded => abort.signal.aborted || setValue(() => loaded),
      (failure: unknown) => abort.signal.aborted || setError(asApiError(failure))
    );
    return () => abort.abort();
  }, [attempt]);
  return { value, error, retry: () => setAttempt(attempt + 1) };
}

/** The text of a file, or of its head. */
export interface IHead {
  text: string;
  isWhole: boolean;
}

/** Read a file as text, `limit` bytes of it at most. */
export async function readHead(
  { file, model }: IPreviewSource,
  signal: AbortSignal,
  limit = HEAD_BYTES
): Promise<IHead> {
  const isWhole = file.size <= limit;
  const bytes = await readBytes({ file, model }, signal, isWhole ? undefined : [0, limit]);
  // Of a head the last character may be cut; it is left out.
  const text = new TextDecoder().decode(bytes, { stream: !isWhole });
  return { text: text.replace(/^\uFEFF/, ''), isWhole };
}

/** Read bytes of a file, or all of it. */
export function readBytes(
  { file, model }: Pick<IPreviewSource, 'file' | 'model'>,
  signal: AbortSignal,
  range?: readonly [number, number]
): Promise<ArrayBuffer> {
  return file.size === 0
    ? Promise.resolve(new ArrayBuffer(0))
    : model.readArtifact(file.path, { range, signal });
}
