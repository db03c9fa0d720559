/** Owns how a diff of git is taken apart into files and lines; pure. */
import type { DiffLine } from '../api/types';

export interface IFileDiff {
  path: string;
  added: number;
  removed: number;
  lines: readonly DiffLine[];
}

const FILE = /^diff --git a\/(.*) b\/(.*)$/;

/** Lines of git about the file itself, which say nothing of its content. */
const ABOUT =
  /^(index |--- |\+\+\+ |new file mode|deleted file mode|old mode|new mode|similarity )/;

/** The files of a unified diff, in its order. */
export function parseDiff(text: string): IFileDiff[] {
  const files: (IFileDiff & { lines: DiffLine[]; isBody: boolean })[] = [];
  for (const line of text.split('\n')) {
    const path = FILE.exec(line)?.[2];
    if (path !== undefined) {
      files.push({ path, added: 0, removed: 0, lines: [], isBody: false });
      continue;
    }
    const file = files.at(-1);
    if (!file || (!file.isBody && ABOUT.test(line)) || (line === '' && !file.isBody)) {
      continue;
    }
    file.isBody = true;
    const found = lineOf(line);
    file.lines.push(found);
    file.added += Number(found.kind === 'added');
    file.removed += Number(found.kind === 'removed');
  }
  return files.map(({ path, added, removed, lines }) => ({
    path,
    added,
    removed,
    lines: withoutLastBlank(lines)
  }));
}

function lineOf(line: string): DiffLine {
  switch (line[0]) {
    case '+':
      return { kind: 'added', text: line.slice(1) };
    case '-':
      return { kind: 'removed', text: line.slice(1) };
    case ' ':
      return { kind: 'same', text: line.slice(1) };
    default:
      return { kind: 'skipped', text: line };
  }
}

/** The line end at the end of a diff is no line of the file. */
function withoutLastBlank(lines: DiffLine[]): DiffLine[] {
  const last = lines.at(-1);
  return last?.kind === 'skipped' && last.text === '' ? lines.slice(0, -1) : lines;
}
