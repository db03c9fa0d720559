import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { click, draw, press } from '../../__tests__/screen';
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
