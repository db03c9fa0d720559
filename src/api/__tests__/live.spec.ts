import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { FakeFeed } from '../../__tests__/fakes';
import { LiveModel } from '../live';
import { ApiError } from '../request';
import type { IChange } from '../types';

class Counter extends LiveModel {
  fetches = 0;
  value = 0;
  answer: () => Promise<number> = () => Promise.resolve(this.fetches);

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run';
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    this.fetches += 1;
    const value = await this.answer();
    if (!signal.aborted) {
      this.value = value;
    }
  }
}

let feed: FakeFeed;
let model: Counter;

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  feed = new FakeFeed();
  model = new Counter(feed);
});

describe('LiveModel', () => {
  it('fetches nothing until somebody looks, then what has moved meanwhile', async () => {
    feed.move('run');
    feed.resync.emit();
    await vi.advanceTimersByTimeAsync(5000);
    expect(model.fetches).toBe(0);
    expect(model.isLoading).toBe(true);
    model.isActive = true;
    await model.ready;
    expect(model.fetches).toBe(1);
    expect(model.isLoading).toBe(false);
    model.isActive = false;
    model.isActive = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.fetches).toBe(1);
  });

  it('answers a burst of changes by one fetch, and ignores what does not concern it', async () => {
    model.isActive = true;
    await model.ready;
    feed.move('job');
    for (let i = 0; i < 100; i += 1) {
      feed.move('run');
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.fetches).toBe(2);
  });

  it('fetches once more when something moves during a fetch', async () => {
    let release: (value: number) => void = () => undefined;
    model.answer = () => new Promise(resolve => (release = resolve));
    model.isActive = true;
    feed.move('run');
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.fetches).toBe(1);
    release(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.fetches).toBe(2);
  });

  it('lets only the newest answer count', async () => {
    const answers: ((value: number) => void)[] = [];
    model.answer = () => new Promise(resolve => answers.push(resolve));
    model.isActive = true;
    const second = model.refresh();
    answers[1]?.(2);
    await second;
    answers[0]?.(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(model.value).toBe(2);
  });

  it('keeps what it shows when a fetch fails, and says why', async () => {
    model.isActive = true;
    await model.ready;
    model.answer = () => Promise.reject(new ApiError({ message: 'no', code: 'conflict' }));
    await model.refresh();
    expect(model.error?.message).toBe('no');
    expect(model.isLoaded).toBe(true);
    model.answer = () => Promise.resolve(5);
    await model.refresh();
    expect(model.error).toBeNull();
    expect(model.value).toBe(5);
  });

  it('does nothing after it was disposed of', async () => {
    model.isActive = true;
    await model.ready;
    model.dispose();
    feed.move('run');
    await model.refresh();
    await vi.advanceTimersByTimeAsync(1000);
    expect(model.fetches).toBe(1);
  });
});
