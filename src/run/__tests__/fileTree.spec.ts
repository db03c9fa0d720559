import { describe, expect, it } from 'vitest';

import type { ArtifactRef } from '../../api/types';
import { fileTree, firstShown, visibleNodes } from '../fileTree';

function file(path: string, more: Partial<ArtifactRef> = {}): ArtifactRef {
  return { path, digest: path, size: 10, media_type: 'text/plain', available: true, ...more };
}

const FILES = ['b.txt', 'parts/10.txt', 'parts/9.txt', 'parts/deep/x.txt', 'a.txt'].map(path =>
  file(path)
);

describe('fileTree', () => {
  it('has folders first, with the sizes of all below, and numbers in their order', () => {
    const nodes = visibleNodes(fileTree(FILES), () => true, '');
    expect(nodes.map(({ name, depth, size, count }) => [name, depth, size, count])).toEqual([
      ['parts', 0, 30, 3],
      ['deep', 1, 10, 1],
      ['x.txt', 2, 10, 1],
      ['9.txt', 1, 10, 1],
      ['10.txt', 1, 10, 1],
      ['a.txt', 0, 10, 1],
      ['b.txt', 0, 10, 1]
    ]);
  });

  it('hides what is in folded folders, and finds files by words in any folder', () => {
    const tree = fileTree(FILES);
    expect(visibleNodes(tree, () => false, '').map(node => node.path)).toEqual([
      'parts',
      'a.txt',
      'b.txt'
    ]);
    expect(visibleNodes(tree, () => false, 'DEEP').map(node => node.name)).toEqual([
      'parts/deep/x.txt'
    ]);
  });
});

describe('firstShown', () => {
  it('is a picture if there is one, and never a file whose bytes are missing', () => {
    const picture = file('z.png', { media_type: 'image/png' });
    expect(firstShown([file('a.txt'), picture])).toBe('z.png');
    expect(firstShown([file('a.txt', { available: false }), file('b.txt')])).toBe('b.txt');
    expect(firstShown([])).toBeNull();
  });
});
