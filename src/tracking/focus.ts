/** Owns giving the focus to a part of the sidebar that was called for. */

/** For so long what had the focus before may ask for it back. */
const HOLD_MS = 400;

/** The hold of what was called last. */
let held: AbortController | null = null;

/**
 * Give an element the focus. The palette and menus give it back to what had it before them, some
 * time after their command was executed: until the user does something it stays here.
 */
export function takeFocus(element: HTMLElement | null): void {
  held?.abort();
  const watch = (held = new AbortController());
  const { signal } = watch;
  const take = (): void => {
    if (!signal.aborted && element?.isConnected) {
      element.focus();
    }
  };
  element?.addEventListener('focusout', () => window.setTimeout(take), { signal });
  for (const type of ['pointerdown', 'keydown']) {
    document.addEventListener(type, () => watch.abort(), { capture: true, signal });
  }
  window.setTimeout(() => watch.abort(), HOLD_MS);
  take();
  window.setTimeout(take);
}
