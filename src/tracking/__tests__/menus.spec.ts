import type { CommandRegistry } from '@lumino/commands';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { Menu } from '@lumino/widgets';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { FakeServer, fakeLab, pageOf, summaryOf, trans } from '../../__tests__/fakes';
import { recordingCommands } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { openMenu } from '../menus';
import { RunsModel } from '../model';

let commands: CommandRegistry;
let opened: () => Menu | undefined;

beforeEach(() => {
  commands = recordingCommands([]);
  const open = vi.spyOn(MenuSvg.prototype, 'open').mockImplementation(() => undefined);
  opened = () => open.mock.contexts[0] as Menu | undefined;
  onTestFinished(() => void vi.restoreAllMocks());
});

async function show(menu: 'view' | 'more', order = ''): Promise<Menu> {
  const server = new FakeServer()
    .on('GET glances', { glances: [] })
    .on('GET experiments', { experiments: [] })
    .on('GET runs', pageOf([summaryOf('a'), summaryOf('b')]));
  const model = new RunsModel(fakeLab(server));
  onTestFinished(() => model.dispose());
  await model.show({ order });
  model.isActive = true;
  await model.ready;
  openMenu(menu, document.createElement('button'), { commands, model, trans });
  const found = opened();
  if (!found) {
    throw new Error('no menu was opened');
  }
  return found;
}

const sortsOf = (menu: Menu): unknown[] =>
  menu.items[1]?.submenu?.items.map(({ args }) => args['order']) ?? [];

describe('openMenu', () => {
  it('offers groups, orders with the metrics in sight, densities and shelves', async () => {
    const menu = await show('view');
    expect(sortsOf(menu)).toEqual([
      '',
      'started ASC',
      'duration DESC',
      'name ASC',
      'metrics.`auc` DESC'
    ]);
    const shelves = menu.items.filter(({ command }) => command === CommandIds.browseRuns);
    expect(shelves.map(({ args }) => args['shelf'])).toEqual(['runs', 'archived', 'trash']);
  });

  it('offers an order that was chosen elsewhere too', async () => {
    expect(sortsOf(await show('view', 'params.rate ASC')).at(-1)).toBe('params.rate ASC');
  });

  it('offers what else can be done with the selected runs', async () => {
    const menu = await show('more');
    const offered = menu.items.map(({ command }) => command).filter(Boolean);
    expect(offered).toContain(CommandIds.noteRun);
    expect(offered).toContain(CommandIds.trashRun);
    expect(offered.every(command => commands.hasCommand(command))).toBe(true);
  });
});
