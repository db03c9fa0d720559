/** Owns the menu of a run's page with the deeds that have no button: JupyterLab's own menu. */
import { ellipsesIcon, MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { useTrans } from '../components/hooks';
import type { IAction } from './actions';

export function ActionMenu({ actions }: { actions: readonly IAction[] }): React.JSX.Element {
  const trans = useTrans();
  const [isOpen, setIsOpen] = React.useState(false);
  const open = (button: HTMLElement): void => {
    const menu = menuOf(actions);
    const { left, bottom } = button.getBoundingClientRect();
    menu.aboutToClose.connect(() => {
      setIsOpen(false);
      button.focus();
    });
    setIsOpen(true);
    menu.open(left, bottom);
    menu.activateNextItem();
  };
  return (
    <button
      type="button"
      className="jp-MlopsLab-button"
      aria-haspopup="menu"
      aria-expanded={isOpen}
      title={trans.__('More that can be done with this run')}
      aria-label={trans.__('More that can be done with this run')}
      onClick={event => open(event.currentTarget)}
    >
      <ellipsesIcon.react tag="span" />
    </button>
  );
}

/** A menu with registry of its own: its items are of this run alone, and no commands of the app. */
export function menuOf(actions: readonly IAction[]): MenuSvg {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  for (const { id, label, caption, act, isFirst } of actions) {
    commands.addCommand(id, { label, caption, describedBy: { args: null }, execute: act });
    if (isFirst && menu.items.length > 0) {
      menu.addItem({ type: 'separator' });
    }
    menu.addItem({ command: id });
  }
  return menu;
}
