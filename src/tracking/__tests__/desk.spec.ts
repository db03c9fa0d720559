import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';

import { Desk, Follower } from '../desk';
import type { IScope } from '../listView';

/** Notebooks of which one is active, with its active cell. */
class FakeTracker {
  readonly currentChanged = new Signal<this, void>(this);
  readonly activeCellChanged = new Signal<this, void>(this);
  currentWidget: unknown = null;

  show(path: string, cellId: string): void {
    this.currentWidget = { context: { path }, content: { activeCell: { model: { id: cellId } } } };
    this.currentChanged.emit();
  }
}

function following(): [Follower, FakeTracker, (IScope | null)[]] {
  const tracker = new FakeTracker();
  const scopes: (IScope | null)[] = [];
  const follower = new Follower({
    notebooks: tracker as unknown as INotebookTracker,
    contents: {
      driveName: path => (path.includes(':') ? (path.split(':')[0] ?? '') : ''),
      localPath: path => path.split(':').at(-1) ?? ''
    },
    onScope: scope => scopes.push(scope)
  });
  return [follower, tracker, scopes];
}

describe('Desk', () => {
  it('tells of what is open', () => {
    const desk = new Desk();
    desk.edit({ kind: 'tags', ids: ['a'] });
    desk.chooseColumns(true);
    desk.callFilter();
    expect([desk.editing?.kind, desk.isChoosingColumns, desk.filterCalls]).toEqual([
      'tags',
      true,
      1
    ]);
    expect(desk.version).toBe(3);
  });
});

describe('Follower', () => {
  it('is of no use while no notebook is open', () => {
    const [follower, tracker] = following();
    expect(follower.isEnabled).toBe(false);
    tracker.show('a.ipynb', '1');
    expect(follower.isEnabled).toBe(true);
  });

  it('follows the active notebook, and stays with the last one when all are closed', () => {
    const [follower, tracker, scopes] = following();
    tracker.show('a.ipynb', '1');
    follower.follow('notebook');
    tracker.show('a.ipynb', '2');
    tracker.show('b.ipynb', '3');
    tracker.currentWidget = null;
    tracker.currentChanged.emit();
    expect(scopes).toEqual([
      { path: 'a.ipynb', cellId: null },
      { path: 'b.ipynb', cellId: null }
    ]);
    follower.follow('all');
    expect(scopes.at(-1)).toBeNull();
  });

  it('follows the active cell', () => {
    const [follower, tracker, scopes] = following();
    tracker.show('a.ipynb', '1');
    follower.follow('cell');
    tracker.show('a.ipynb', '2');
    expect(scopes).toEqual([
      { path: 'a.ipynb', cellId: '1' },
      { path: 'a.ipynb', cellId: '2' }
    ]);
  });
});
