import { describe, expect, it } from 'vitest';

import type { IGraph, INode } from '../lineageGraph';
import { lineageLayout } from '../lineageLayout';
import { pathsOf, type IBox } from '../lineagePaths';

function box(id: string, kind: INode['kind'] = 'data', note = ''): INode {
  return { id, kind, title: id, note, opens: null };
}

function graphOf(columns: INode[][], lines: [string, string][]): IGraph {
  const titled = columns.map((nodes, index) => ({ title: `column ${index}`, nodes }));
  return { columns: titled, lines, repeated: null };
}

const NONE = new Set<string>();
const ids = (layout: ReturnType<typeof lineageLayout>): string[][] =>
  layout.columns.map(({ places }) => places.map(({ id }) => id));

describe('lineageLayout', () => {
  it('orders boxes by what they are tied to, so that lines do not cross', () => {
    const graph = graphOf(
      [
        [box('a'), box('b'), box('c')],
        [box('z'), box('y'), box('x')]
      ],
      [
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'z']
      ]
    );
    const [left, right] = ids(lineageLayout(graph, NONE));
    expect(left?.map(id => 'abc'.indexOf(id))).toEqual(right?.map(id => 'xyz'.indexOf(id)));
  });

  it('folds more than three runs that are there for one reason, until they are wanted', () => {
    const runs = ['1', '2', '3', '4', '5'].map(id => box(id, 'run', 'made the same data'));
    const graph = graphOf(
      [[...runs, box('p', 'run', 'the run that holds it')], [box('own', 'run')]],
      [...runs.map(({ id }): [string, string] => [id, 'own']), ['p', 'own']]
    );
    const layout = lineageLayout(graph, NONE);
    const fold = layout.columns[0]?.places.find(place => place.kind === 'fold');
    expect(fold).toMatchObject({ count: 3, note: 'made the same data', node: { id: '3' } });
    expect(ids(layout)[0]).toHaveLength(4);
    expect(layout.strands).toContainEqual({ from: [fold?.id], to: ['own'] });
    expect(ids(lineageLayout(graph, new Set([fold?.id ?? ''])))[0]).toHaveLength(6);
    expect(ids(lineageLayout(graphOf([runs.slice(0, 3)], []), NONE))[0]).toHaveLength(3);
  });

  it('folds what is beyond the eighth box of a column', () => {
    const nodes = Array.from({ length: 20 }, (_, index) => box(`d${index}`));
    const layout = lineageLayout(graphOf([nodes], []), NONE);
    expect(layout.columns[0]?.places.at(-1)).toMatchObject({ kind: 'fold', count: 12, note: '' });
    expect(layout.columns[0]?.places).toHaveLength(9);
  });

  it('gives a line that passes a column room there', () => {
    const graph = graphOf(
      [[box('parent')], [box('data')], [box('own')]],
      [
        ['parent', 'own'],
        ['data', 'own']
      ]
    );
    const layout = lineageLayout(graph, NONE);
    expect(ids(layout)[1]?.slice().sort()).toEqual(['data', 'lane 1']);
    const strands = layout.strands.map(({ from, to }) => [...from, ...to].join(' '));
    expect(strands.sort()).toEqual(['data own', 'lane 1 own', 'parent lane 1']);
  });

  it('leads what several runs all made through one point', () => {
    const graph = graphOf(
      [
        [box('a'), box('b')],
        [box('x'), box('y')]
      ],
      [
        ['a', 'x'],
        ['a', 'y'],
        ['b', 'x'],
        ['b', 'y']
      ]
    );
    const { strands } = lineageLayout(graph, NONE);
    expect(strands).toEqual([{ from: ['a', 'b'], to: ['x', 'y'] }]);
    const place = (left: number, y: number): IBox => ({
      left,
      right: left + 10,
      top: y,
      bottom: y,
      y
    });
    const boxes = new Map([
      ['a', place(0, 0)],
      ['b', place(0, 20)],
      ['x', place(50, 0)],
      ['y', place(50, 20)]
    ]);
    expect(pathsOf(strands[0]!, boxes)).toHaveLength(4);
    expect(pathsOf(strands[0]!, boxes)[0]).toBe('M10 0C20 0 20 10 30 10');
  });
});
