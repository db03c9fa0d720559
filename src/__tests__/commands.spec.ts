import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { CommandIds } from '../commands';

const commands: string[] = Object.values(CommandIds);

describe('commands', () => {
  it('have names in the form that JupyterLab asks for', () => {
    for (const id of commands) {
      expect(id).toMatch(/^mlops-lab:[a-z]+(-[a-z]+)+$/);
    }
  });

  it('exist where the settings schema puts them into menus and toolbars', () => {
    const schema = readFileSync('schema/plugin.json', 'utf8');
    const named = [...schema.matchAll(/"command": "([^"]+)"/g)].map(match => match[1] ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(commands).toEqual(expect.arrayContaining(named));
  });
});
