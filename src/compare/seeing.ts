/** Owns what of a matrix is in sight: lines that are walked to, headings above their columns. */
/** Headings and values stand below each other, whichever of them is scrolled sideways. */
export function align(from: HTMLElement | null, to: HTMLElement | null): void {
  if (from && to && to.scrollLeft !== from.scrollLeft) {
    to.scrollLeft = from.scrollLeft;
  }
}

/** Bring a line into view that is in the document; headings stay in sight by themselves. */
export function seeLine(lines: HTMLElement | null, line: number): void {
  lines
    ?.querySelector(`[data-place="${line} -1"]`)
    ?.parentElement?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
