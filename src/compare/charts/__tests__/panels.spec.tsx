import { act } from 'react';
import * as React from 'react';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { FakeServer, pageOf, Refusal, summaryOf } from '../../../__tests__/fakes';
import {
  button,
  click,
  draw,
  press,
  recordingCommands,
  type,
  until
} from '../../../__tests__/screen';
import { ChartDesk, DeskProvider } from '../../../components/charts/desk';
import { PLAIN_CHARTS } from '../chartsLayout';
import { RunCharts, type IRunChartsProps } from '../runCharts';

interface IDrawn {
  element: HTMLElement;
  data: { type: string; name?: string; x?: unknown[]; y?: unknown[]; dimensions?: unknown[] }[];
  layout: { xaxis?: { range?: number[]; type?: string }; yaxis?: { type?: string } };
  listeners: Map<string, (data: unknown) => void>;
  tell: (event: string, data?: unknown) => void;
}

const plotly = vi.hoisted(() => ({
  charts: new Map<HTMLElement, unknown>(),
  count: 0,
  failures: 0
}));

vi.mock('../../../components/plotly', () => ({
  default: {
    react: async (element: HTMLElement, data: unknown, layout: unknown) => {
      plotly.count += 1;
      if (plotly.failures > 0) {
        plotly.failures -= 1;
        throw new Error('no room');
      }
      const known = plotly.charts.get(element) as { listeners: Map<string, unknown> } | undefined;
      const listeners = known?.listeners ?? new Map<string, unknown>();
      plotly.charts.set(element, { data, layout, listeners });
      return Object.assign(element, {
        on: (event: string, listener: unknown) => listeners.set(event, listener)
      });
    },
    purge: (element: HTMLElement) => plotly.charts.delete(element),
    Plots: { resize: () => undefined }
  }
}));

function chartAt(node: HTMLElement, title: string): IDrawn {
  const figure = [...node.querySelectorAll('figure')].find(item =>
    item.querySelector('.jp-MlopsLab-chart-title')?.textContent.includes(title)
  );
  const element = figure?.querySelector<HTMLElement>('[role=img]');
  const drawn = plotly.charts.get(element!) as IDrawn;
  return {
    ...drawn,
    element: element!,
    tell: (event, data) => act(() => drawn.listeners.get(event)?.(data))
  };
}

const isDrawn = (node: HTMLElement, title: string) => () => {
  try {
    return chartAt(node, title).data.length > 0;
  } catch {
    return false;
  }
};

const COUNT = 12;
const CURVES = ['loss', 'acc'];
const ids = Array.from({ length: COUNT }, (_, index) => `run${index}`);
const runs = ids.map((id, index) =>
  summaryOf(id, { name: `r${index}`, duration_ms: 1000 * (index + 1) })
);
const params = [
  { name: 'lr', values: ids.map((_, index) => String(10 ** -(index % 4))) },
  { name: 'depth', values: ids.map((_, index) => String((index * 5) % 7)) },
  { name: 'kind', values: ids.map((_, index) => (index % 2 ? "'a'" : "'b'")) }
];
const metrics = [{ name: 'auc', values: ids.map((_, index) => ((index * 5) % 7) / 10) }];
const curvesOf = (name: string): object[] =>
  ids.slice(0, 3).map((run_id, run) => ({
    run_id,
    name,
    count: 3,
    first_time: 0,
    steps: [0, 1, 2],
    elapsed: [0, 1, 2],
    values: [run, run + 1, run + 2]
  }));

function serverOf(): FakeServer {
  return new FakeServer()
    .on('GET curves', ({ path }) => ({
      curves: curvesOf(path.includes('metric=loss') ? 'loss' : 'acc')
    }))
    .on('GET names', { names: [{ name: 'team', count: 3 }] })
    .on('GET runs', () => ({
      ...pageOf(runs),
      values: runs.map((_, index) => ({ 'tags.team': index % 2 ? 'red' : null }))
    }));
}

async function opened(more: Partial<IRunChartsProps> = {}): Promise<{
  node: HTMLElement;
  executed: unknown[];
  marked: string[][];
  renew: (news: Partial<IRunChartsProps>) => Promise<void>;
}> {
  const executed: unknown[] = [];
  const marked: string[][] = [];
  const commands = recordingCommands(executed);
  const { client } = serverOf();
  const onSelect = (found: readonly string[]): void => {
    marked.push([...found]);
  };
  let renew: (news: Partial<IRunChartsProps>) => void;
  const Screen = (): React.JSX.Element => {
    const [news, setNews] = React.useState(more);
    renew = setNews;
    const [hidden, onHide] = React.useState<ReadonlySet<string>>(new Set());
    const [layout, onLayout] = React.useState(PLAIN_CHARTS);
    const all = { client, commands, runs, params, metrics, onSelect, ...news };
    const kept = { hidden, onHide, layout, onLayout };
    return <RunCharts curves={CURVES} baselineId="run0" {...all} {...kept} />;
  };
  const node = await draw(
    <DeskProvider value={desk}>
      <Screen />
    </DeskProvider>
  );
  return { node, executed, marked, renew: news => act(async () => renew(news)) };
}

