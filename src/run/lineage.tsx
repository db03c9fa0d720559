/** Owns the drawing of a run's lineage: boxes in columns that open what they name, and lines between. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ApiError } from '../api/request';
import type { Lineage } from '../api/types';
import { CommandIds } from '../commands';
import { ErrorPanel, Skeleton } from '../components/feedback';
import { formatCount } from '../components/format';
import { useTrans } from '../components/hooks';
import { lineageGraph, type IGraph, type INode, type Opening } from './lineageGraph';
import type { RunModel } from './model';
import { Versions } from './versions';

interface ILineageProps {
  model: RunModel;
  commands: CommandRegistry;
  onReveal: (section: string) => void;
}

/** Boxes of a column up to which it is drawn whole. */
const SHOWN = 8;

export function LineageSection(props: ILineageProps): React.JSX.Element {
  const { model } = props;
  const [lineage, setLineage] = React.useState<Lineage | null>(null);
  const [error, setError] = React.useState<ApiError | null>(null);
  const [attempt, setAttempt] = React.useState(0);
  const status = model.run?.summary.status;
  const proofs = model.capture?.reproductions.length;
  const data = model.capture?.data.length;
  const { registrations } = model.edits;
  React.useEffect(() => {
    const abort = new AbortController();
    model.getLineage(abort.signal).then(
      found => {
        if (!abort.signal.aborted) {
          setLineage(found);
          setError(null);
        }
      },
      (failure: unknown) => abort.signal.aborted || setError(asApiError(failure))
    );
    return () => abort.abort();
  }, [model, attempt, status, proofs, data, registrations]);
  if (error) {
    return <ErrorPanel error={error} onRetry={() => setAttempt(attempt + 1)} />;
  }
  return lineage ? <Graph lineage={lineage} {...props} /> : <Skeleton rows={3} height={48} />;
}

function Graph(props: ILineageProps & { lineage: Lineage }): React.JSX.Element {
  const trans = useTrans();
  const { lineage, commands, onReveal } = props;
  const graph = React.useMemo(() => lineageGraph(lineage, trans), [lineage, trans]);
  const host = React.useRef<HTMLDivElement>(null);
  const open = (opening: Opening): void => {
    if ('section' in opening) {
      onReveal(opening.section);
    } else if ('version' in opening) {
      leadTo(host.current, opening.version);
    } else if ('runId' in opening) {
      void commands.execute(CommandIds.openRun, opening);
    } else {
      void commands.execute(CommandIds.openJobs, opening);
    }
  };
  if (graph.lines.length === 0) {
    return (
      <p className="jp-MlopsLab-note">
        {trans.__('Nothing that this run read, made or led to is known.')}
      </p>
    );
  }
  return (
    <div ref={host}>
      <Drawing graph={graph} onOpen={open} />
      <Versions versions={lineage.versions} />
    </div>
  );
}

/** Leads the reader, and the keyboard, to the row of a version. */
function leadTo(host: HTMLElement | null, version: string): void {
  const rows = host?.querySelectorAll<HTMLElement>('[data-version]') ?? [];
  const row = [...rows].find(one => one.dataset['version'] === version);
  row?.scrollIntoView({ block: 'center' });
  row?.focus({ preventScroll: true });
}

function Drawing(props: { graph: IGraph; onOpen: (opening: Opening) => void }): React.JSX.Element {
  const trans = useTrans();
  const { graph, onOpen } = props;
  const frame = React.useRef<HTMLDivElement>(null);
  const [opened, setOpened] = React.useState<ReadonlySet<string>>(new Set());
  const paths = usePaths(frame, graph, opened);
  return (
    <>
      <div
        className="jp-MlopsLab-lineage"
        role="group"
        tabIndex={0}
        aria-label={trans.__('Lineage of this run')}
      >
        <div ref={frame} className="jp-MlopsLab-lineage-columns">
          <svg aria-hidden="true">
            {paths.map((path, index) => (
              <path key={index} d={path} />
            ))}
          </svg>
          {graph.columns.map(({ title, nodes }) => (
            <Column
              key={title}
              title={title}
              nodes={nodes}
              isWhole={opened.has(title)}
              onWhole={() => setOpened(new Set([...opened, title]))}
              onOpen={onOpen}
            />
          ))}
        </div>
      </div>
      <AsList graph={graph} />
    </>
  );
}

function Column(props: {
  title: string;
  nodes: readonly INode[];
  isWhole: boolean;
  onWhole: () => void;
  onOpen: (opening: Opening) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { title, nodes, isWhole, onWhole, onOpen } = props;
  const shown = isWhole ? nodes : nodes.slice(0, SHOWN);
  const more = nodes.length - shown.length;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {shown.map(node => (
          <Box key={node.id} node={node} onOpen={onOpen} />
        ))}
        {more > 0 && (
          <li>
            <button type="button" className="jp-MlopsLab-link" onClick={onWhole}>
              {trans.__('Show %1 more', formatCount(more))}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

/** The lines in words, for those who do not see them. */
function AsList({ graph }: { graph: IGraph }): React.JSX.Element {
  const trans = useTrans();
  const names = new Map(
    graph.columns.flatMap(({ nodes }) => nodes.map(one => [one.id, one.title]))
  );
  return (
    <details className="jp-MlopsLab-lineage-text">
      <summary className="jp-MlopsLab-note">{trans.__('As a list')}</summary>
      <ul>
        {graph.lines.map(([from, to]) => (
          <li key={`${from} ${to}`}>
            {trans.__('%1 → %2', names.get(from) ?? from, names.get(to) ?? to)}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Box(props: { node: INode; onOpen: (opening: Opening) => void }): React.JSX.Element {
  const { node, onOpen } = props;
  const { id, kind, title, note, opens, isOwn } = node;
  const classes = `jp-MlopsLab-lineage-box jp-mod-${kind} ${isOwn ? 'jp-mod-own' : ''}`;
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
          title={title}
          onClick={() => onOpen(opens)}
        >
          {words}
        </button>
      ) : (
        <div className={classes} data-node={id} title={title}>
          {words}
        </div>
      )}
    </li>
  );
}

/** The lines as paths in the frame, measured anew when something changes its size. */
function usePaths(
  frame: React.RefObject<HTMLDivElement>,
  graph: IGraph,
  opened: ReadonlySet<string>
): readonly string[] {
  const [paths, setPaths] = React.useState<readonly string[]>([]);
  React.useLayoutEffect(() => {
    const host = frame.current;
    if (!host) {
      return;
    }
    const measure = (): void => setPaths(pathsIn(host, graph));
    const observer = new ResizeObserver(measure);
    observer.observe(host);
    measure();
    return () => observer.disconnect();
  }, [frame, graph, opened]);
  return paths;
}

function pathsIn(host: HTMLElement, graph: IGraph): string[] {
  const own = host.getBoundingClientRect();
  const boxes = new Map(
    [...host.querySelectorAll<HTMLElement>('[data-node]')].map(box => [
      box.dataset['node'],
      box.getBoundingClientRect()
    ])
  );
  return graph.lines.flatMap(([from, to]) => {
    const [start, end] = [boxes.get(from), boxes.get(to)];
    if (!start || !end) {
      return [];
    }
    const [x1, y1] = [start.right - own.left, start.top + start.height / 2 - own.top];
    const [x2, y2] = [end.left - own.left, end.top + end.height / 2 - own.top];
    const middle = (x1 + x2) / 2;
    return [`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`];
  });
}
