/** Owns the menus of a comparison: what can be done with one of its runs, and how it is exported. */
import { MenuSvg } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';

import { CommandIds } from '../commands';

interface IEntry {
  name: string;
  label: string;
  isEnabled?: boolean;
  act: () => void;
}

/** Show a menu below an element; its entries are gone with it. */
export function showMenu(element: Element, entries: readonly (IEntry | null)[]): void {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  for (const entry of entries) {
    if (entry === null) {
      menu.addItem({ type: 'separator' });
      continue;
    }
    const { name, label, act, isEnabled = true } = entry;
    commands.addCommand(name, {
      label,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => isEnabled,
      execute: act
    });
    menu.addItem({ command: name });
  }
  const focused = document.activeElement;
  menu.aboutToClose.connect(() => {
    // What was chosen is executed after the menu has closed.
    window.setTimeout(() => menu.dispose(), 0);
    if (focused instanceof HTMLElement) {
      focused.focus();
    }
  });
  const { left, bottom } = element.getBoundingClientRect();
  menu.open(left, bottom);
  menu.activateNextItem();
}

/** What can be done with one of the compared runs. */
export interface IRunMenu {
  runId: string;
  isBaseline: boolean;
  isHidden: boolean;
  place: number;
  count: number;
  open: () => void;
  setBaseline: () => void;
  explain: () => void;
  toggleHidden: () => void;
  move: (steps: number) => void;
  remove: () => void;
}

export function runEntries(run: IRunMenu, trans: TranslationBundle): (IEntry | null)[] {
  const { isBaseline, place, count } = run;
  return [
    { name: CommandIds.openRun, label: trans.__('Open run'), act: run.open },
    {
      name: 'baseline',
      label: trans.__('Make it the baseline'),
      isEnabled: !isBaseline,
      act: run.setBaseline
    },
    {
      name: 'explain',
      label: trans.__('Explain against the baseline'),
      isEnabled: !isBaseline,
      act: run.explain
    },
    {
      name: 'charts',
      label: run.isHidden
        ? trans.__('Show it in the charts')
        : trans.__('Leave it out of the charts'),
      act: run.toggleHidden
    },
    null,
    {
      name: 'left',
      label: trans.__('Move towards the beginning'),
      isEnabled: place > 0,
      act: () => run.move(-1)
    },
    {
      name: 'right',
      label: trans.__('Move towards the end'),
      isEnabled: place < count - 1,
      act: () => run.move(1)
    },
    null,
    { name: 'remove', label: trans.__('Take out of the comparison'), act: run.remove }
  ];
}

/** What can be made of a comparison. */
export interface IExportMenu {
  copyTsv: () => void;
  copyMarkdown: () => void;
  downloadCsv: () => void;
  copyFrame: () => void;
  insertFrame: (() => void) | null;
  report: (format: 'html' | 'markdown') => void;
}

export function exportEntries(made: IExportMenu, trans: TranslationBundle): (IEntry | null)[] {
  return [
    { name: 'tsv', label: trans.__('Copy table'), act: made.copyTsv },
    { name: 'markdown', label: trans.__('Copy table as Markdown'), act: made.copyMarkdown },
    { name: 'csv', label: trans.__('Download table as CSV'), act: made.downloadCsv },
    null,
    { name: 'frame', label: trans.__('Copy DataFrame code'), act: made.copyFrame },
    {
      name: 'insert',
      label: trans.__('Insert DataFrame code into the notebook'),
      isEnabled: made.insertFrame !== null,
      act: () => made.insertFrame?.()
    },
    null,
    { name: 'html', label: trans.__('Report as web page'), act: () => made.report('html') },
    {
      name: 'report',
      label: trans.__('Report as Markdown'),
      act: () => made.report('markdown')
    }
  ];
}
