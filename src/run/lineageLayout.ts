/** Owns how the boxes of a lineage are laid out: alike ones folded, lines led past, few crossings; pure. */
import type { IGraph, INode } from './lineageGraph';

/** Runs of one kind in a column up to which each has a box. */
const ALIKE = 3;

/** Boxes of a column up to which it is drawn whole. */
const SHOWN = 8;

/** Times that the columns are ordered by their neighbours, to and fro. */
const SWEEPS = 4;

/** What stands in a column: a box, some that are folded into one, or the room of a line. */
export type Place =
  | { kind: 'box'; id: string; node: INode }
  | { kind: 'fold'; id: string; count: number; node: INode; note: string }
  | { kind: 'lane'; id: string };

/** Lines that share their ends: each place on the left leads to each on the right. */
export interface IStrand {
  from: readonly string[];
  to: readonly string[];
}

export interface ILayout {
  columns: { title: string; places: Place[] }[];
  strands: IStrand[];
}

type Line = readonly [string, string];

/** The layout; of groups that are in `opened` each box is drawn. */
export function lineageLayout(graph: IGraph, opened: ReadonlySet<string>): ILayout {
  const stands = new Map<string, string>();
  const columns = graph.columns.map(({ title, nodes }) => ({
    title,
    places: folded(title, nodes, opened, stands)
  }));
  const lines = unique(
    graph.lines.flatMap(([from, to]): Line[] => {
      const ends = [stands.get(from), stands.get(to)] as const;
      return ends[0] === undefined || ends[1] === undefined ? [] : [[ends[0], ends[1]]];
    })
  );
  const led = withLanes(columns, lines);
  order(columns, led);
  return { columns, strands: strandsOf(led) };
}

/** Many runs that are there for one reason are two boxes, and one that tells how many more. */
function folded(
  title: string,
  nodes: readonly INode[],
  opened: ReadonlySet<string>,
  stands: Map<string, string>
): Place[] {
  const foldOf = new Map<INode, string>();
  for (const node of nodes) {
    const alike = nodes.filter(one => one.kind === 'run' && one.note === node.note);
    if (alike.length > ALIKE && alike.indexOf(node) >= ALIKE - 1) {
      foldOf.set(node, `fold ${title} ${node.note}`);
    }
  }
  const rest = `fold ${title}`;
  const whole = nodes.filter(node => !foldOf.has(node) || opened.has(foldOf.get(node) ?? ''));
  // One that is folded would take the room that it saves.
  const shown = whole.length > SHOWN + 1 ? SHOWN : whole.length;
  whole.slice(shown).forEach(node => foldOf.set(node, foldOf.get(node) ?? rest));
  const places = new Map<string, Place>();
  for (const node of nodes) {
    const id = foldOf.get(node);
    const isShown = id === undefined || opened.has(id);
    stands.set(node.id, isShown ? node.id : id);
    if (isShown) {
      places.set(node.id, { kind: 'box', id: node.id, node });
    } else {
      const before = places.get(id);
      const count = before?.kind === 'fold' ? before.count + 1 : 1;
      const first = before?.kind === 'fold' ? before.node : node;
      const note = id === rest ? '' : node.note;
      places.set(id, { kind: 'fold', id, count, note, node: first });
    }
  }
  return [...places.values()];
}

function unique(lines: readonly Line[]): Line[] {
  return [...new Map(lines.map(line => [line.join('\n'), line])).values()];
}

/** A line that passes a column has room there, which all that lead to the same box share. */
function withLanes(columns: ILayout['columns'], lines: readonly Line[]): Line[] {
  const columnOf = new Map(
    columns.flatMap(({ places }, at) => places.map(({ id }) => [id, at] as const))
  );
  const led = lines.flatMap(([from, to]): Line[] => {
    const [start, end] = [columnOf.get(from) ?? 0, columnOf.get(to) ?? 0];
    const lanes = columns.slice(start + 1, end).map((_, index) => `lane ${start + 1 + index}`);
    lanes.forEach((id, index) => {
      const { places } = columns[start + 1 + index] as ILayout['columns'][number];
      if (!places.some(place => place.id === id)) {
        places.push({ kind: 'lane', id });
      }
    });
    const path = [from, ...lanes, to];
    return path.slice(1).map((id, index): Line => [path[index] as string, id]);
  });
  return unique(led);
}

/** Orders each column by where the boxes stand that its own are tied to. */
function order(columns: ILayout['columns'], lines: readonly Line[]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const toRight = sweep % 2 === 0;
    const row = toRight ? columns : [...columns].reverse();
    for (const [index, column] of row.entries()) {
      const before = row[index - 1];
      if (before) {
        const ties = lines.map(([from, to]) => (toRight ? [from, to] : [to, from]) as Line);
        sortBy(column.places, before.places, ties);
      }
    }
  }
}

/** The middle of the neighbours, from 0 at the top to 1; what has none stays about where it is. */
function sortBy(places: Place[], neighbours: readonly Place[], ties: readonly Line[]): void {
  const height = new Map(
    neighbours.map(({ id }, index) => [id, (index + 0.5) / neighbours.length])
  );
  const wanted = new Map(
    places.map(({ id }, index) => {
      const heights = ties.flatMap(([from, to]) => (to === id ? (height.get(from) ?? []) : []));
      const middle = heights.reduce((sum, one) => sum + one, 0) / heights.length;
      return [id, heights.length > 0 ? middle : (index + 0.5) / places.length];
    })
  );
  // Children of one parent wish for the same height, and so keep their order.
  places.sort((one, other) => (wanted.get(one.id) ?? 0) - (wanted.get(other.id) ?? 0));
}

/** Boxes that all lead to the same several boxes share one strand instead of lines that cross. */
function strandsOf(lines: readonly Line[]): IStrand[] {
  const sources = new Map<string, string[]>();
  for (const [from, to] of lines) {
    sources.set(to, [...(sources.get(to) ?? []), from]);
  }
  const groups = new Map<string, { from: string[]; to: string[] }>();
  for (const [to, from] of sources) {
    const key = [...from].sort().join('\n');
    const group = groups.get(key) ?? { from, to: [] };
    group.to.push(to);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ from, to }) =>
    from.length > 1 && to.length > 1
      ? [{ from, to }]
      : from.flatMap(one => to.map(other => ({ from: [one], to: [other] })))
  );
}
