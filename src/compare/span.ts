/** Owns which lines or columns of a long matrix are in the document: those in sight, or all of few. */
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

/** Up to so many are drawn whole where nothing else is said. */
const FEW = 40;

export interface IPiece {
  index: number;
  start: number;
  size: number;
}

export interface ISpan {
  pieces: readonly IPiece[];
  /** With what stands before the first piece. */
  total: number;
  scrollTo: (index: number) => void;
}

interface ISpanOptions {
  count: number;
  /** All sizes are asked for anew when this is another function. */
  sizeOf: (index: number) => number;
  /** Up to so many are drawn whole. */
  few?: number;
  /** Room for headings that stay. */
  padding?: number;
  isHorizontal?: boolean;
  scroller: React.RefObject<HTMLElement>;
}

/** The pieces in sight of `count` ones, in one direction of a scroller. */
export function useSpan(options: ISpanOptions): ISpan {
  const { count, sizeOf, few = FEW, padding = 0, isHorizontal = false, scroller } = options;
  const isWhole = count <= few;
  const virtual = useVirtualizer({
    count,
    enabled: !isWhole,
    estimateSize: sizeOf,
    getScrollElement: () => scroller.current,
    horizontal: isHorizontal,
    overscan: 6,
    paddingStart: padding,
    scrollPaddingStart: padding
  });
  React.useLayoutEffect(() => virtual.measure(), [sizeOf, virtual]);
  if (!isWhole) {
    const pieces = virtual.getVirtualItems();
    const scrollTo = (index: number): void => virtual.scrollToIndex(index, { align: 'auto' });
    return { pieces, total: virtual.getTotalSize(), scrollTo };
  }
  const pieces: IPiece[] = [];
  let start = padding;
  for (let index = 0; index < count; index += 1) {
    pieces.push({ index, start, size: sizeOf(index) });
    start += sizeOf(index);
  }
  const scrollTo = (index: number): void => reveal(scroller.current, pieces[index], options);
  return { pieces, total: start, scrollTo };
}

/** Scroll no further than is needed for the piece to be seen whole. */
function reveal(
  element: HTMLElement | null,
  piece: IPiece | undefined,
  { padding = 0, isHorizontal }: Pick<ISpanOptions, 'padding' | 'isHorizontal'>
): void {
  if (!element || !piece) {
    return;
  }
  const [at, room] = isHorizontal
    ? [element.scrollLeft, element.clientWidth]
    : [element.scrollTop, element.clientHeight];
  const least = piece.start + piece.size - room;
  const to = Math.max(Math.min(at, piece.start - padding), least);
  if (to !== at) {
    element.scrollTo(isHorizontal ? { left: to } : { top: to });
  }
}
