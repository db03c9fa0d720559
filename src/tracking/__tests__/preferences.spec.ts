import { Signal } from '@lumino/signaling';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import { describe, expect, it } from 'vitest';

import { Preferences } from '../preferences';

/** Settings as the registry has them, which tell when they change. */
class FakeSettings {
  readonly changed = new Signal<this, void>(this);

  constructor(readonly kept: Record<string, unknown>) {}

  get(name: string): { composite: unknown } {
    return { composite: this.kept[name] };
  }

  async set(name: string, value: unknown): Promise<void> {
    this.kept[name] = value;
  }
}

const followed = (kept: Record<string, unknown>): [Preferences, FakeSettings] => {
  const settings = new FakeSettings(kept);
  const preferences = new Preferences();
  preferences.follow(settings as unknown as ISettingRegistry.ISettings);
  return [preferences, settings];
};

describe('Preferences', () => {
  it('reads the settings, and takes the default for what makes no sense', () => {
    const [preferences] = followed({
      runList: { density: 'huge', grouping: 'notebook' },
      runColumns: ['user', 5],
      pinnedRuns: 'a'
    });
    expect(preferences.list).toEqual({ density: 'normal', grouping: 'notebook', order: '' });
    expect(preferences.columns).toEqual(['user']);
    expect(preferences.pins).toEqual([]);
    expect(preferences.savedFilters).toEqual([]);
  });

  it('shows a change at once and keeps it in the settings', async () => {
    const [preferences, settings] = followed({});
    let changes = 0;
    preferences.changed.connect(() => (changes += 1));
    const kept = preferences.setList({ density: 'compact' });
    expect(preferences.list.density).toBe('compact');
    expect(changes).toBe(1);
    await kept;
    await preferences.setPins(['a']);
    expect(settings.kept).toEqual({
      runList: { density: 'compact', grouping: 'parent', order: '' },
      pinnedRuns: ['a']
    });
  });

  it('follows settings that are changed elsewhere', () => {
    const [preferences, settings] = followed({});
    settings.kept['runColumns'] = ['metrics.auc'];
    settings.changed.emit();
    expect(preferences.columns).toEqual(['metrics.auc']);
  });

  it('remembers filters, each once, the latest first', async () => {
    const kept = new Map<string, unknown>([['mlops-lab:filters', ['a', 'b']]]);
    const state = {
      fetch: async (name: string) => kept.get(name),
      save: async (name: string, value: unknown) => void kept.set(name, value)
    };
    const preferences = new Preferences();
    await preferences.remember(state as unknown as IStateDB);
    preferences.used('b');
    preferences.used('');
    expect(preferences.history).toEqual(['b', 'a']);
    for (let count = 0; count < 50; count += 1) {
      preferences.used(`filter ${count}`);
    }
    expect(preferences.history).toHaveLength(20);
    expect(kept.get('mlops-lab:filters')).toEqual(preferences.history);
  });

  it('tells where a change cannot be kept, which then holds until the page is closed', async () => {
    const [preferences, settings] = followed({});
    const told: string[] = [];
    preferences.failed.connect((_, { message }) => void told.push(message));
    settings.set = () => Promise.reject(new Error('read-only'));
    await preferences.setPins(['a']);
    expect(told).toEqual(['read-only']);
    expect(preferences.pins).toEqual(['a']);
  });
});
