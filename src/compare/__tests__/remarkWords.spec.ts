import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import contract from '../../../contract/openapi.json';
import { remarkWords, type Remark } from '../remarkWords';

const trans = nullTranslator.load('mlops_lab');

const SERVER = "The server's words";

describe('remarks', () => {
  const words = contract.components.schemas.Remark.properties.word.enum as Remark['word'][];

  it.each(words)('%s is told without the words of the server', word => {
    const said = { word, names: ['one', 'running', 'three'], numbers: [1, 2], more: 0 };
    const told = remarkWords(said, SERVER, trans);
    expect(told).not.toBe('');
    expect(told).not.toContain(SERVER);
    expect(told).not.toMatch(/%\d/);
  });

  it('tell names, how many more there are, shares and lines', () => {
    const tell = (said: Partial<Remark>): string =>
      remarkWords({ word: 'default', names: [], numbers: [], more: 0, ...said }, SERVER, trans);
    expect(tell({ word: 'values_gained', names: ['city', 'Oslo'], more: 4 })).toBe(
      'city has new values: Oslo and 4 more.'
    );
    expect(tell({ word: 'column_missing', names: ['age'], numbers: [0.1, 0.25] })).toBe(
      'Of age, 25% is missing; it was 10%.'
    );
    expect(tell({ word: 'cell_changed', numbers: [3] })).toBe('Cell 3 has other code');
  });

  it('of a newer server are told in its words', () => {
    const said = { word: 'unheard' as Remark['word'], names: [], numbers: [], more: 0 };
    expect(remarkWords(said, SERVER, trans)).toBe(SERVER);
  });
});
