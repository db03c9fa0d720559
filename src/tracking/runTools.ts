/** Owns what the views of the sidebar can have done; the plugin does it, mostly by commands. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { LabClient } from '../api/client';

/** What the views of the sidebar call. */
export interface IRunTools {
  readonly client: Pick<LabClient, 'getRun' | 'listFacets' | 'listNames'>;
  /** Draws Markdown; null where nothing can. */
  readonly rendermime: IRenderMimeRegistry | null;
  /** Execute a command of ours. */
  run: (command: string, args?: Record<string, unknown>) => void;
  open: (id: string) => void;
  sort: (order: string) => void;
  rename: (id: string, name: string) => void;
  pin: (ids: readonly string[], isPinned: boolean) => void;
  /** Undo the last change of runs. */
  undo: () => Promise<void>;
  setTag: (ids: readonly string[], name: string, value: string) => Promise<void>;
  removeTag: (ids: readonly string[], name: string) => Promise<void>;
  setNote: (id: string, text: string, before: string) => Promise<void>;
  /** Open a menu below a button. */
  showMenu: (menu: 'view' | 'more', anchor: HTMLElement) => void;
}

/** Execute a command where it can be done now; a key that means it does nothing else. */
export function runIfEnabled(
  commands: CommandRegistry,
  command: string,
  args: ReadonlyPartialJSONObject
): void {
  if (commands.isEnabled(command, args)) {
    void commands.execute(command, args);
  }
}
