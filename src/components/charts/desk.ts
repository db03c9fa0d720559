/** Owns what the charts of a view share: plotly, fetched on first use, and whose turn it is to draw. */
import type * as PlotlyModule from 'plotly.js/lib/core';
import * as React from 'react';

export type Plotly = typeof PlotlyModule;

export class ChartDesk {
  /** Plotly; fetched again after it failed. */
  plotly(): Promise<Plotly> {
    this._plotly ??= import('../plotly').then(
      module => module.default,
      (error: unknown) => {
        this._plotly = null;
        throw error;
      }
    );
    return this._plotly;
  }

  /** Resolves when the caller may draw: one chart at a time, so that the page answers in between. */
  turn(): Promise<void> {
    this._turn = this._turn.then(() => new Promise(resolve => window.setTimeout(resolve, 0)));
    return this._turn;
  }

  private _plotly: Promise<Plotly> | null = null;
  private _turn: Promise<void> = Promise.resolve();
}

const DeskContext = React.createContext<ChartDesk | null>(null);

/** Gives the charts below it their desk. */
export const DeskProvider = DeskContext.Provider;

/** The desk of the view; the chart's own where it stands in none. */
export function useDesk(): ChartDesk {
  const [own] = React.useState(() => new ChartDesk());
  return React.useContext(DeskContext) ?? own;
}
