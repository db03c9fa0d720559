import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { click, draw, press, until } from '../../__tests__/screen';
import { Folds } from '../folds';
import { Outline } from '../outline';

const SECTIONS = [
  { name: 'metrics', title: 'Metrics', note: '3' },
  { name: 'files', title: 'Files', note: 'much too long a note' }
];

describe('Outline', () => {
  it('leads to sections by mouse and arrow keys', async () => {
    const revealed: string[] = [];
    const host = await draw(
      <div className="jp-MlopsLab-view">
        <Outline sections={SECTIONS} onReveal={name => revealed.push(name)} />
        <details data-section="metrics" />
      </div>
    );
    const [metrics, files] = host.querySelectorAll('button');
    await click(files!);
    expect(revealed).toEqual(['files']);
    metrics!.focus();
    await press(metrics!, 'ArrowDown');
    expect(document.activeElement).toBe(files);
    await press(files!, 'ArrowUp');
    expect(document.activeElement).toBe(metrics);
    expect(metrics!.getAttribute('aria-current')).toBe('location');
    expect(host.textContent).toBe('Metrics3Files');
  });
});

it('marks the section that was revealed, though the page cannot bring it to the top', async () => {
  const host = await draw(
    <div className="jp-MlopsLab-view">
      <Outline sections={SECTIONS} onReveal={() => undefined} />
      <details data-section="metrics" />
      <details data-section="files" />
    </div>
  );
  const view = host.querySelector<HTMLElement>('.jp-MlopsLab-view');
  const marked = (): string | undefined =>
    host.querySelector('[aria-current]')?.firstElementChild?.textContent ?? undefined;
  view!.dataset['revealed'] = 'metrics';
  view!.dispatchEvent(new Event('scroll'));
  await until(() => marked() === 'Metrics', 'the section that was revealed');
  delete view!.dataset['revealed'];
  view!.dispatchEvent(new Event('scroll'));
  await until(() => marked() === 'Files', 'the section that was passed last');
});

describe('Folds', () => {
  it('keeps what was turned, for every page and the next visit', async () => {
    const kept = new Map<string, unknown>([['mlops-lab:run-sections', { git: true, data: false }]]);
    const state = {
      fetch: async (key: string) => kept.get(key),
      save: async (key: string, value: unknown) => void kept.set(key, value)
    } as never;
    const folds = new Folds(state);
    await folds.ready;
    expect([folds.get('git'), folds.get('data'), folds.get('code')]).toEqual([
      true,
      false,
      undefined
    ]);
    folds.set('code', false);
    expect(kept.get('mlops-lab:run-sections')).toEqual({ git: true, data: false, code: false });
  });
});
