/** Owns the drawing of a run's lineage: boxes in columns that open what they name, and lines between. */
import * as React from 'react';

import { formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import type { IGraph, INode, Opening } from './lineageGraph';
import { lineageLayout, type Place } from './lineageLayout';
import { usePaths } from './lineagePaths';

export function Drawing(props: {
  graph: IGraph;
  onOpen: (opening: Opening) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { graph, onOpen } = props;
  const frame = React.useRef<HTMLDivElement>(null);
  const [opened, setOpened] = React.useState<ReadonlySet<string>>(new Set());
  const layout = React.useMemo(() => lineageLayout(graph, opened), [graph, opened]);
  const paths = usePaths(frame, layout, graph.repeated);
  const beyond = useBeyond(frame);
  const unfold = (id: string, first: string): void => {
    setOpened(new Set([...opened, id]));
    // The button goes; who pressed it stands on the first box that came of it.
    requestAnimationFrame(() => boxOf(frame.current, first)?.focus());
  };
  return (
    <>
      <div
        className="jp-MlopsLab-lineage"
        role="group"
        tabIndex={0}
        aria-label={trans.__('Lineage of this run')}
        data-beyond={beyond || undefined}
      >
        <div ref={frame} className="jp-MlopsLab-lineage-columns">
          <svg aria-hidden="true">
            {paths.map((path, index) => (
              <path key={index} d={path} />
            ))}
          </svg>
          {layout.columns.map(({ title, places }) => (
            <section key={title} aria-label={title}>
              <h3>{title}</h3>
              <ul>
                {places.map(place => (
                  <PlaceItem key={place.id} place={place} onOpen={onOpen} onUnfold={unfold} />
                ))}
              </ul>
            </section>
          ))}
        </div>
      </div>
      <AsList graph={graph} />
    </>
  );
}

function boxOf(host: HTMLElement | null, id: string): HTMLElement | undefined {
  const boxes = host?.querySelectorAll<HTMLElement>('[data-node]') ?? [];
  return [...boxes].find(box => box.dataset['node'] === id);
}

function PlaceItem(props: {
  place: Place;
  onOpen: (opening: Opening) => void;
  onUnfold: (id: string, first: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { place, onOpen, onUnfold } = props;
  if (place.kind === 'box') {
    return <Box node={place.node} onOpen={onOpen} />;
  }
  if (place.kind === 'lane') {
    return <li className="jp-MlopsLab-lineage-lane" aria-hidden="true" data-node={place.id} />;
  }
  const count = formatCount(place.count);
  return (
    <li>
      <button
        type="button"
        className="jp-MlopsLab-lineage-box jp-mod-more"
        data-node={place.id}
        aria-expanded={false}
        title={trans.__('Show %1 more', count)}
        onClick={() => onUnfold(place.id, place.node.id)}
      >
        <strong>{trans.__('+%1', count)}</strong>
        {place.note && <span className="jp-MlopsLab-note">{place.note}</span>}
      </button>
    </li>
  );
}

/** The lines in words, for those who do not see them. */
function AsList({ graph }: { graph: IGraph }): React.JSX.Element {
  const trans = useTrans();
  const boxes = graph.columns.flatMap(({ nodes }) => nodes);
  const names = new Map(boxes.map(one => [one.id, one.title]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  return (
    <details className="jp-MlopsLab-lineage-text">
      <summary className="jp-MlopsLab-note">{trans.__('As a list')}</summary>
      <ul>
        {graph.lines.map(([from, to]) => (
          <li key={`${from} ${to}`}>{trans.__('%1 → %2', nameOf(from), nameOf(to))}</li>
        ))}
        {graph.repeated !== null && (
          <li>{trans.__('This run repeats %1', nameOf(graph.repeated))}</li>
        )}
      </ul>
    </details>
  );
}

function Box(props: { node: INode; onOpen: (opening: Opening) => void }): React.JSX.Element {
  const { node, onOpen } = props;
  const { id, kind, title, note, opens, isOwn } = node;
  const classes = `jp-MlopsLab-lineage-box jp-mod-${kind} ${isOwn ? 'jp-mod-own' : ''}`;
  const whole = note ? `${title}\n${note}` : title;
  const words = (
    <>
      <strong>{title}</strong>
      {note && <span className="jp-MlopsLab-note">{note}</span>}
    </>
  );
  return (
    <li>
      {opens ? (
        <button
          type="button"
          className={classes}
          data-node={id}
          title={whole}
          onClick={() => onOpen(opens)}
        >
          {words}
        </button>
      ) : (
        <div className={classes} data-node={id} title={whole}>
          {words}
        </div>
      )}
    </li>
  );
}

/** On which sides the drawing goes on beyond what is in sight. */
function useBeyond(frame: React.RefObject<HTMLDivElement>): string {
  const [beyond, setBeyond] = React.useState('');
  React.useLayoutEffect(() => {
    const inner = frame.current;
    const view = inner?.parentElement;
    if (!inner || !view) {
      return;
    }
    const look = (): void => {
      const rest = view.scrollWidth - view.clientWidth - view.scrollLeft;
      const sides = [view.scrollLeft > 1 ? 'left' : '', rest > 1 ? 'right' : ''];
      setBeyond(sides.filter(Boolean).join(' '));
    };
    const observer = new ResizeObserver(look);
    observer.observe(inner);
    observer.observe(view);
    look();
    view.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      view.removeEventListener('scroll', look);
    };
  }, [frame]);
  return beyond;
}
