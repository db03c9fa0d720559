import type { Event, ServiceManager } from '@jupyterlab/services';
import { Signal, Stream } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeServer, Refusal } from '../../__tests__/fakes';
import { CHANGE_SCHEMA, ChangeFeed } from '../changes';
import type { IChange } from '../types';

class FakeSource {
  readonly stream = new Stream<object, Event.Emission>(this);
  readonly connectionFailure = new Signal<object, Error>(this);
  readonly events = { stream: this.stream };

  emit(data: object): void {
    this.stream.emit({ schema_id: CHANGE_SCHEMA, ...data });
  }
}

let visibility: DocumentVisibilityState;
let source: FakeSource;
let server: FakeServer;
let feed: ChangeFeed;
let changes: IChange[];
let resyncs: number;

const run = (seq: number): IChange => ({ seq, kind: 'run', id: 'r1', action: 'updated' });

beforeEach(() => {
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  source = new FakeSource();
  server = new FakeServer().on('GET status', { seq: 7 });
  feed = new ChangeFeed(source as unknown as ServiceManager.IManager, server.client);
  changes = [];
  resyncs = 0;
  feed.changed.connect((_, change) => changes.push(change));
  feed.resync.connect(() => (resyncs += 1));
});

afterEach(() => {
  feed.dispose();
  vi.useRealTimers();
});

describe('ChangeFeed', () => {
  it('turns our events into changes and leaves others alone', () => {
    source.emit(run(7));
    source.emit({ schema_id: 'https://events.jupyter.org/other', seq: 8 });
    source.emit({ seq: 'x', kind: 'run' });
    source.emit({ ...run(9), kind: 'unheard-of' });
    expect(changes).toEqual([run(7)]);
    expect(resyncs).toBe(0);
  });

  it('asks for a fetch when a number is missing', () => {
    source.emit(run(7));
    source.emit(run(8));
    source.emit(run(11));
    expect(changes.map(change => change.seq)).toEqual([7, 8]);
    expect(resyncs).toBe(1);
    source.emit(run(12));
    expect(changes.at(-1)?.seq).toBe(12);
  });

  it('asks for a fetch when the page is seen again', () => {
    visibility = 'hidden';
    document.dispatchEvent(new window.Event('visibilitychange'));
    expect(resyncs).toBe(0);
    visibility = 'visible';
    document.dispatchEvent(new window.Event('visibilitychange'));
    expect(resyncs).toBe(1);
  });

  it('looks at the newest number on focus, and asks for a fetch only when it has moved', async () => {
    source.emit(run(7));
    window.dispatchEvent(new window.Event('focus'));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    expect(resyncs).toBe(0);
    server.on('GET status', { seq: 9 });
    window.dispatchEvent(new window.Event('focus'));
    await vi.waitFor(() => expect(resyncs).toBe(1));
  });

  it('asks again ever more slowly while the server is down, then asks for a fetch', async () => {
    vi.useFakeTimers();
    server.on('GET status', new Refusal(502, 'down'));
    source.connectionFailure.emit(new Error('down'));
    source.connectionFailure.emit(new Error('down'));
    await vi.advanceTimersByTimeAsync(900);
    expect(server.seen).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2500);
    expect(server.seen).toHaveLength(3);
    server.on('GET status', { seq: 7 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(resyncs).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.seen).toHaveLength(4);
  });

  it('asks for nothing while the page is hidden', async () => {
    visibility = 'hidden';
    window.dispatchEvent(new window.Event('focus'));
    source.connectionFailure.emit(new Error('down'));
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(server.seen).toHaveLength(0);
  });

  it('says that the connection is lost, and that it is back', async () => {
    vi.useFakeTimers();
    const said: boolean[] = [];
    feed.connectionChanged.connect(() => said.push(feed.isConnected));
    server.on('GET status', new Refusal(503, 'down'));
    feed.suspect();
    feed.suspect();
    await vi.advanceTimersByTimeAsync(10);
    expect(server.seen).toHaveLength(1);
    expect(said).toEqual([false]);
    feed.suspect();
    await vi.advanceTimersByTimeAsync(10);
    expect(server.seen).toHaveLength(1);
    server.on('GET status', { seq: 7 });
    await feed.check();
    expect(said).toEqual([false, true]);
    expect(resyncs).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.seen).toHaveLength(2);
  });

  it('asks for a fetch after a failure when the server is there, and ever later if it goes on', async () => {
    vi.useFakeTimers();
    feed.resync.connect(() => resyncs < 50 && feed.suspect());
    feed.suspect();
    await vi.advanceTimersByTimeAsync(10);
    expect(resyncs).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(resyncs).toBe(3);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(resyncs).toBeLessThan(13);
  });

  it('does not forget a failure that comes while it looks', async () => {
    vi.useFakeTimers();
    const answered = feed.check();
    feed.suspect();
    await answered;
    await vi.advanceTimersByTimeAsync(10);
    expect(server.seen).toHaveLength(1);
    expect(resyncs).toBe(1);
  });

  it('does not wait for a server that refuses', async () => {
    vi.useFakeTimers();
    server.on('GET status', new Refusal(403, 'Forbidden'));
    await feed.check();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(feed.isConnected).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('looks again when a page that had lost the connection is seen', async () => {
    vi.useFakeTimers();
    server.on('GET status', new Refusal(502, 'down'));
    await feed.check();
    visibility = 'hidden';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.seen).toHaveLength(1);
    server.on('GET status', { seq: 7 });
    visibility = 'visible';
    document.dispatchEvent(new window.Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(10);
    expect(feed.isConnected).toBe(true);
    expect(resyncs).toBe(1);
  });
});
