/** Owns how a test sees that what is drawn stays inside its view. */

/** The parts that reach beyond the right edge and do not scroll by themselves. */
export function tooWide(node: Element): string[] {
  const right = node.getBoundingClientRect().left + node.clientWidth + 1;
  const scrolls = (item: Element | null): boolean =>
    item !== null &&
    item !== node &&
    (getComputedStyle(item).overflowX !== 'visible' || scrolls(item.parentElement));
  return [...node.querySelectorAll('*')]
    .filter(item => item.getBoundingClientRect().right > right && !scrolls(item))
    .map(item => `${item.tagName} ${item.getAttribute('class') ?? ''}`);
}
