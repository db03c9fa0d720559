import { readFileSync, readdirSync } from 'node:fs';

import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import { CommandIds } from '../commands';
import plugins from '../index';
import { FakeServer, fakeLab } from './fakes';

interface IArgs {
  type?: string;
  properties?: Record<string, object>;
  required?: string[];
}

const signal = (): Signal<object, unknown> => new Signal<object, unknown>({});

/** All that a plugin may ask for, as far as activation looks at it. */
function services(): Record<string, object> {
  const settings = { get: () => ({ composite: true }), changed: signal(), composite: {} };
  const tracker = {
    widgetAdded: signal(),
    currentChanged: signal(),
    activeCellChanged: signal(),
    forEach: () => undefined,
    find: () => undefined,
    currentWidget: null,
    activeCell: null
  };
  return {
    'mlops-lab:ILab': fakeLab(new FakeServer()),
    'mlops-lab:IRunSelection': { selected: [], selectionChanged: signal() },
    '@jupyterlab/notebook:INotebookTracker': tracker,
    '@jupyterlab/coreutils:ISettingRegistry': {
      load: async () => settings,
      get: async () => ({ composite: '' })
    },
    '@jupyterlab/docmanager:IDocumentManager': { openOrReveal: () => undefined },
    '@jupyterlab/apputils:IToolbarWidgetRegistry': { addFactory: () => undefined }
  };
}

function makeApp(commands: CommandRegistry): object {
  const events = { stream: signal() };
  const contents = { addDrive: () => undefined, localPath: String, driveName: () => '' };
  const { settings: serverSettings } = new FakeServer();
  const serviceManager = { contents, serverSettings, events, connectionFailure: signal() };
  const shell = { add: vi.fn(), activateById: vi.fn(), currentChanged: signal() };
  return {
    commands,
    serviceManager,
    shell,
    restored: Promise.resolve(),
    started: Promise.resolve()
  };
}

async function activated(): Promise<{ commands: CommandRegistry; palette: Set<string> }> {
  const commands = new CommandRegistry();
  const palette = new Set<string>();
  const known: Record<string, object> = {
    ...services(),
    '@jupyterlab/apputils:ICommandPalette': {
      addItem: ({ command }: { command: string }) => palette.add(command)
    }
  };
  const app = makeApp(commands);
  for (const plugin of plugins) {
    const tokens = [...(plugin.requires ?? []), ...(plugin.optional ?? [])];
    const given = tokens.map(token => known[token.name] ?? null);
    await (plugin.activate as (...args: unknown[]) => unknown)(app, ...given);
  }
  return { commands, palette };
}

describe('our plugins', () => {
  it('add every command that is named, each with a caption and described arguments', async () => {
    const { commands } = await activated();
    for (const id of Object.values(CommandIds)) {
      expect(commands.hasCommand(id), id).toBe(true);
      expect(commands.label(id), id).not.toBe('');
      expect(commands.caption(id), id).not.toBe('');
      const { args } = (await commands.describedBy(id)) as { args: IArgs | null };
      expect(args?.type, id).toBe('object');
      for (const [name, property] of Object.entries(args?.properties ?? {})) {
        expect(property, `${id}: ${name}`).toHaveProperty('description');
      }
      const names = Object.keys(args?.properties ?? {});
      expect(names, id).toEqual(expect.arrayContaining(args?.required ?? []));
    }
  });

  it('put into the palette what can be done without arguments', async () => {
    const { commands, palette } = await activated();
    for (const id of palette) {
      const { args } = (await commands.describedBy(id)) as { args: IArgs | null };
      expect(args?.required ?? [], id).toEqual([]);
    }
    const needy = [];
    for (const id of Object.values(CommandIds)) {
      const { args } = (await commands.describedBy(id)) as { args: IArgs | null };
      if (!args?.required?.length && !palette.has(id)) {
        needy.push(id);
      }
    }
    expect(needy).toEqual([]);
  });

  it('need nothing that only JupyterLab has, so that Notebook 7 has them too', () => {
    const lab = ['@jupyterlab/application:ILabShell', '@jupyterlab/application:ILayoutRestorer'];
    for (const plugin of plugins) {
      const names = (plugin.requires ?? []).map(token => token.name);
      expect(
        names.filter(name => lab.includes(name)),
        plugin.id
      ).toEqual([]);
      expect(plugin.description, plugin.id).toBeTruthy();
    }
  });
});

describe('menus and toolbars', () => {
  it('are filled by the settings alone, so that users can move and remove each item', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
    const sources = files.filter(name => /\.tsx?$/.test(name) && !name.includes('__tests__'));
    const inCode = sources.filter(name =>
      /contextMenu\.addItem|IMainMenu|toolbar\.(addItem|insertItem|insertAfter|insertBefore)/.test(
        readFileSync(`src/${name}`, 'utf8')
      )
    );
    expect(inCode).toEqual([]);
  });

  it('have settings that are described and have a default', () => {
    const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as {
      properties: Record<string, { title?: string; description?: string; default?: unknown }>;
    };
    for (const [name, { title, description, default: value }] of Object.entries(
      schema.properties
    )) {
      expect([title, description].every(Boolean), name).toBe(true);
      expect(value, name).toBeDefined();
    }
  });
});
