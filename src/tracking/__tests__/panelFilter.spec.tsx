import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { pageOf, Refusal, summaryOf } from '../../__tests__/fakes';
import { button, click, press, type, until } from '../../__tests__/screen';
import { PanelWorld, rowsOf } from './panelWorld';

let world: PanelWorld;
let server: PanelWorld['server'];
let executed: PanelWorld['executed'];
let preferences: PanelWorld['preferences'];

const opened = (): Promise<HTMLElement> => world.opened();

beforeEach(() => {
  world = new PanelWorld();
  ({ server, executed, preferences } = world);
});

describe('RunsPanel: its filter and columns', () => {
  it('proposes names while the filter is typed', async () => {
    const node = await opened();
    const box = node.querySelector<HTMLInputElement>('input[role=combobox]');
    await type(box, 'metrics.a');
    await until(() => node.querySelector('[role=option]'), 'a proposal');
    expect(node.querySelector('[role=option]')?.textContent).toBe('metrics.auc3');
    await press(box, 'ArrowDown');
    expect(box?.getAttribute('aria-activedescendant')).toBe('jp-MlopsLab-proposal-0');
    await press(box, 'Enter');
    expect(box?.value).toBe('metrics.auc ');
    expect(node.querySelector('[role=option]')).toBeNull();
  });

  it('proposes nothing above the list to who has emptied the filter', async () => {
    const node = await opened();
    const box = node.querySelector<HTMLInputElement>('input[role=combobox]');
    await type(box, 'metrics.a');
    await until(() => node.querySelector('[role=option]'), 'a proposal');
    await type(box, '');
    expect(node.querySelector('[role=option]')).toBeNull();
    await act(async () => new Promise(resolve => setTimeout(resolve, 300)));
    expect(node.querySelector('[role=option]')).toBeNull();
  });

  it('marks the wrong piece of a filter and puts in what was meant', async () => {
    const node = await opened();
    const problem = {
      code: 'invalid_input',
      detail: "'statsu' is not a field.",
      hint: '',
      position: 0,
      length: 6,
      suggestions: ['status']
    };
    server.on('GET runs', new Refusal(400, problem));
    const box = node.querySelector<HTMLInputElement>('input[role=combobox]');
    await type(box, '  statsu = failed');
    await until(() => node.querySelector('mark'), 'the mark');
    expect(node.querySelector('mark')?.textContent).toBe('statsu');
    server.on('GET runs', pageOf([]));
    await click(button(node, 'status'));
    expect(box?.value).toBe('  status = failed');
    await until(() => node.textContent.includes('No run matches'), 'the empty state');
    await click(button(node, 'Clear the filter'));
    expect(box?.value).toBe('');
  });

  it('shows the values of chosen columns in the rows where it is narrow', async () => {
    vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(250);
    vi.stubGlobal(
      'ResizeObserver',
      class {
        constructor(private readonly _tell: () => void) {}
        observe(): void {
          this._tell();
        }
        unobserve(): void {
          return;
        }
        disconnect(): void {
          return;
        }
      }
    );
    onTestFinished(() => void vi.unstubAllGlobals());
    server.on('GET runs', { ...pageOf([summaryOf('a')]), values: [{ 'params.rate': '0.5' }] });
    await preferences.setColumns(['params.rate', 'user', 'metric']);
    const [row] = rowsOf(await opened());
    expect(row?.textContent).toContain('auc0.76152');
    const below = [...(row?.querySelectorAll('.jp-MlopsLab-runRow-below > span') ?? [])];
    expect(below.map(value => value.textContent)).toEqual(['rate0.5', 'Userada']);
  });

  it('undoes the last change by the key while the list has the focus', async () => {
    const node = await opened();
    await press(node.querySelector('.jp-MlopsLab-runList'), 'z', { ctrlKey: true });
    expect(executed).toEqual(['undo']);
  });

  it('offers the metric of which only the name was typed', async () => {
    const node = await opened();
    server.on('GET names', ({ path }: { path: string }) => ({
      names: path.includes('kind=metrics') ? [{ name: 'val_loss', count: 3 }] : []
    }));
    server.on(
      'GET runs',
      new Refusal(400, {
        code: 'invalid_input',
        detail: "'val_loss' is not a field.",
        hint: 'Fields: name, notebook, user.',
        position: 0,
        length: 8,
        suggestions: []
      })
    );
    const box = node.querySelector<HTMLInputElement>('input[role=combobox]');
    await type(box, 'val_loss < 1');
    await until(() => node.textContent.includes('Did you mean'), 'the offer');
    expect(node.textContent).not.toContain('Fields:');
    server.on('GET runs', pageOf([]));
    await click(button(node, 'metrics.val_loss'));
    expect(box?.value).toBe('metrics.val_loss < 1');
  });

  it('is a table with headings that sort where columns are chosen', async () => {
    server.on('GET runs', {
      ...pageOf([summaryOf('a')]),
      values: [{ 'params.rate': '0.5' }]
    });
    await preferences.setColumns(['params.rate', 'user']);
    const node = await opened();
    const row = node.querySelector('[data-run-id=a]');
    expect(row?.getAttribute('role')).toBe('row');
    expect([...(row?.children ?? [])].map(cell => cell.textContent)).toEqual([
      'Finishedrun a',
      '0.5',
      'ada'
    ]);
    await click(button(node, 'rate'));
    expect(preferences.list.order).toBe('params.rate ASC');
    expect(node.querySelector('[aria-sort=ascending]')?.textContent).toContain('rate');
    await click(button(node, 'Name'));
    expect(preferences.list.order).toBe('name ASC');
  });

  it('keeps a filter by name, applies it and deletes it', async () => {
    const node = await opened();
    await type(node.querySelector('input[role=combobox]'), 'status = failed');
    const star = (): Element | null => node.querySelector('[title="Saved filters and history"]');
    await click(star());
    const name = node.querySelector('.jp-MlopsLab-sheet-form input');
    await type(name, 'failures');
    await click(button(node, 'Save'));
    expect(preferences.savedFilters).toEqual([{ name: 'failures', filter: 'status = failed' }]);
    await click(star());
    await click(node.querySelector('[title="Delete the filter “failures”"]'));
    expect(preferences.savedFilters).toEqual([]);
  });
});
