/** Owns the commands that say which runs the list shows and how: with words for people and programs. */
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ILab } from '../api/tokens';
import { CommandIds, describeArgs } from '../commands';
import type { Desk, Follower } from './desk';
import { GROUPINGS, SHELVES, type Grouping, type Shelf } from './listView';
import type { RunsModel } from './model';
import { DENSITIES, type Density, type Preferences } from './preferences';

interface IListParts {
  lab: ILab;
  commands: CommandRegistry;
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  follower: Follower;
  /** Brings the list into sight. */
  reveal: () => void;
}

export const LIST_COMMANDS = [
  CommandIds.filterRuns,
  CommandIds.browseRuns,
  CommandIds.groupRuns,
  CommandIds.sortRuns,
  CommandIds.setDensity,
  CommandIds.chooseColumns,
  CommandIds.showNotebookRuns,
  CommandIds.showCellRuns
];

export function addListCommands(parts: IListParts): void {
  addShown(parts);
  addDrawn(parts);
  addRows(parts);
  addFollowing(parts);
  const { commands, preferences, follower, model } = parts;
  const tell = (): void => LIST_COMMANDS.forEach(id => commands.notifyCommandChanged(id));
  preferences.changed.connect(tell, commands);
  follower.changed.connect(tell, commands);
  model.stateChanged.connect(() => {
    commands.notifyCommandChanged(CommandIds.browseRuns);
  }, commands);
}

function wordOf<T extends string>(
  args: ReadonlyPartialJSONObject,
  name: string,
  words: readonly T[]
): T | null {
  return words.find(word => word === args[name]) ?? null;
}

/** How a command describes an argument that is one of some words. */
function wordArg(words: readonly string[], description: string): ReadonlyJSONObject {
  return { type: 'string', enum: [...words], description };
}

function addShown({ lab: { trans }, commands, model, desk, reveal }: IListParts): void {
  const labels: Record<Shelf, string> = {
    runs: trans.__('Show All Runs'),
    archived: trans.__('Show Archived Runs'),
    trash: trans.__('Show Runs in the Trash')
  };
  commands.addCommand(CommandIds.browseRuns, {
    label: args => labels[wordOf(args, 'shelf', SHELVES) ?? 'runs'],
    caption: trans.__('Show the runs that are in the list, in the archive or in the trash'),
    describedBy: describeArgs({
      shelf: wordArg(SHELVES, trans.__('Which runs; without it those of the list'))
    }),
    isToggleable: true,
    isToggled: args => model.view.shelf === (wordOf(args, 'shelf', SHELVES) ?? 'runs'),
    execute: async args => {
      await model.show({ shelf: wordOf(args, 'shelf', SHELVES) ?? 'runs' });
      reveal();
    }
  });
  commands.addCommand(CommandIds.filterRuns, {
    label: trans.__('Filter Runs'),
    caption: trans.__('Filter the list of runs, or go to its filter box'),
    describedBy: describeArgs({
      filter: { type: 'string', description: trans.__('The filter; without it the box is gone to') }
    }),
    execute: async args => {
      reveal();
      if (typeof args['filter'] === 'string') {
        await model.show({ filter: args['filter'] });
      } else {
        desk.callFilter();
      }
    }
  });
}

function addDrawn({ lab: { trans }, commands, preferences }: IListParts): void {
  const groupings: Record<Grouping, string> = {
    parent: trans.__('Children Below Their Parents'),
    experiment: trans.__('By Experiment'),
    notebook: trans.__('By Notebook'),
    none: trans.__('Each Run by Itself')
  };
  commands.addCommand(CommandIds.groupRuns, {
    label: args => {
      const grouping = wordOf(args, 'grouping', GROUPINGS);
      return grouping ? groupings[grouping] : trans.__('Group Runs by Experiment');
    },
    caption: trans.__('Choose under which headings runs stand'),
    describedBy: describeArgs({
      grouping: wordArg(GROUPINGS, trans.__('The headings; without it the experiments'))
    }),
    isToggleable: true,
    isToggled: args =>
      preferences.list.grouping === (wordOf(args, 'grouping', GROUPINGS) ?? 'experiment'),
    execute: args =>
      preferences.setList({ grouping: wordOf(args, 'grouping', GROUPINGS) ?? 'experiment' })
  });
  commands.addCommand(CommandIds.sortRuns, {
    label: args => (typeof args['label'] === 'string' ? args['label'] : trans.__('Newest First')),
    caption: trans.__('Sort the list of runs by a column; the newest comes first without one'),
    describedBy: describeArgs({
      order: { type: 'string', description: trans.__('Such as metrics.auc DESC') },
      label: { type: 'string', description: trans.__('How the command is called in a menu') }
    }),
    isToggleable: true,
    isToggled: args => preferences.list.order === (args['order'] ?? ''),
    execute: args =>
      preferences.setList({ order: typeof args['order'] === 'string' ? args['order'] : '' })
  });
}

function addRows({ lab: { trans }, commands, preferences, desk, reveal }: IListParts): void {
  const densities: Record<Density, string> = {
    compact: trans.__('Rows of One Line'),
    normal: trans.__('Rows of Two Lines'),
    roomy: trans.__('Rows of Three Lines')
  };
  commands.addCommand(CommandIds.setDensity, {
    label: args => densities[wordOf(args, 'density', DENSITIES) ?? 'normal'],
    caption: trans.__('Choose how much each row of the list shows'),
    describedBy: describeArgs({
      density: wordArg(DENSITIES, trans.__('How many lines; without it two'))
    }),
    isToggleable: true,
    isToggled: args =>
      preferences.list.density === (wordOf(args, 'density', DENSITIES) ?? 'normal'),
    execute: args =>
      preferences.setList({ density: wordOf(args, 'density', DENSITIES) ?? 'normal' })
  });
  commands.addCommand(CommandIds.chooseColumns, {
    label: trans.__('Choose Columns of Runs…'),
    caption: trans.__('Choose which params, metrics, tags and facts the list shows as columns'),
    describedBy: describeArgs({}),
    execute: () => {
      reveal();
      desk.chooseColumns(true);
    }
  });
}

function addFollowing({ lab: { trans }, commands, follower, reveal }: IListParts): void {
  const add = (id: string, kind: 'notebook' | 'cell', label: string, caption: string): void => {
    commands.addCommand(id, {
      label,
      caption,
      describedBy: describeArgs({
        isOn: { type: 'boolean', description: trans.__('Whether; without it the other way round') }
      }),
      isToggleable: true,
      isToggled: () => follower.following === kind,
      isEnabled: () => follower.isEnabled,
      execute: args => {
        const isOn = typeof args['isOn'] === 'boolean' ? args['isOn'] : follower.following !== kind;
        follower.follow(isOn ? kind : 'all');
        reveal();
      }
    });
  };
  add(
    CommandIds.showNotebookRuns,
    'notebook',
    trans.__('Runs of This Notebook'),
    trans.__('Show only runs of the notebook that is active, as you go from one to the next')
  );
  add(
    CommandIds.showCellRuns,
    'cell',
    trans.__('Runs of This Cell'),
    trans.__('Show only runs of the cell that is active, as you go from one to the next')
  );
}
