/** Owns the React hooks that all views share. */
import { nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';

import type { IChangeFeed } from '../api/changes';
import type { Highlight, ILab } from '../api/tokens';

/** What parts take from the view around them. */
type Around = Pick<ILab, 'trans' | 'highlight'> & Partial<Pick<ILab, 'changes'>>;

const LabContext = React.createContext<Around>({
  trans: nullTranslator.load('mlops_lab'),
  highlight: null
});

/** Gives the views below it their language, and the colours of code. */
export const LabProvider = LabContext.Provider;

/** The translations of the view. */
export function useTrans(): TranslationBundle {
  return React.useContext(LabContext).trans;
}

/** What colours Python code, if anything does. */
export function useHighlight(): Highlight | null {
  return React.useContext(LabContext).highlight;
}

/** The feed of changes that the view follows, if it stands in one. */
export function useChanges(): IChangeFeed | null {
  return React.useContext(LabContext).changes ?? null;
}

/** Whether a view is in sight, not behind another tab or scrolled away. */
export class Sight {
  get isSeen(): boolean {
    return this._isSeen;
  }
  set isSeen(value: boolean) {
    if (value !== this._isSeen) {
      this._isSeen = value;
      this._changed.emit();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isSeen = false;
}

const SightContext = React.createContext<Sight | null>(null);

/** Lets what ticks in the views below it rest while nobody sees them. */
export const SightProvider = SightContext.Provider;

/** What a view needs of a model in order to follow it. */
export interface IObservable {
  readonly stateChanged: ISignal<unknown, void>;
  readonly version: number;
}

/** Draw again whenever the model has moved. */
export function useModel(model: IObservable): void {
  const subscribe = React.useCallback(
    (redraw: () => void) => {
      model.stateChanged.connect(redraw);
      return () => {
        model.stateChanged.disconnect(redraw);
      };
    },
    [model]
  );
  React.useSyncExternalStore(subscribe, () => model.version);
}

/** The time now in milliseconds, renewed every `interval` while the view is seen. */
export function useNow(interval: number): number {
  const [now, setNow] = React.useState(() => Date.now());
  const sight = React.useContext(SightContext);
  React.useEffect(() => {
    const tick = (): void => {
      if (document.visibilityState !== 'hidden' && sight?.isSeen !== false) {
        setNow(Date.now());
      }
    };
    const timer = window.setInterval(tick, interval);
    document.addEventListener('visibilitychange', tick);
    sight?.changed.connect(tick);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
      sight?.changed.disconnect(tick);
    };
  }, [interval, sight]);
  return now;
}
