/** Owns the room that the causes have: of one height until one asks to see all. */
import * as React from 'react';

import type { Explanation } from '../api/types';
import { useTrans } from '../components/hooks';

/** Causes that are listed unless all are wanted. */
export const STEP = 3;

/** A room of one height, so that the table below stays where it is until one asks to see all. */
export function WhyRoom(props: {
  explanation: Explanation | null;
  children: (isAll: boolean) => React.ReactNode;
}): React.JSX.Element {
  const trans = useTrans();
  const { explanation, children } = props;
  const [isAll, setIsAll] = React.useState(false);
  const [room, isCut] = useIsCut();
  const count = explanation?.causes.length ?? 0;
  const hasMore = explanation !== null && (isAll || isCut || count > STEP);
  return (
    <>
      <div
        ref={room}
        className={`jp-MlopsLab-why-room ${isAll ? 'jp-mod-all' : ''}`}
        onFocus={event => setIsAll(isAll || isBelow(event.target, event.currentTarget))}
      >
        <div>{children(isAll)}</div>
      </div>
      <div className="jp-MlopsLab-why-foot">
        {hasMore && (
          <button
            type="button"
            className="jp-MlopsLab-link"
            aria-expanded={isAll}
            onClick={() => setIsAll(!isAll)}
          >
            {isAll
              ? trans.__('Show less')
              : trans._n('Show all of %1 difference', 'Show all %1 differences', count, count)}
          </button>
        )}
        {explanation && <JudgedBy explanation={explanation} />}
      </div>
    </>
  );
}

/** Whether the element lies where the room has been cut off. */
function isBelow(element: Element, room: Element): boolean {
  return element.getBoundingClientRect().bottom > room.getBoundingClientRect().bottom;
}

/** A reference for an element with one child, and whether the child is taller than it. */
function useIsCut(): [React.RefObject<HTMLDivElement>, boolean] {
  const room = React.useRef<HTMLDivElement>(null);
  const [isCut, setIsCut] = React.useState(false);
  React.useLayoutEffect(() => {
    const { current } = room;
    const content = current?.firstElementChild;
    if (!current || !content) {
      return;
    }
    const measure = (): void => setIsCut(content.scrollHeight > current.clientHeight + 1);
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    observer.observe(content);
    return () => observer.disconnect();
  }, []);
  return [room, isCut];
}

/** How many other runs the causes were held against. */
function JudgedBy({ explanation }: { explanation: Explanation }): React.JSX.Element {
  const trans = useTrans();
  const { looked_at: looked, is_exact: isExact } = explanation;
  const words =
    looked === 0
      ? trans.__('No other run of the experiment could be held beside them.')
      : isExact
        ? trans._n(
            'Judged by %1 other run of the experiment.',
            'Judged by %1 other runs of the experiment.',
            looked,
            looked
          )
        : trans.__('Judged by the newest %1 other runs of the experiment.', looked);
  return (
    <span className="jp-MlopsLab-note" title={words}>
      {words}
    </span>
  );
}
