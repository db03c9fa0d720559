/** Owns giving the focus to a part of the sidebar that was called for. */

/**
 * Give an element the focus. The palette and menus give the focus back to what had it before them
 * once their command was executed: what was called for takes it after that.
 */
export function takeFocus(element: HTMLElement | null): void {
  element?.focus();
  window.setTimeout(() => element?.focus());
}
