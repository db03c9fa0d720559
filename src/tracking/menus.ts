/** Owns the menus that the buttons of the sidebar open. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIds } from '../commands';
import { GROUPINGS, SHELVES } from './listView';
import type { RunsModel } from './model';
import { DENSITIES } from './preferences';

/** Metrics by which the menu offers to sort. */
const MOST_METRICS = 6;

interface IMenuOptions {
  commands: CommandRegistry;
  model: RunsModel;
  trans: TranslationBundle;
}

/** Open a menu below a button. */
export function openMenu(menu: 'view' | 'more', anchor: HTMLElement, options: IMenuOptions): void {
  const made = menu === 'view' ? viewMenu(options) : moreMenu(options);
  const { left, bottom } = anchor.getBoundingClientRect();
  made.aboutToClose.connect(() => anchor.focus(), made);
  made.open(left, bottom);
}

function viewMenu(options: IMenuOptions): MenuSvg {
  const { commands, model, trans } = options;
  const menu = new MenuSvg({ commands });
  const sub = (label: string, items: [string, Record<string, string>][]): void => {
    const submenu = new MenuSvg({ commands });
    submenu.title.label = label;
    items.forEach(([command, args]) => submenu.addItem({ command, args }));
    menu.addItem({ type: 'submenu', submenu });
  };
  sub(
    trans.__('Group'),
    GROUPINGS.map(grouping => [CommandIds.groupRuns, { grouping }])
  );
  sub(
    trans.__('Sort'),
    ordersOf(model, trans).map(order => [CommandIds.sortRuns, order])
  );
  sub(
    trans.__('Rows'),
    DENSITIES.map(density => [CommandIds.setDensity, { density }])
  );
  menu.addItem({ command: CommandIds.chooseColumns });
  menu.addItem({ type: 'separator' });
  SHELVES.forEach(shelf => menu.addItem({ command: CommandIds.browseRuns, args: { shelf } }));
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIds.openJobs });
  return menu;
}

/** Orders that suit most lists, and one for each metric in sight: the best first. */
function ordersOf(
  { layout, view }: RunsModel,
  trans: TranslationBundle
): { order: string; label: string }[] {
  const metrics = new Map<string, string>();
  for (let index = 0; index < Math.min(200, layout.length); index += 1) {
    const row = layout.rowAt(index);
    const metric = row?.kind === 'run' ? row.run.primary_metric : null;
    if (row?.kind === 'run' && metric && metrics.size < MOST_METRICS) {
      const direction = row.run.direction === 'min' ? 'ASC' : 'DESC';
      metrics.set(metric.name, `metrics.\`${metric.name}\` ${direction}`);
    }
  }
  const orders = [
    { order: '', label: trans.__('Newest First') },
    { order: 'started ASC', label: trans.__('Oldest First') },
    { order: 'duration DESC', label: trans.__('Longest First') },
    { order: 'name ASC', label: trans.__('Name') },
    ...[...metrics].map(([name, order]) => ({ order, label: trans.__('Best %1 First', name) }))
  ];
  const isKnown = orders.some(({ order }) => order === view.order);
  return isKnown ? orders : [...orders, { order: view.order, label: view.order }];
}

function moreMenu({ commands }: IMenuOptions): MenuSvg {
  const menu = new MenuSvg({ commands });
  const groups = [
    [CommandIds.pinRun, CommandIds.renameRun, CommandIds.tagRun, CommandIds.noteRun],
    [CommandIds.insertRun, CommandIds.insertRunReference],
    [CommandIds.restoreCode, CommandIds.restoreHistory, CommandIds.reproduceRun],
    [CommandIds.archiveRun, CommandIds.trashRun, CommandIds.restoreRun]
  ];
  groups.forEach((group, index) => {
    if (index > 0) {
      menu.addItem({ type: 'separator' });
    }
    group.forEach(command => menu.addItem({ command }));
  });
  return menu;
}
