/** Owns how the strings of the front end that have to be translated are found. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import ts from 'typescript';

/** Where a call has its context, its text and its plural; -1 for what it has not. */
const CALLS = {
  __: [-1, 0, -1],
  gettext: [-1, 0, -1],
  _n: [-1, 0, 1],
  ngettext: [-1, 0, 1],
  _p: [0, 1, -1],
  pgettext: [0, 1, -1],
  _np: [0, 1, 2],
  npgettext: [0, 1, 2]
};

/** Which strings of a settings schema JupyterLab shows, and the context that it gives them. */
const SHOWN = [
  [/^\/(properties|definitions)\/.*\/(title|description)$/, 'settings'],
  [/^\/(title|description)$/, 'schema'],
  [/^\/jupyter\.lab\.setting-icon-label$/, 'settings'],
  [/^\/jupyter\.lab\.menus\/.*\/label$/, 'menu'],
  [/^\/jupyter\.lab\.toolbars\/.*\/label$/, 'toolbar']
];

/** Every string below `root`: `{ context, id, plural, place }`, in the order of files and lines. */
export function findStrings(root) {
  return [...sources(join(root, 'src')), ...sources(join(root, 'schema'))].flatMap(path => {
    const text = readFileSync(path, 'utf8');
    const file = relative(root, path);
    return path.endsWith('.json') ? ofSchema(JSON.parse(text), file) : ofCode(text, file);
  });
}

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .filter(name => /\.(tsx?|json)$/.test(name) && !/__tests__|\.d\.ts$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

function ofCode(text, file) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = node => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      if (name.text in CALLS && /trans$/i.test(expression.getText())) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        found.push(ofCall(node, CALLS[name.text], `${file}:${line + 1}`));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function ofCall(node, places, place) {
  const [context, id, plural] = places.map(at => {
    const value = at < 0 ? null : node.arguments[at];
    if (value && !ts.isStringLiteralLike(value)) {
      throw new Error(
        `${place}: ${value.getText()} is no literal, so that nobody can translate it.`
      );
    }
    return value ? value.text : null;
  });
  return { context, id, plural, place };
}

function ofSchema(value, place, path = '') {
  if (typeof value === 'string') {
    const context = SHOWN.find(([pattern]) => pattern.test(path))?.[1];
    return context && value ? [{ context, id: value, plural: null, place }] : [];
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, item]) => ofSchema(item, place, `${path}/${key}`))
    : [];
}
