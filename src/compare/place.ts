/** Owns how keys walk through a matrix; pure. */

/** A cell of a matrix; line -1 has the headings of the columns, column -1 those of the lines. */
export interface IPlace {
  line: number;
  column: number;
}

/** What `step` needs to know of a matrix. */
interface IExtent {
  lines: number;
  columns: number;
}

interface IKey {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const PAGE = 12;

/** Lines and columns that a key goes; the ends are further than any matrix is large. */
const STEPS: Record<string, readonly [number, number]> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  PageDown: [PAGE, 0],
  PageUp: [-PAGE, 0],
  Home: [0, -Infinity],
  End: [0, Infinity]
};

/** Where a key goes from a place; null when it does not walk. */
export function step(event: IKey, from: IPlace, extent: IExtent): IPlace | null {
  const steps = STEPS[event.key];
  if (!steps || event.altKey || event.shiftKey) {
    return null;
  }
  const isFar = event.ctrlKey || event.metaKey;
  const isEnd = event.key === 'Home' || event.key === 'End';
  const [down, right] = steps;
  const line = isFar && isEnd ? (right < 0 ? -1 : Infinity) : from.line + down * (isFar ? 1e9 : 1);
  const column = from.column + right * (isFar ? 1e9 : 1);
  return { line: clamp(line, extent.lines), column: clamp(column, extent.columns) };
}

function clamp(value: number, count: number): number {
  return Math.max(-1, Math.min(value, count - 1));
}
