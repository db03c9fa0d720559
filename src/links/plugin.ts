/** Owns the plugin of links to runs and comparisons: it copies them, and opens what they name. */
import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { linkIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { isLinked, linkedBy, linkTo, withoutLink, type ILinked } from './link';

export const linksPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:links',
  description: 'Copies links to runs and comparisons, and opens them.',
  autoStart: true,
  requires: [ILab],
  optional: [IRunSelection, ICommandPalette, IRouter],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    selection: IRunSelection | null,
    palette: ICommandPalette | null,
    router: IRouter | null
  ): void => {
    addCommand(app, lab, selection);
    palette?.addItem({ command: CommandIds.copyLink, category: CATEGORY });
    openLinks(app, lab, router);
  }
};

function addCommand(app: JupyterFrontEnd, { trans }: ILab, selection: IRunSelection | null): void {
  const wanted = (args: ReadonlyPartialJSONObject): ILinked => ({
    runIds: Array.isArray(args['runIds'])
      ? args['runIds'].map(String)
      : (selection?.selected ?? []).map(run => run.id),
    baseline: typeof args['baseline'] === 'string' ? args['baseline'] : undefined
  });
  app.commands.addCommand(CommandIds.copyLink, {
    label: trans.__('Copy Link to Runs'),
    caption: trans.__('Copy a link that opens the selected run, or the comparison of several'),
    icon: linkIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          runIds: {
            type: 'array',
            items: { type: 'string' },
            minItems: 1,
            description: trans.__('The runs; without them those that are selected')
          },
          baseline: {
            type: 'string',
            description: trans.__('The run that the others are compared with')
          }
        }
      }
    },
    isEnabled: args => wanted(args).runIds.length > 0,
    execute: args => {
      // The address that JupyterLab's own links have: on a hub the server of whoever opens it.
      const page = URLExt.join(PageConfig.getShareUrl(), 'lab');
      Clipboard.copyToSystem(linkTo(wanted(args), new URL(page, window.location.href).href));
      Notification.info(trans.__('Link copied.'), { autoClose: 3000 });
    }
  });
  selection?.selectionChanged.connect(
    () => app.commands.notifyCommandChanged(CommandIds.copyLink),
    app
  );
}

/**
 * Open what the address names when the page is loaded. The address loses it then, so that a reload
 * brings back what is open; JupyterLab writes it once more when it has made a workspace.
 */
function openLinks(app: JupyterFrontEnd, lab: ILab, router: IRouter | null): void {
  let opened: string | null = null;
  const look = async (search: string): Promise<void> => {
    if (!isLinked(search)) {
      return;
    }
    // What was open before comes back first; the link is what the reader wants in front.
    await app.restored;
    const { pathname, search: now, hash } = window.location;
    window.history.replaceState(window.history.state, '', pathname + withoutLink(now) + hash);
    const linked = linkedBy(search);
    const words = JSON.stringify(linked);
    if (words !== opened) {
      opened = words;
      await show(app, lab, linked);
    }
  };
  void look(window.location.search);
  router?.routed.connect(() => void look(window.location.search), app);
}

async function show(
  { commands }: JupyterFrontEnd,
  { trans }: ILab,
  linked: ILinked | null
): Promise<void> {
  if (!linked) {
    Notification.error(
      trans.__('This link to runs cannot be read. Ask for it again: a part of it is missing.'),
      { autoClose: false }
    );
    return;
  }
  const { runIds, baseline } = linked;
  const [runId = '', another] = runIds;
  if (another === undefined) {
    await commands.execute(CommandIds.openRun, { runId });
    return;
  }
  const args = baseline === undefined ? {} : { baseline };
  await commands.execute(CommandIds.compareRuns, { runIds: [...runIds], ...args });
}
