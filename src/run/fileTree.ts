/** Owns the files of a run as a tree of folders: built, folded and filtered without drawing; pure. */
import type { ArtifactRef } from '../api/types';

/** One line of the tree. A folder has the sizes and the count of all that is below it. */
export interface IFileNode {
  path: string;
  name: string;
  depth: number;
  size: number;
  /** Files in and below a folder; 1 for a file. */
  count: number;
  file: ArtifactRef | null;
  children: IFileNode[];
}

/** The tree of all files; its root is no line. */
export function fileTree(artifacts: readonly ArtifactRef[]): IFileNode {
  const root = folder('', '', -1);
  const folders = new Map([['', root]]);
  for (const file of artifacts) {
    const above = folderOf(file.path.slice(0, Math.max(0, file.path.lastIndexOf('/'))), folders);
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    const { path, size } = file;
    above.children.push({ path, name, depth: above.depth + 1, size, count: 1, file, children: [] });
  }
  sum(root);
  return root;
}

function folder(path: string, name: string, depth: number): IFileNode {
  return { path, name, depth, size: 0, count: 0, file: null, children: [] };
}

function folderOf(path: string, folders: Map<string, IFileNode>): IFileNode {
  const known = folders.get(path);
  if (known) {
    return known;
  }
  const end = path.lastIndexOf('/');
  const above = folderOf(path.slice(0, Math.max(0, end)), folders);
  const made = folder(path, path.slice(end + 1), above.depth + 1);
  above.children.push(made);
  folders.set(path, made);
  return made;
}

/** Folders come first; names with numbers are in the order that people expect. */
function sum(node: IFileNode): void {
  for (const child of node.children) {
    if (!child.file) {
      sum(child);
    }
    node.size += child.size;
    node.count += child.count;
  }
  node.children.sort(
    (one, other) =>
      Number(one.file !== null) - Number(other.file !== null) ||
      one.name.localeCompare(other.name, undefined, { numeric: true })
  );
}

/** The lines in sight: those in open folders, or with words all files whose path holds them. */
export function visibleNodes(
  root: IFileNode,
  isOpen: (path: string) => boolean,
  words: string
): IFileNode[] {
  const wanted = words.trim().toLowerCase();
  const found: IFileNode[] = [];
  const add = (node: IFileNode): void => {
    for (const child of node.children) {
      if (wanted) {
        if (child.file && child.path.toLowerCase().includes(wanted)) {
          found.push({ ...child, name: child.path, depth: 0 });
        }
        add(child);
      } else {
        found.push(child);
        if (!child.file && isOpen(child.path)) {
          add(child);
        }
      }
    }
  };
  add(root);
  return found;
}

/** The file that a reader most likely wants to see first: a picture, else the first one. */
export function firstShown(artifacts: readonly ArtifactRef[]): string | null {
  const there = artifacts.filter(file => file.available);
  const picture = there.find(file => file.media_type.startsWith('image/'));
  return (picture ?? there[0])?.path ?? null;
}
