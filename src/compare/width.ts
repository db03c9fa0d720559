/** Owns how wide an element is drawn, kept current. */
import * as React from 'react';

/** A reference for an element, and its width in pixels; 0 before it is drawn. */
export function useWidth(): [React.RefObject<HTMLDivElement>, number] {
  const element = React.useRef<HTMLDivElement>(null);
  const [width, setWidth] = React.useState(0);
  React.useLayoutEffect(() => {
    const { current } = element;
    if (!current) {
      return;
    }
    const measure = (): void => setWidth(current.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
