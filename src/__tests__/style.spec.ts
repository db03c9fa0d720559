import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const STYLE = join(__dirname, '..', '..', 'style');

it('no two features style the same class, each for its own view', () => {
  const files = readdirSync(STYLE).filter(file => file.endsWith('.css') && file !== 'common.css');
  const owners = new Map<string, string>();
  const clashes: string[] = [];
  for (const file of files) {
    const text = readFileSync(join(STYLE, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/^\.(jp-MlopsLab-[\w-]+)(?: \{|,)$/gm)) {
      const owner = owners.get(name) ?? file;
      owners.set(name, owner);
      if (owner !== file) {
        clashes.push(`${name}: ${owner}, ${file}`);
      }
    }
  }
  expect(clashes).toEqual([]);
});
