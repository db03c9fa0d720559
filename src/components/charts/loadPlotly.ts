/** Owns fetching plotly on first use: once for all charts, and again after it failed. */
import type * as PlotlyModule from 'plotly.js/lib/core';

export type Plotly = typeof PlotlyModule;

let loading: Promise<Plotly> | null = null;

export function loadPlotly(): Promise<Plotly> {
  loading ??= import('../plotly').then(
    module => module.default,
    (error: unknown) => {
      loading = null;
      throw error;
    }
  );
  return loading;
}
