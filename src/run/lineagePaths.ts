/** Owns the lines of a drawn lineage: paths from box to box, measured where the boxes stand. */
import * as React from 'react';

import type { ILayout, IStrand } from './lineageLayout';

/** The lines as paths in the frame, measured anew when something changes its size. */
export function usePaths(
  frame: React.RefObject<HTMLDivElement>,
  layout: ILayout,
  repeated: string | null
): readonly string[] {
  const [paths, setPaths] = React.useState<readonly string[]>([]);
  React.useLayoutEffect(() => {
    const host = frame.current;
    if (!host) {
      return;
    }
    const measure = (): void => {
      const boxes = measured(host);
      setPaths([
        ...layout.strands.flatMap(strand => pathsOf(strand, boxes)),
        ...lanes(layout, boxes),
        ...beside(repeated, boxes)
      ]);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(host);
    measure();
    return () => observer.disconnect();
  }, [frame, layout, repeated]);
  return paths;
}

/** Where a box stands in the frame, in pixels. */
export interface IBox {
  left: number;
  right: number;
  top: number;
  bottom: number;
  y: number;
}

type Boxes = ReadonlyMap<string, IBox>;

function measured(host: HTMLElement): Boxes {
  const own = host.getBoundingClientRect();
  return new Map(
    [...host.querySelectorAll<HTMLElement>('[data-node]')].map(box => {
      const { left, right, top, bottom, height } = box.getBoundingClientRect();
      return [
        box.dataset['node'] ?? '',
        {
          left: left - own.left,
          right: right - own.left,
          top: top - own.top,
          bottom: bottom - own.top,
          y: top - own.top + height / 2
        }
      ];
    })
  );
}

/** One curve between two boxes; of several on both sides all go through one point between. */
export function pathsOf({ from, to }: IStrand, boxes: Boxes): string[] {
  const starts = from.flatMap(id => boxes.get(id) ?? []);
  const ends = to.flatMap(id => boxes.get(id) ?? []);
  if (starts.length === 0 || ends.length === 0) {
    return [];
  }
  if (starts.length === 1 || ends.length === 1) {
    return starts.flatMap(start => ends.map(end => curve(start.right, start.y, end.left, end.y)));
  }
  const [right, left] = [
    Math.max(...starts.map(start => start.right)),
    Math.min(...ends.map(end => end.left))
  ];
  const x = (right + left) / 2;
  const heights = [...starts, ...ends].map(box => box.y);
  const y = heights.reduce((sum, one) => sum + one, 0) / heights.length;
  return [
    ...starts.map(start => curve(start.right, start.y, x, y)),
    ...ends.map(end => curve(x, y, end.left, end.y))
  ];
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

/** The part of a line within the column that it passes. */
function lanes({ columns }: ILayout, boxes: Boxes): string[] {
  const places = columns.flatMap(column => column.places);
  return places.flatMap(({ kind, id }) => {
    const box = kind === 'lane' ? boxes.get(id) : undefined;
    return box ? [`M${box.left} ${box.y}H${box.right}`] : [];
  });
}

/** The short line down to the run that this one repeats. */
function beside(repeated: string | null, boxes: Boxes): string[] {
  const [own, other] = [boxes.get('own'), repeated === null ? undefined : boxes.get(repeated)];
  if (!own || !other) {
    return [];
  }
  return [`M${(own.left + own.right) / 2} ${own.bottom}V${other.top}`];
}
