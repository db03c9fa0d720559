/** Owns the notice that something was done, with a way back. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { asApiError } from '../api/live';

/** Time in which a deed can be undone by its notice. */
const SHOWN_MS = 8000;

/** Tell of a failure as a notice. */
export function tellFailure(error: unknown): void {
  const { message, hint } = asApiError(error);
  Notification.error([message, hint].filter(Boolean).join(' '), { autoClose: false });
}

/** Do something that can be undone, and offer to undo it; a failure of either is told. */
export async function doWithUndo(
  trans: TranslationBundle,
  deed: { act: () => Promise<void>; said: string; undo: () => Promise<void> }
): Promise<void> {
  try {
    await deed.act();
  } catch (error) {
    tellFailure(error);
    return;
  }
  Notification.success(deed.said, {
    autoClose: SHOWN_MS,
    actions: [{ label: trans.__('Undo'), callback: () => void deed.undo().catch(tellFailure) }]
  });
}
