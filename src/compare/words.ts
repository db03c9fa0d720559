/** Owns which words of two lines are unlike, and which lines of a diff belong together; pure. */
import type { DiffLine } from '../api/types';

/** A piece of a line; `isUnlike` where the other line has something else. */
export interface IPiece {
  text: string;
  isUnlike: boolean;
}

/** Words of both lines that are held against each other at most. */
const MAX_EFFORT = 40_000;

/** Less than this share of the letters in common: the lines have nothing to do with each other. */
const LEAST_ALIKE = 0.35;

/** The two lines in pieces; each whole and unmarked where they have little in common. */
export function unlikeWords(before: string, after: string): [IPiece[], IPiece[]] {
  const [one, other] = [tokens(before), tokens(after)];
  const whole: [IPiece[], IPiece[]] = [
    [{ text: before, isUnlike: false }],
    [{ text: after, isUnlike: false }]
  ];
  if (one.length * other.length > MAX_EFFORT) {
    return whole;
  }
  const [keptOne, keptOther] = common(one, other);
  const shared = [...keptOne].reduce((sum, at) => sum + (one[at]?.trim().length ?? 0), 0);
  const longest = Math.max(before.trim().length, after.trim().length, 1);
  if (shared / longest < LEAST_ALIKE) {
    return whole;
  }
  return [pieces(one, keptOne), pieces(other, keptOther)];
}

function tokens(line: string): string[] {
  return line.match(/\w+|\s+|[^\w\s]/g) ?? [];
}

/** The places of the longest sequence of tokens that both have. */
function common(one: readonly string[], other: readonly string[]): [Set<number>, Set<number>] {
  const width = other.length + 1;
  const longest = new Uint32Array((one.length + 1) * width);
  const at = (row: number, column: number): number => longest[row * width + column] ?? 0;
  for (let row = one.length - 1; row >= 0; row -= 1) {
    for (let column = other.length - 1; column >= 0; column -= 1) {
      longest[row * width + column] =
        one[row] === other[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const kept: [Set<number>, Set<number>] = [new Set(), new Set()];
  let [row, column] = [0, 0];
  while (row < one.length && column < other.length) {
    if (one[row] === other[column]) {
      kept[0].add(row++);
      kept[1].add(column++);
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      row += 1;
    } else {
      column += 1;
    }
  }
  return kept;
}

function pieces(words: readonly string[], kept: ReadonlySet<number>): IPiece[] {
  const found: IPiece[] = [];
  words.forEach((text, index) => {
    const isUnlike = !kept.has(index);
    const last = found.at(-1);
    if (last?.isUnlike === isUnlike) {
      last.text += text;
    } else {
      found.push({ text, isUnlike });
    }
  });
  return found;
}

/** A piece of a line in one colour; the class is that of the colour. */
export interface IColoured extends IPiece {
  className: string;
}

/** The pieces of a line cut where its colours change; `colours` are of the same text. */
export function colouredPieces(
  unlike: readonly IPiece[],
  colours: readonly { text: string; className: string }[]
): IColoured[] {
  const found: IColoured[] = [];
  const left = colours.map(colour => ({ ...colour }));
  for (const { text, isUnlike } of unlike) {
    let rest = text;
    while (rest !== '') {
      const colour = left[0] ?? { text: rest, className: '' };
      const size = Math.min(colour.text.length, rest.length);
      if (size > 0) {
        found.push({ text: rest.slice(0, size), isUnlike, className: colour.className });
      }
      rest = rest.slice(size);
      colour.text = colour.text.slice(size);
      if (colour.text === '') {
        left.shift();
      }
    }
  }
  return found;
}

/** Lines side by side: what was removed beside what was added in its place. */
export interface IPair {
  before: DiffLine | null;
  after: DiffLine | null;
}

/** Pairs of lines; the same line stands on both sides. */
export function pairsOf(lines: readonly DiffLine[]): IPair[] {
  const found: IPair[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = (): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      found.push({ before: removed[index] ?? null, after: added[index] ?? null });
    }
    [removed, added] = [[], []];
  };
  for (const line of lines) {
    if (line.kind === 'removed') {
      if (added.length > 0) {
        flush();
      }
      removed.push(line);
    } else if (line.kind === 'added') {
      added.push(line);
    } else {
      flush();
      found.push({ before: line, after: line });
    }
  }
  flush();
  return found;
}
