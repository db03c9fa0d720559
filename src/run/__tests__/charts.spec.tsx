import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import { describe, expect, it, onTestFinished } from 'vitest';

import {
  captureOf,
  experimentOf,
  FakeFeed,
  FakeServer,
  fakeLab,
  runOf,
  summaryOf
} from '../../__tests__/fakes';
import { button, click, draw, type, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { useModel } from '../../components/hooks';
import { Charts } from '../charts';
import { RunModel } from '../model';

function Watched(props: { model: RunModel; commands: CommandRegistry }): React.JSX.Element {
  useModel(props.model);
  return <Charts {...props} />;
}

async function opened(count: number, commands = new CommandRegistry()): Promise<HTMLElement> {
  const metrics = Array.from({ length: count }, (_, index) => ({
    name: `m${index}`,
    count: 2,
    last: 1,
    step: 1,
    min: 0,
    max: 1,
    is_kpi: false
  }));
  const server = new FakeServer()
    .on('GET runs/a', runOf(summaryOf('a'), { metrics }))
    .on('GET runs/a/capture', captureOf('a'))
    .on('GET experiments/train', experimentOf('train'))
    .on('GET runs/a/series', ({ path }: { path: string }) => ({
      run_id: 'a',
      name: new URL(path, 'http://x').searchParams.get('name'),
      count: 2,
      points: []
    }));
  const model = new RunModel({ ...fakeLab(server, new FakeFeed()), runId: 'a' });
  onTestFinished(() => model.dispose());
  await model.refresh();
  return draw(<Watched model={model} commands={commands} />);
}

const titles = (host: HTMLElement): (string | null)[] =>
  [...host.querySelectorAll('.jp-MlopsLab-chart-title')].map(title => title.textContent);

describe('Charts', () => {
  it('begins with two, shows all when asked, and finds some by name', async () => {
    const host = await opened(30);
    expect(titles(host)).toEqual(['m0', 'm1']);
    expect(host.querySelector('input')).toBeNull();
    await click(button(host, 'Show all 30 charts'));
    await until(() => titles(host).length === 24, 'the charts');
    expect(host.textContent).toContain('Show more charts (6 left)');
    await type(host.querySelector('input[type=search]'), 'm29');
    await until(() => titles(host).join() === 'm29', 'the chart');
    expect(host.querySelector('[role=status]')?.textContent).toBe('1 of 30');
  });

  it('opens a chart as code, and saves its picture and its data', async () => {
    const commands = new CommandRegistry();
    const codes: unknown[] = [];
    commands.addCommand(CommandIds.insertCode, {
      describedBy: { args: { type: 'object', properties: { code: { type: 'string' } } } },
      execute: ({ code }) => void codes.push(code)
    });
    const host = await opened(1, commands);
    await click(host.querySelector('[aria-label="Open “m0” as code"]'));
    expect(codes).toHaveLength(1);
    expect(codes[0]).toContain("points = lab.metric_history(runs, ['m0'], max_points=2000)");
    expect(codes[0]).toContain("'a',");
    await click(host.querySelector('[aria-label="Save “m0”"]'));
    for (const format of ['Save as PNG', 'Save as SVG', 'Save data as CSV']) {
      expect(document.body.textContent).toContain(format);
    }
  });

  it('offers no code where nothing could take it', async () => {
    const host = await opened(1);
    expect(host.querySelector('[aria-label="Data of “m0” as a table"]')).not.toBeNull();
    expect(host.querySelector('[aria-label="Open “m0” as code"]')).toBeNull();
  });

  it('offers nothing more where there is nothing more', async () => {
    const host = await opened(2);
    expect(titles(host)).toEqual(['m0', 'm1']);
    expect(host.textContent).not.toContain('Show');
  });
});
