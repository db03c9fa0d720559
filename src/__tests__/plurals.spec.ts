import { readdirSync, readFileSync } from 'node:fs';

import * as ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(path => /\.tsx?$/.test(path) && !path.includes('__tests__'))
  .map(path => `src/${path}`);

/** Calls of `_n` in a file: where they are, and their arguments. */
function plurals(path: string): { place: string; args: ts.Expression[]; file: ts.SourceFile }[] {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: ReturnType<typeof plurals> = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      if (node.expression.name.text === '_n') {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        found.push({ place: `${path}:${line + 1}`, args: [...node.arguments], file });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

// All sources are read.
vi.setConfig({ testTimeout: 60_000 });

describe('texts with a plural', () => {
  it('put the number itself at %1, and what follows it from %2 on', () => {
    const wrong: string[] = [];
    for (const { place, args, file } of files.flatMap(plurals)) {
      const [one, many, count, ...values] = args.map(arg => arg.getText(file));
      const places = new Set(`${one} ${many}`.match(/%\d/g));
      const unused = values.filter(
        (value, index) => value !== count && !places.has(`%${index + 2}`)
      );
      const missing = [...places].filter(sign => Number(sign[1]) > values.length + 1);
      if (unused.length > 0 || missing.length > 0) {
        wrong.push(`${place}: ${[...unused, ...missing].join(', ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
