import { describe, expect, it } from 'vitest';

import { lineageOf, trans } from '../../__tests__/fakes';
import type { Lineage, LineageData, LineageRun, LineageRuns } from '../../api/types';
import { lineageGraph } from '../lineageGraph';

function point(id: string): LineageRun {
  return {
    id,
    name: `run ${id}`,
    experiment: 'e',
    status: 'finished',
    source: 'notebook',
    started_at: 1
  };
}

function some(...ids: string[]): LineageRuns {
  return { runs: ids.map(point), count: ids.length, is_exact: true };
}

function data(name: string, more: Partial<LineageData> = {}): LineageData {
  return {
    name,
    kind: 'table',
    role: 'input',
    digest: `d-${name}`,
    shape: [10, 2],
    made_by: some(),
    read_by: some(),
    ...more
  };
}

function versionOf(
  name: string,
  version: number,
  more: Partial<Lineage['versions'][number]> = {}
): Lineage['versions'][number] {
  const made = { created_at: 1, created_by: 'ada', description: '', source: '' };
  return { name, version, aliases: [], stage: 'None', ...made, ...more };
}

describe('lineageGraph', () => {
  it('leads from data to the run, its models, versions and jobs', () => {
    const graph = lineageGraph(
      lineageOf('a', {
        data: [data('flights', { made_by: some('prep'), read_by: some('x', 'y') })],
        data_count: 1,
        models: [{ name: 'forest', class_name: 'sklearn.Forest', artifact: 'models/forest' }],
        versions: [versionOf('delays', 3, { stage: 'Production', aliases: ['champion'] })],
        definitions: [{ id: 'd1', name: 'nightly', revisions: [2, 1] }]
      }),
      trans
    );
    expect(graph.columns.map(({ title, nodes }) => [title, nodes.map(one => one.title)])).toEqual([
      ['Came from', ['run prep']],
      ['Data that it read', ['flights']],
      ['Run', ['run a']],
      ['Made', ['forest']],
      ['What came of it', ['delays, version 3', 'nightly']]
    ]);
    expect(graph.columns.at(-1)?.nodes[0]).toMatchObject({
      note: 'Production @champion',
      opens: { version: 'delays 3' }
    });
    expect(graph.lines).toEqual([
      ['data 0', 'own'],
      ['run prep', 'data 0'],
      ['own', 'model 0'],
      ['model 0', 'version delays 3'],
      ['own', 'definition d1']
    ]);
    const notes = graph.columns.flatMap(({ nodes }) => nodes.map(one => one.note));
    expect(notes).toContain('10 × 2 · 2 other runs read it');
    expect(notes).toContain('Production @champion');
    expect(notes).toContain('job definition, revisions 2, 1');
  });

  it('tells relatives, and counts those that are not named', () => {
    const graph = lineageGraph(
      lineageOf('a', {
        parent: point('p'),
        same_as: point('p'),
        children: { ...some('c1', 'c2'), count: 200, is_exact: false },
        reproductions: [{ id: 'proof-12345678', state: 'agrees', started_at: 1 }],
        data: [data('out', { role: 'made', kind: 'artifact', read_by: some('r') })],
        data_count: 4
      }),
      trans
    );
    const titles = graph.columns.flatMap(({ nodes }) => nodes.map(one => one.title));
    expect(titles.filter(title => title === 'run p')).toHaveLength(1);
    expect(titles).toContain('198 more or beyond');
    expect(titles).toContain('3 more');
    expect(graph.lines).toContainEqual(['data 0', 'run r']);
    expect(graph.lines).toContainEqual(['own', 'proof proof-12345678']);
  });

  it('sets a run that it repeats beside it, for neither made the other', () => {
    const graph = lineageGraph(
      lineageOf('a', {
        same_as: point('twin'),
        data: [data('x', { made_by: some('p', 'q') })],
        data_count: 1
      }),
      trans
    );
    expect(graph.columns.map(({ nodes }) => nodes.map(one => one.title))).toEqual([
      ['run p', 'run q'],
      ['x'],
      ['run a', 'run twin']
    ]);
    expect(graph.repeated).toBe('run twin');
    expect(graph.lines.flat()).not.toContain('run twin');
    expect(graph.columns[0]?.nodes[0]?.note).toBe('made the same data');
  });

  it('is the run alone where nothing is known', () => {
    expect(lineageGraph(lineageOf('a'), trans).columns.map(({ nodes }) => nodes.length)).toEqual([
      1
    ]);
  });
});
