/** Owns the line that makes a cell tracked, and the one that loads what understands it; pure. */

const TRACK = '%%track';
const TRACKED = /^\s*%%track(?=\s|$)/;
const LOADING = /^[ \t]*(%(load|reload)_ext[ \t]+mlops_lab\b|(import|from)[ \t]+mlops_lab\b)/m;

/** The line that loads the extension into a kernel. */
export const LOAD_LINE = '%load_ext mlops_lab';

/** Whether the cell begins with the line that tracks it. */
export function isTracked(source: string): boolean {
  return TRACKED.test(source);
}

/** The source with the line at its top. */
export function withTrack(source: string): string {
  return `${TRACK}\n${source}`;
}

/** The source without the line, whatever options it has. */
export function withoutTrack(source: string): string {
  return source.replace(/^\s*%%track[^\n]*\n?/, '');
}

/** Whether a cell loads the extension; a comment that speaks of it does not. */
export function isLoading(source: string): boolean {
  return LOADING.test(source);
}