async function tab(node: HTMLElement, name: string): Promise<void> {
  await click([...node.querySelectorAll('[role=tab]')].find(item => item.textContent === name)!);
}

const fieldOf = (node: HTMLElement, label: string): Element =>
  [...node.querySelectorAll('label')]
    .find(item => item.textContent.startsWith(label))!
    .querySelector('select, input')!;

// A busy machine takes long to find even what stands in for plotly.
const desk = new ChartDesk();
beforeAll(() => desk.plotly(), 60_000);

describe('curves', () => {
  it('have a chart for each metric, and hide a run in all of them', async () => {
    const { node } = await opened();
    await until(isDrawn(node, 'acc'), 'the charts');
    expect(chartAt(node, 'loss').data.map(({ name }) => name)).toEqual(['r0', 'r1', 'r2']);
    await click(button(node, 'r1'));
    await until(() => chartAt(node, 'acc').data.length === 2);
    expect(button(node, 'r1').getAttribute('aria-pressed')).toBe('false');
    expect(chartAt(node, 'loss').data.map(({ name }) => name)).toEqual(['r0', 'r2']);
    await click(button(node, 'Show all'));
    await until(() => chartAt(node, 'acc').data.length === 3);
  });

  it('share zoom, and a double click shows all again', async () => {
    const { node } = await opened();
    await until(isDrawn(node, 'acc'), 'the charts');
    chartAt(node, 'loss').tell('plotly_relayout', { 'xaxis.range[0]': 0.5, 'xaxis.range[1]': 1.5 });
    await until(() => chartAt(node, 'acc').layout.xaxis?.range, 'the zoom');
    expect(chartAt(node, 'acc').layout.xaxis?.range).toEqual([0.5, 1.5]);
    chartAt(node, 'acc').tell('plotly_doubleclick');
    await until(() => !chartAt(node, 'loss').layout.xaxis?.range, 'all');
  });

  it('are not drawn anew when nothing that they show has changed', async () => {
    const { node } = await opened();
    await until(isDrawn(node, 'acc'), 'the charts');
    const { count } = plotly;
    await click(node.querySelector('[aria-label="Data of “loss” as a table"]'));
    expect(node.querySelectorAll('[role=region] tbody tr').length).toBe(9);
    expect(plotly.count).toBe(count);
  });

  it('are averaged by a tag, which is asked for then', async () => {
    const { node } = await opened();
    await until(isDrawn(node, 'acc'), 'the charts');
    await until(() => node.querySelector('option[value="tags.team"]'), 'the tags');
    await type(fieldOf(node, 'Mean by'), 'tags.team');
    await until(() => chartAt(node, 'loss').data.some(({ name }) => name === 'red'), 'the groups');
    const named = chartAt(node, 'loss').data.filter(({ name }) => name);
    expect(named.map(({ name, y }) => [name, y])).toEqual([
      ['(none)', [1, 2, 3]],
      ['red', [1, 2, 3]]
    ]);
  });

  it('open as code with the runs that are shown', async () => {
    const { node, executed } = await opened();
    await until(isDrawn(node, 'loss'), 'the charts');
    await click(button(node, 'r1'));
    await click(node.querySelector('[aria-label="Open “loss” as code"]'));
    const [id, { code }] = executed[0] as [string, { code: string }];
    expect(id).toBe('mlops-lab:insert-code');
    expect(code).toContain("lab.metric_history(runs, ['loss']");
    expect(code).toContain("'run0'");
    expect(code).not.toContain("'run1'");
  });

  it('teach how they come to be, and can be asked for again', async () => {
    const { node } = await opened({ curves: [] });
    await until(() => node.textContent.includes('lab.log_metric('), 'the empty state');
    let isUp = false;
    const broken = serverOf().on('GET curves', () =>
      isUp ? { curves: curvesOf('loss') } : new Refusal(500, { detail: 'Broken', hint: 'Wait' })
    );
    const other = await opened({ client: broken.client, curves: ['loss'] });
    await until(() => other.node.querySelector('[role=alert]'), 'the error');
    isUp = true;
    await click(button(other.node, 'Retry'));
    await until(isDrawn(other.node, 'loss'), 'the charts');
  });
});

