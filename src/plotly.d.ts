/** What we use of plotly, whose parts come without types. */
declare module 'plotly.js/lib/core' {
  export interface IPlotlyElement extends HTMLElement {
    on(event: string, listener: (data: never) => void): void;
    removeAllListeners(event: string): void;
    /** Where the axis lies in the element, in pixels. */
    readonly _fullLayout?: {
      xaxis?: { _offset: number; _length: number; d2p(value: number): number };
    };
  }
  export interface IPictureForm {
    format: 'png' | 'svg';
    width: number;
    height: number;
    scale?: number;
  }
  export function register(modules: readonly unknown[]): void;
  export function react(
    element: HTMLElement,
    data: readonly object[],
    layout: object,
    config: object
  ): Promise<IPlotlyElement>;
  export function relayout(element: HTMLElement, update: object): Promise<unknown>;
  export function toImage(
    figure: HTMLElement | { data: readonly object[]; layout: object },
    form: IPictureForm
  ): Promise<string>;
  export function purge(element: HTMLElement): void;
  export const Plots: { resize(element: HTMLElement): void };
  export const Fx: { hover(element: HTMLElement, points: readonly object[]): void };
}

declare module 'plotly.js/lib/bar';
declare module 'plotly.js/lib/box';
declare module 'plotly.js/lib/contour';
declare module 'plotly.js/lib/parcoords';
