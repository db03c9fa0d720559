/** Owns what the rows of the list are told, and what they can call. */
import type * as React from 'react';

import type { Experiment, Glance, RunSummary } from '../api/types';
import type { Density } from './preferences';
import type { Values } from './strand';

/** What rows call; it stays the same for as long as the list is open. */
export interface IRowActions {
  pick: (index: number, how: 'only' | 'toggle' | 'extend') => void;
  open: (id: string) => void;
  fold: (id: string, isOpen: boolean) => void;
  /** Keep a new name, or none; who ended it by a key goes on in the list. */
  rename: (id: string, name: string | null, isByKey: boolean) => void;
  showNote: (id: string) => void;
  unpin: (id: string) => void;
  drag: (run: RunSummary, event: React.PointerEvent) => void;
}

export interface IRowProps {
  run: RunSummary;
  values: Values;
  depth: number;
  /** Whether its children are shown; null where it has none. */
  isOpen: boolean | null;
  index: number;
  total: number;
  top: number;
  density: Density;
  now: number;
  isSelected: boolean;
  isActive: boolean;
  isPinned: boolean;
  isRenaming: boolean;
  glance: Glance | null;
  experiment: Experiment | null;
  actions: IRowActions;
}
