/** Owns how the keys of a form in a page are kept from JupyterLab, and what Escape does in it. */
import type * as React from 'react';

/** Keep a key for the form itself; Escape closes it. */
export function closeOnEscape(event: React.KeyboardEvent, onClose: () => void): void {
  event.stopPropagation();
  if (event.key === 'Escape') {
    onClose();
  }
}
