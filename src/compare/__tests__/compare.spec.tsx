import { CommandRegistry } from '@lumino/commands';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { describe, expect, it, onTestFinished } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, summaryOf } from '../../__tests__/fakes';
import { button, click, until } from '../../__tests__/screen';
import type { Comparison } from '../../api/types';
import { CompareModel } from '../model';
import { labelOf, oldestFirst } from '../order';
import { CompareView } from '../view';

const point = (step: number): { step: number; time: number; value: number } => ({
  step,
  time: 0,
  value: step
});

const comparison: Comparison = {
  runs: [summaryOf('a'), summaryOf('b')],
  params: [
    { name: 'rate', values: ['0.1', '0.2'], equal: false },
    { name: 'seed', values: ['13', '13'], equal: true }
  ],
  metrics: [
    { name: 'auc', values: [0.75, 0.8], equal: false },
    { name: 'loss', values: [0.5, null], equal: false },
    { name: 'rows', values: [10, 10], equal: true }
  ],
  series: [
    { run_id: 'a', name: 'loss', count: 2, points: [point(1), point(2)] },
    { run_id: 'b', name: 'loss', count: 2, points: [point(1), point(2)] },
    { run_id: 'b', name: 'auc', count: 1, points: [point(0)] }
  ],
  code: [{ run_id: 'b', equal: false, lines: [{ kind: 'added', text: 'x = 1' }] }],
  data: [
    {
      run_id: 'b',
      equal: false,
      versions: [
        {
          name: 'table',
          digests: ['xxh3:1111', 'xxh3:2222'],
          shapes: [
            [1000, 2],
            [900, 2]
          ],
          equal: false,
          same_content: false,
          columns: [
            {
              name: 'delay',
              aspects: ['type', 'missing'],
              types: ['int64', 'float64'],
              missing: [0, 7]
            }
          ],
          role: 'input',
          known: true
        }
      ]
    }
  ],
  surroundings: [
    {
      run_id: 'b',
      equal: false,
      known: true,
      facts: [{ kind: 'package', name: 'numpy', values: ['1.26', null] }]
    }
  ],
  left_out: []
};

function modelOf(answer: Comparison): CompareModel {
  const server = new FakeServer().on('GET comparison', answer);
  return new CompareModel({ ...fakeLab(server, new FakeFeed()), runIds: ['a', 'b'] });
}

async function opened(answer: Comparison): Promise<HTMLElement> {
  const lab = fakeLab(new FakeServer());
  const view = new CompareView({ model: modelOf(answer), lab, commands: new CommandRegistry() });
  onTestFinished(async () => act(async () => view.dispose()));
  await act(async () => {
    Widget.attach(view, document.body);
    MessageLoop.flush();
  });
  await until(() => view.node.querySelector('table'), 'the comparison');
  return view.node;
}

const namesOf = (node: HTMLElement): (string | null)[] =>
  [...node.querySelectorAll('.jp-MlopsLab-comparison th[scope=row]')]
    .slice(3)
    .map(cell => cell.textContent);

describe('oldestFirst', () => {
  it('puts runs in the order in which they started, however they were selected', () => {
    const runs = [3, 1, 2].map(at => summaryOf(`at${at}`, { started_at: at }));
    expect(oldestFirst(runs).map(run => run.id)).toEqual(['at1', 'at2', 'at3']);
    expect(runs[0]?.id).toBe('at3');
  });
});

describe('labelOf', () => {
  it('tells runs of the same name apart', () => {
    const runs = ['11111111a', '22222222b', 'c'].map(id => summaryOf(id, { name: 'train' }));
    const other = summaryOf('d', { name: 'other' });
    expect(labelOf(runs[1], [...runs, other])).toBe('train · 2222222b');
    expect(labelOf(other, [...runs, other])).toBe('other');
  });
});

describe('CompareModel', () => {
  it('groups what differs and what is equal, and one chart for each metric with a curve', async () => {
    const model = modelOf(comparison);
    model.isActive = true;
    await model.ready;
    expect(model.params.differing.map(row => row.name)).toEqual(['rate']);
    expect(model.metrics.equal.map(row => row.name)).toEqual(['rows']);
    expect(model.curves.map(({ name, lines }) => [name, lines.map(line => line.runIndex)])).toEqual(
      [['loss', [0, 1]]]
    );
  });
});

describe('CompareView', () => {
  it('shows what differs, how far, and what a run lacks', async () => {
    const node = await opened({ ...comparison, series: [] });
    expect(namesOf(node)).toEqual(['aucprimary', 'loss', 'rate']);
    const text = node.textContent;
    expect(text).toContain('0.8+0.05');
    expect(text).toContain('baseline');
    expect(node.querySelector('td[title="This run has none"]')).not.toBeNull();
    expect(node.querySelector('.jp-MlopsLab-diff')?.textContent).toContain('x = 1');
  });

  it('shows the primary metric first, and marks it', async () => {
    const primary = { name: 'loss', last: 0.5, step: 0, count: 1, min: 0.5, max: 0.5 };
    const runs = ['a', 'b'].map(id => summaryOf(id, { primary_metric: primary }));
    const node = await opened({ ...comparison, runs, series: [] });
    expect(namesOf(node)).toEqual(['lossprimary', 'auc', 'rate']);
  });

  it('folds equal rows into one line that unfolds', async () => {
    const node = await opened({ ...comparison, series: [] });
    const fold = [...node.querySelectorAll('button')].find(item =>
      item.textContent.includes('1 equal parameter')
    );
    await click(fold ?? null);
    expect(fold?.getAttribute('aria-expanded')).toBe('true');
    expect(namesOf(node)).toEqual(['aucprimary', 'loss', 'rate', 'seed']);
  });

  it('says so when the code is the same', async () => {
    const code = [{ run_id: 'b', equal: true, lines: [] }];
    const node = await opened({ ...comparison, series: [], code });
    expect(node.textContent).toContain('run b ran the same code as run a.');
    expect(button(node, 'run a').title).toBe('Open run a');
  });

  it('names the columns that differ, and the packages', async () => {
    const node = await opened(comparison);
    expect(node.textContent).toContain('1,000 × 2 1111');
    expect(node.textContent).toContain('delay (type int64, then float64, 0 missing, then 7)');
    expect(node.textContent).toContain('numpypackage1.26–');
  });

  it('does not call data changed that the cell made, or that was read to another extent', async () => {
    const version = { digests: ['1', '2'], shapes: [[3], [3]], same_content: false, columns: [] };
    const made = { ...version, name: 'pred', equal: false, role: 'made', known: true } as const;
    const unknown = { ...made, name: 'X', role: 'input', known: false } as const;
    const only = await opened({
      ...comparison,
      data: [{ run_id: 'b', equal: true, versions: [made] }]
    });
    expect(only.textContent).toContain('run b read the same data as run a.');
    expect(only.textContent).toContain('pred made by the cell');
    const both = await opened({
      ...comparison,
      data: [{ run_id: 'b', equal: true, versions: [unknown, made] }]
    });
    expect(both.textContent).not.toContain('run b read the same data as run a.');
    expect(both.textContent).toContain('not known: other rows were read');
  });
});
