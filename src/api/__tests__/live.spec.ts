import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { FakeFeed } from '../../__tests__/fakes';
import { LiveModel } from '../live';
import { ApiError } from '../request';
import type { IChange } from '../types';

class Counter extends LiveModel {
  fetches = 0;
  begun: number[] = [];
  value = 0;
  answer: () => Promise<number> = () => Promise.resolve(this.fetches);

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run';
  }

  protected override isUrgent(change: IChange): boolean {
    return change.action === 'created';
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    this.fetches += 1;
    this.begun.push(performance.now());
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

  it('asks a quick server soon, and leaves a busy one in peace for as long as it took', async () => {
    const took = (ms: number): Promise<number> =>
      new Promise(resolve => setTimeout(() => resolve(0), ms));
    model.answer = () => took(400);
    model.isActive = true;
    const traffic = setInterval(() => feed.move('run'), 10);
    await vi.advanceTimersByTimeAsync(8000);
    clearInterval(traffic);
    expect(model.fetches).toBeGreaterThanOrEqual(9);
    expect(model.fetches).toBeLessThanOrEqual(11);
    model.answer = () => took(5);
    await vi.advanceTimersByTimeAsync(5000);
    const before = performance.now();
    feed.move('run');
    await vi.advanceTimersByTimeAsync(1000);
    expect((model.begun.at(-1) ?? 0) - before).toBeLessThanOrEqual(30);
  });

  it('fetches what somebody waits for at once, though not again and again', async () => {
    const took = (ms: number): Promise<number> =>
      new Promise(resolve => setTimeout(() => resolve(0), ms));
    model.answer = () => took(800);
    model.isActive = true;
    await vi.advanceTimersByTimeAsync(810);
    feed.move('run');
    await vi.advanceTimersByTimeAsync(10);
    const before = performance.now();
    feed.move('run', 'new', 'created');
    await vi.advanceTimersByTimeAsync(100);
    expect((model.begun.at(-1) ?? 0) - before).toBe(30);
    model.answer = () => took(100);
    const from = model.fetches;
    const storm = setInterval(() => feed.move('run', 'new', 'created'), 5);
    await vi.advanceTimersByTimeAsync(6000);
    clearInterval(storm);
    expect(model.fetches - from).toBeLessThanOrEqual(34);
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
