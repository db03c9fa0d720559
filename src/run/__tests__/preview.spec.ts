import { describe, expect, it } from 'vitest';

import type { ArtifactRef } from '../../api/types';
import { imageType, previewKind } from '../preview/kind';
import { notebookCells } from '../preview/notebookForm';
import { guarded } from '../preview/page';
import { readParquetHead } from '../preview/parquetHead';
import { readTable, SHOWN_ROWS } from '../preview/rows';

function file(path: string, type = 'application/octet-stream'): ArtifactRef {
  return { path, digest: '', size: 1, media_type: type, available: true };
}

describe('previewKind', () => {
  it('goes by the ending, then by the media type', () => {
    const kinds = ['a.csv', 'b/c.PNG', 'd.ipynb', 'e.parquet', 'f.md', 'g.py', 'Dockerfile'].map(
      path => previewKind(file(path))
    );
    expect(kinds).toEqual(['table', 'image', 'notebook', 'parquet', 'markdown', 'text', 'text']);
    expect(previewKind(file('noending', 'application/json; charset=utf-8'))).toBe('json');
    expect(previewKind(file('model.skops'))).toBeNull();
    expect(previewKind(file('model.pkl', 'application/x-pickle'))).toBeNull();
  });

  it('gives a browser our type of a picture, not the one that is claimed', () => {
    expect(imageType(file('a.svg', 'text/html'))).toBe('image/svg+xml');
  });
});

describe('readTable', () => {
  it('finds what separates the values, and keeps it within quotes', () => {
    expect(readTable('a;b\n1;"x;y"\n', 't.csv', true)).toEqual({
      columns: ['a', 'b'],
      rows: [['1', 'x;y']],
      hasMore: false
    });
    expect(readTable('a\tb,c\n1\t2\n', 't.tsv', true).columns).toEqual(['a', 'b,c']);
  });

  it('shows the first rows only, and no line that may be cut', () => {
    const lines = Array.from({ length: SHOWN_ROWS + 50 }, (_, row) => `${row},x`).join('\n');
    const long = readTable(`a,b\n${lines}`, 't.csv', true);
    expect([long.rows.length, long.hasMore]).toEqual([SHOWN_ROWS, true]);
    expect(readTable('a,b\n1,2\n3,', 't.csv', false).rows).toEqual([['1', '2']]);
    expect(readTable('', 't.csv', true)).toEqual({ columns: [], rows: [], hasMore: false });
  });
});

describe('notebookCells', () => {
  it('reads cells and outputs, in one text or in lines', () => {
    const cells = [
      { cell_type: 'markdown', source: ['# a\n', 'b'] },
      {
        cell_type: 'code',
        source: 'x',
        execution_count: 2,
        outputs: [
          { output_type: 'stream', name: 'stdout', text: ['1\n', '2'] },
          { output_type: 'error', ename: 'E', evalue: 'v', traceback: [] },
          { output_type: 'display_data', data: { 'text/plain': 'p' } }
        ]
      }
    ];
    const [markdown, code] = notebookCells(JSON.stringify({ cells })) ?? [];
    expect(markdown).toMatchObject({ kind: 'markdown', source: '# a\nb', outputs: [] });
    expect(code?.count).toBe(2);
    expect(code?.outputs.map(({ kind, data }) => [kind, data['text/plain']])).toEqual([
      ['stream', '1\n2'],
      ['error', undefined],
      ['display', 'p']
    ]);
  });

  it('is null for what is no notebook', () => {
    for (const text of ['', '{', '[]', '{"cells": 3}', '"x"']) {
      expect(notebookCells(text)).toBeNull();
    }
  });
});

describe('guarded', () => {
  it('puts a policy before everything of the page, without scripts unless they are wanted', () => {
    const page = guarded('<!doctype html><script>1</script>', false);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<script>'));
    expect(page).toContain("default-src 'none'");
    expect(page).not.toContain('script-src');
    expect(guarded('x', true)).toContain('script-src');
  });
});

// Written by pyarrow: columns n (int64: 0, 1, 2), word (string: a, b, null), two row groups.
const PARQUET = [
  'UEFSMRUEFSAVMkwVBBUAEgAAKLUv/SAQgQAAAAAAAAAAAAABAAAAAAAAABUAFRIVJCwVBBUQFQYVBhwA',
  'AAAotS/9IAlJAAACAAAABAEBAwIVBBUUFSZMFQQVABIAACi1L/0gClEAAAEAAABhAQAAAGIVABUSFSQs',
  'FQQVEBUGFQYcAAAAKLUv/SAJSQAAAgAAAAQBAQMCFQQVEBUiTBUCFQASAAAotS/9IAhBAAACAAAAAAAA',
  'ABUAFRIVJCwVAhUQFQYVBhwAAAAotS/9IAlJAAACAAAAAgEBAgAVBBUAFRJMFQAVABIAACi1L/0gAAEA',
  'ABUAFQ4VICwVAhUQFQYVBhwAAAAotS/9IAc5AAACAAAAAgAAFQQZPDUAGAZzY2hlbWEVBAAVBCUCGAFu',
  'ABUMJQIYBHdvcmQlAEwcAAAAFgYZLBksJgAcFQQZNQAGEBkYAW4VDBYEFnQWmAEmViYIKSwVBBUAFQIA',
  'FQAVEBUCADwpBhkmAAQAAAAmABwVDBk1AAYQGRgEd29yZBUMFgQWaBaMASbiASagASksFQQVABUCABUA',
  'FRAVAgA8FgQZBhkmAAQAAAAW3AEWBCYIFqQCABksJgAcFQQZNQAGEBkYAW4VDBYCFmQWiAEm6gImrAIp',
  'LBUEFQAVAgAVABUQFQIAPCkGGSYAAgAAACYAHBUMGTUABhAZGAR3b3JkFQwWAhZQFnQm4gMmtAMpLBUE',
  'FQAVAgAVABUQFQIAPBYAGQYZJgIAAAAAFrQBFgImrAIW/AEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJz',
  'aW9uIDI2LjAuMRksHAAAHAAAAFcBAABQQVIx'
].join('');

describe('readParquetHead', () => {
  it('reads the schema and the rows of the first group, by ranges of bytes', async () => {
    const bytes = Uint8Array.from(atob(PARQUET), char => char.charCodeAt(0));
    const asked: [number, number][] = [];
    const head = await readParquetHead(bytes.length, async (start, end) => {
      asked.push([start, end]);
      return bytes.slice(start, end).buffer;
    });
    expect(head.columns.map(({ name, isNumber }) => [name, isNumber])).toEqual([
      ['n', true],
      ['word', false]
    ]);
    expect(head.rows).toEqual([
      ['0', 'a'],
      ['1', 'b']
    ]);
    expect([head.count, head.groups, head.allColumns]).toEqual([3, 2, 2]);
    expect(asked.every(([start, end]) => start >= 0 && end <= bytes.length)).toBe(true);
  });

  it('refuses what is no Parquet file', async () => {
    const read = async (): Promise<ArrayBuffer> => new ArrayBuffer(20);
    await expect(readParquetHead(20, read)).rejects.toThrow();
  });
});