describe('charts over runs', () => {
  it('are chosen by arrow keys', async () => {
    const { node } = await opened();
    await press(node.querySelector('[role=tablist]'), 'ArrowRight');
    expect(node.querySelector('[aria-selected=true]')?.textContent).toBe('Scatter');
    await press(node.querySelector('[role=tablist]'), 'End');
    expect(node.querySelector('[aria-selected=true]')?.textContent).toBe('Box');
  });

  it('scatter marks runs, opens one, and takes a log axis where values span much', async () => {
    const { node, executed, marked } = await opened();
    await tab(node, 'Scatter');
    await until(isDrawn(node, 'auc over lr'), 'the scatter');
    const chart = chartAt(node, 'auc over lr');
    expect(chart.layout.xaxis?.type).toBe('log');
    expect(chart.data[0]?.x?.length).toBe(COUNT);
    const points = ['run1', 'run2', 'run1'].map(customdata => ({ customdata }));
    chart.tell('plotly_selected', { points });
    expect(marked.at(-1)).toEqual(['run1', 'run2']);
    expect(node.textContent).toContain('2 runs marked');
    await click(button(node, 'Compare them'));
    chart.tell('plotly_click', { points });
    expect(executed).toEqual([
      ['mlops-lab:compare-runs', { runIds: ['run1', 'run2'] }],
      ['mlops-lab:open-run', { runId: 'run1' }]
    ]);
  });

  it('keeps the marks while values come in, but of no run that is there no more', async () => {
    const { node, marked, renew } = await opened();
    await tab(node, 'Scatter');
    await until(isDrawn(node, 'auc over lr'), 'the scatter');
    const points = ['run1', 'run11'].map(customdata => ({ customdata }));
    chartAt(node, 'auc over lr').tell('plotly_selected', { points });
    await renew({ runs: [...runs] });
    expect(node.textContent).toContain('2 runs marked');
    await renew({ runs: runs.slice(0, -1) });
    expect(marked.at(-1)).toEqual(['run1']);
    expect(node.textContent).toContain('1 run marked');
  });

  it('listens after a first drawing that failed', async () => {
    plotly.failures = 1;
    const { node } = await opened();
    await tab(node, 'Box');
    await until(() => node.querySelector('[role=alert]'), 'the failure');
    await click(button(node, 'Retry'));
    await until(isDrawn(node, ''), 'the chart');
    expect([...chartAt(node, '').listeners.keys()]).toContain('plotly_selected');
  });

  it('keep what was chosen in each', async () => {
    const { node } = await opened();
    await tab(node, 'Box');
    const log = (): Element => fieldOf(node, 'Log y');
    await click(log());
    expect(log()).toHaveProperty('checked', true);
    await tab(node, 'Curves');
    await tab(node, 'Box');
    expect(log()).toHaveProperty('checked', true);
  });

  it('parallel axes mark runs by dragging and by fields', async () => {
    const { node, marked } = await opened();
    await tab(node, 'Parallel');
    await until(isDrawn(node, 'auc across 4 axes'), 'the axes');
    const chart = chartAt(node, 'auc across');
    // The first axis is the learning rate, which is drawn by its logarithm.
    chart.tell('plotly_restyle', [{ 'dimensions[0].constraintrange': [[-3, -2.5]] }, [0]]);
    expect(marked.at(-1)).toEqual(['run3', 'run7', 'run11']);
    await type(node.querySelector('[aria-label="kind from"]'), '1');
    expect(marked.at(-1)).toEqual([]);
    await click(button(node, 'Clear all ranges'));
    await type(node.querySelector('[aria-label="depth to"]'), '0');
    expect(marked.at(-1)).toEqual(['run0', 'run7']);
    expect(node.textContent).toContain('2 runs marked');
  });

  it('importance says what matters, from how many runs, and how the metric moves with it', async () => {
    const { node, executed } = await opened();
    await tab(node, 'Importance');
    await until(isDrawn(node, 'What matters for auc'), 'the bars');
    const bars = chartAt(node, 'What matters').data[0];
    expect(bars?.y?.at(-1)).toBe('params.depth');
    expect(node.textContent).toContain('From 12 runs');
    await until(isDrawn(node, 'auc as depth moves'), 'the dependence');
    await click(node.querySelector('[aria-label="Open “auc as depth moves” as code"]'));
    expect(JSON.stringify(executed[0])).toContain('RandomForestRegressor');
  });

  it('say why there is nothing to draw', async () => {
    const { node } = await opened({
      runs: runs.slice(0, 3),
      params: params.map(({ name, values }) => ({ name, values: values.slice(0, 3) })),
      metrics: metrics.map(({ name, values }) => ({ name, values: values.slice(0, 3) }))
    });
    await tab(node, 'Importance');
    expect(node.textContent).toContain('Too few runs');
    const same = await opened({ params: [], metrics: [] });
    await tab(same.node, 'Contour');
    expect(same.node.textContent).toContain('No plane to draw on');
    await tab(same.node, 'Box');
    expect(same.node.textContent).toContain('No groups to compare');
  });

  it('show all runs of the experiment, and say when there are more', async () => {
    const server = serverOf().on('GET runs', () => ({
      ...pageOf(runs.slice(0, 5)),
      total: 9000,
      values: runs.slice(0, 5).map((_, index) => ({
        'params.lr': `0.${index}1`,
        'params.depth': '1',
        'params.kind': "'a'",
        'metrics.auc': index
      }))
    }));
    const { node } = await opened({ client: server.client });
    await tab(node, 'Scatter');
    await click(fieldOf(node, 'All runs'));
    await until(() => node.textContent.includes('The newest 5 of 9000 runs'), 'all runs');
    await until(
      () => isDrawn(node, 'auc over lr')() && chartAt(node, 'auc').data[0]?.x?.length === 5,
      'their points'
    );
  });
});
