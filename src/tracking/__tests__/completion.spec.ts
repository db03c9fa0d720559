import { describe, expect, it } from 'vitest';

import { FakeServer } from '../../__tests__/fakes';
import { propose, take, writingAt } from '../completion';

const { signal } = new AbortController();
const at = (text: string): ReturnType<typeof writingAt> => writingAt(text, text.length);

describe('writingAt', () => {
  it('tells fields, names and values apart', () => {
    expect(at('met')).toEqual({ kind: 'field', from: 0, to: 3, word: 'met' });
    expect(at('auc > 1 and sta')).toMatchObject({ kind: 'field', from: 12, word: 'sta' });
    expect(at('metrics.au')).toMatchObject({ kind: 'name', from: 0, of: 'metrics', word: 'au' });
    expect(at('(tags.`my t')).toMatchObject({ kind: 'name', from: 1, of: 'tags', word: 'my t' });
    expect(at('status = fi')).toMatchObject({ kind: 'value', from: 9, field: 'status' });
    expect(at("experiment='fl")).toMatchObject({ kind: 'value', from: 11, word: 'fl' });
    expect(at('started last')).toMatchObject({ kind: 'value', field: 'started', word: 'last' });
  });

  it('replaces the whole word around the caret', () => {
    expect(writingAt('metrics.auc > 1', 9)).toMatchObject({ from: 0, to: 11, word: 'a' });
  });
});

describe('take', () => {
  it('puts a proposal in place of what is written, with room after it', () => {
    const writing = writingAt('metrics.a > 1', 9)!;
    expect(take('metrics.a > 1', writing, { text: 'metrics.auc', note: '' })).toEqual({
      text: 'metrics.auc > 1',
      caret: 11
    });
    expect(take('met', at('met')!, { text: 'metrics.', note: '' }).text).toBe('metrics.');
    expect(take('sta', at('sta')!, { text: 'status', note: '' }).text).toBe('status ');
  });
});

describe('propose', () => {
  it('asks the server for names and values', async () => {
    const server = new FakeServer()
      .on('GET names', {
        names: [
          { name: 'auc', count: 9 },
          { name: 'val loss', count: 2 }
        ]
      })
      .on('GET facets', {
        field: 'experiment',
        values: [
          { value: 'flights', count: 3 },
          { value: 'my flights', count: 1 }
        ],
        is_exact: true
      });
    const { client } = server;
    expect(await propose(at('metrics.a')!, client, signal)).toEqual([
      { text: 'metrics.auc', note: '9' },
      { text: 'metrics.`val loss`', note: '2' }
    ]);
    const values = await propose(at('experiment = fl')!, client, signal);
    expect(values.map(({ text }) => text)).toEqual(['flights', "'my flights'"]);
    expect(server.seen.at(-2)?.path).toBe('names?kind=metrics&piece=a&limit=60');
    expect(await propose(at('metrics.auc > ')!, client, signal)).toEqual([]);
    const plain = await propose(at('val')!, client, signal);
    expect(plain.map(({ text }) => text)).toEqual([
      'metrics.`val loss`',
      'metrics.auc',
      'params.`val loss`',
      'params.auc'
    ]);
    const words = await propose(at('status = f')!, client, signal);
    expect(words.map(({ text }) => text)).toEqual(['finished', 'failed']);
  });
});
