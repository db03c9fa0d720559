import { readdirSync, readFileSync } from 'node:fs';

import { Gettext } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { findStrings } from '../../scripts/strings.mjs';

const FOLDER = 'mlops_lab/locale';
const RENEW = 'run ./scripts/translations, and translate what it lists';

type Catalogue = Record<string, string[]>;

const keyOf = ({ context, id }: { context: string | null; id: string }): string =>
  context === null ? id : `${context}\u0004${id}`;

const strings = findStrings('.');
const languages = readdirSync(FOLDER, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

function read(language: string): Catalogue {
  const text = readFileSync(`${FOLDER}/${language}/LC_MESSAGES/mlops_lab.json`, 'utf8');
  return JSON.parse(text) as Catalogue;
}

const placesIn = (text: string): string => [...new Set(text.match(/%\d/g))].sort().join(' ');

describe.each(languages)('the translations into %s', language => {
  const catalogue = read(language);

  it('are complete, and of nothing else', () => {
    const needed = new Set(strings.map(keyOf));
    const known = Object.keys(catalogue).filter(key => key !== '');
    expect(
      [...needed].filter(key => !known.includes(key)),
      RENEW
    ).toEqual([]);
    expect(
      known.filter(key => !needed.has(key)),
      RENEW
    ).toEqual([]);
  });

  it('put the same values into a text, in each of its forms', () => {
    for (const string of strings) {
      const forms = catalogue[keyOf(string)] ?? [];
      expect(forms, string.id).toHaveLength(string.plural === null ? 1 : 2);
      const text = string.plural ?? string.id;
      expect(placesIn(forms.at(-1) ?? ''), string.id).toBe(placesIn(text));
    }
  });
});

describe('the French translations', () => {
  it('are read by JupyterLab, with the plurals of French', () => {
    const { '': head, ...texts } = read('fr_FR') as Catalogue & { '': object };
    const { plural_forms: pluralForms, ...more } = head as unknown as Record<string, string>;
    const trans = new Gettext({ domain: 'mlops_lab', locale: 'fr_FR' });
    trans.loadJSON({ '': { ...more, pluralForms }, ...texts } as never, 'mlops_lab');
    expect(trans.__('Open this run')).toBe('Ouvrir cette exécution');
    expect(trans._n('%1 run', '%1 runs', 0, 0)).toBe('0 exécution');
    expect(trans._n('%1 run', '%1 runs', 2, 2)).toBe('2 exécutions');
  });
});
