import { describe, expect, it } from 'vitest';

import type { DiffLine } from '../../api/types';
import { colouredPieces, pairsOf, unlikeWords } from '../words';

const marked = (before: string, after: string): string[] =>
  unlikeWords(before, after).map(pieces =>
    pieces.map(({ text, isUnlike }) => (isUnlike ? `[${text}]` : text)).join('')
  );

describe('unlikeWords', () => {
  it('marks the words that are unlike', () => {
    expect(marked('clf.fit(X, y)', 'clf.fit(X_train, y)')).toEqual([
      'clf.fit([X], y)',
      'clf.fit([X_train], y)'
    ]);
    expect(marked('rate = 1', 'rate = 1  # low')).toEqual(['rate = 1', 'rate = 1[  # low]']);
  });

  it('marks nothing in lines that have little in common, or are endless', () => {
    expect(marked('import os', 'model = train(data)')).toEqual([
      'import os',
      'model = train(data)'
    ]);
    const long = 'x, '.repeat(400);
    expect(marked(long, `${long}y`)).toEqual([long, `${long}y`]);
  });
});

describe('pairsOf', () => {
  it('puts what was added beside what was removed in its place', () => {
    const line = (kind: DiffLine['kind'], text: string): DiffLine => ({ kind, text });
    const pairs = pairsOf([
      line('skipped', '3 lines'),
      line('removed', 'a'),
      line('removed', 'b'),
      line('added', 'A'),
      line('same', 's'),
      line('added', 'n')
    ]);
    expect(pairs.map(({ before, after }) => [before?.text, after?.text])).toEqual([
      ['3 lines', '3 lines'],
      ['a', 'A'],
      ['b', undefined],
      ['s', 's'],
      [undefined, 'n']
    ]);
  });
});

describe('colouredPieces', () => {
  it('cuts pieces where colours change, and is plain behind the last colour', () => {
    const pieces = [
      { text: 'x = ', isUnlike: false },
      { text: '12', isUnlike: true },
      { text: ')', isUnlike: false }
    ];
    const colours = [
      { text: 'x', className: 'name' },
      { text: ' = 1', className: '' },
      { text: '2', className: 'number' }
    ];
    expect(colouredPieces(pieces, colours)).toEqual([
      { text: 'x', isUnlike: false, className: 'name' },
      { text: ' = ', isUnlike: false, className: '' },
      { text: '1', isUnlike: true, className: '' },
      { text: '2', isUnlike: true, className: 'number' },
      { text: ')', isUnlike: false, className: '' }
    ]);
    expect(colouredPieces(pieces, []).map(piece => piece.text)).toEqual(['x = ', '12', ')']);
  });
});
