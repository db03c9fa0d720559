/** Owns the tokens by which features meet, ours and those of other extensions. */
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IChangeFeed } from './changes';
import type { LabClient } from './client';
import type { RunSummary } from './types';

/** The connection to the server that every feature shares. */
export interface ILab {
  readonly client: LabClient;
  readonly changes: IChangeFeed;
  readonly trans: TranslationBundle;
  /** Puts Python code, coloured, into an element; null where nothing can colour it. */
  readonly highlight: Highlight | null;
}

export type Highlight = (code: string, element: HTMLElement) => Promise<void>;

export const ILab = new Token<ILab>(
  'mlops-lab:ILab',
  'Typed access to the MLOps Lab routes of the server, and its changes as signals.'
);

/** The runs that are selected in the sidebar, in the order in which they were selected. */
export interface IRunSelection {
  readonly selected: readonly RunSummary[];
  readonly selectionChanged: ISignal<unknown, void>;
}

export const IRunSelection = new Token<IRunSelection>(
  'mlops-lab:IRunSelection',
  'The runs that are selected in the MLOps Lab sidebar.'
);
