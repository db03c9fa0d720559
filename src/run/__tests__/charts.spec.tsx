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
import { useModel } from '../../components/hooks';
import { Charts } from '../charts';
import { RunModel } from '../model';

function Watched({ model }: { model: RunModel }): React.JSX.Element {
  useModel(model);
  return <Charts model={model} />;
}

async function opened(count: number): Promise<HTMLElement> {
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
  return draw(<Watched model={model} />);
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

  it('offers nothing more where there is nothing more', async () => {
    const host = await opened(2);
    expect(titles(host)).toEqual(['m0', 'm1']);
    expect(host.textContent).not.toContain('Show');
  });
});
