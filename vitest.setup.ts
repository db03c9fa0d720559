/** Owns what JupyterLab expects of a browser and jsdom lacks. */

class NoResize implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

class NoDrag extends Event {
  readonly dataTransfer = null;
}

/** Everything is in sight. */
class AlwaysInSight {
  constructor(private readonly _tell: (entries: { isIntersecting: boolean }[]) => void) {}

  observe(): void {
    this._tell([{ isIntersecting: true }]);
  }
  disconnect(): void {}
}

Object.assign(globalThis, {
  DragEvent: NoDrag,
  IS_REACT_ACT_ENVIRONMENT: true,
  IntersectionObserver: AlwaysInSight,
  ResizeObserver: NoResize,
  matchMedia: () => ({
    matches: false,
    addEventListener: () => undefined,
    addListener: () => undefined,
    removeEventListener: () => undefined,
    removeListener: () => undefined
  }),
  requestIdleCallback: (callback: () => void) => setTimeout(callback, 0)
});

Element.prototype.scrollIntoView = () => undefined;
Element.prototype.scrollTo = () => undefined;
