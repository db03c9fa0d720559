import { beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeFeed, FakeServer, jobOf } from '../../__tests__/fakes';
import type { Job } from '../../api/types';
import { JobWatcher, type Notices } from '../watcher';

let server: FakeServer;
let feed: FakeFeed;
let ends: [string, boolean][];
let notices: Notices;
let watcher: JobWatcher;

const now = (state: Job['state']): Job =>
  jobOf('j1', { state, ended_at: state === 'running' ? null : Date.now() });

beforeEach(() => {
  server = new FakeServer();
  feed = new FakeFeed();
  ends = [];
  notices = 'failed';
  watcher = new JobWatcher({
    client: server.client,
    changes: feed,
    notices: () => notices,
    onEnd: (job, isTold) => ends.push([job.state, isTold])
  });
});

async function end(state: Job['state']): Promise<void> {
  server.on('GET jobs/j1', now(state));
  feed.move('job', 'j1');
  await vi.waitFor(() => expect(ends).toHaveLength(1), 3000);
}

describe('JobWatcher', () => {
  it('tells of a job that failed, once', async () => {
    await end('failed');
    feed.move('job', 'j1');
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(ends).toEqual([['failed', true]]);
  });

  it('keeps quiet about a success that nobody here asked for', async () => {
    await end('succeeded');
    expect(ends).toEqual([['succeeded', false]]);
  });

  it('tells of the success of a job that was started here', async () => {
    watcher.watch('j1');
    await end('succeeded');
    expect(ends).toEqual([['succeeded', true]]);
  });

  it('tells nothing when notices are off', async () => {
    notices = 'none';
    await end('lost');
    expect(ends).toEqual([['lost', false]]);
  });

  it('waits for the end, and takes an old end for history', async () => {
    server.on('GET jobs/j1', now('running'));
    feed.move('job', 'j1');
    await vi.waitFor(() => expect(server.seen).toHaveLength(1), 3000);
    server.on('GET jobs/j1', jobOf('j1', { state: 'failed' }));
    feed.move('job', 'j1');
    await vi.waitFor(() => expect(server.seen).toHaveLength(2), 3000);
    expect(ends).toEqual([]);
  });
});
