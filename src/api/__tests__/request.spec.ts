import { describe, expect, it } from 'vitest';

import { FakeServer, Refusal, trans } from '../../__tests__/fakes';
import { LabClient } from '../client';
import { ApiError, request } from '../request';

const failureOf = async (answer: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await answer.then(
    () => null,
    (reason: unknown) => reason
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
};

describe('request', () => {
  it('goes below the base URL, repeats list values and leaves out what is empty', async () => {
    const server = new FakeServer().on('GET comparison', { ok: true });
    const query = { run_id: ['a', 'b'], filter: '', cursor: null };
    const answer = await request({ settings: server.settings, trans }, 'comparison', { query });
    expect(answer).toEqual({ ok: true });
    expect(server.seen[0]?.path).toBe('comparison?run_id=a&run_id=b');
  });

  it('reaches files whatever is in their names and in the base URL', () => {
    const { settings } = new FakeServer();
    const base = 'http://127.0.0.1/user/ada%20b/';
    const client = new LabClient({ settings: { ...settings, baseUrl: base }, trans });
    expect(client.artifactUrl('a1', 'my plots/50% #1?.png')).toBe(
      `${base}mlops-lab/api/runs/a1/artifacts/my%20plots/50%25%20%231%3F.png`
    );
  });

  it('tells a problem with its message, hint and code', async () => {
    const problem = { code: 'store_unavailable', detail: 'The disk is full.', hint: 'Make room.' };
    const server = new FakeServer().on('GET runs', new Refusal(503, problem));
    const error = await failureOf(server.client.listRuns({}));
    expect(error).toMatchObject({
      message: 'The disk is full.',
      hint: 'Make room.',
      code: 'store_unavailable',
      status: 503
    });
  });

  it('tells a server without the extension from a record that does not exist', async () => {
    const problem = { code: 'not_found', detail: 'There is no run abc.', hint: '' };
    const server = new FakeServer().on('GET runs/abc', new Refusal(404, problem));
    expect((await failureOf(server.client.getRun('abc'))).code).toBe('not_found');
    expect((await failureOf(server.client.status())).code).toBe('extension_missing');
  });

  it('says so when an answer is no problem document', async () => {
    const server = new FakeServer().on('GET status', new Refusal(500, '<html>oops</html>'));
    const error = await failureOf(server.client.status());
    expect(error.code).toBe('server_error');
    expect(error.message).toContain('500');
  });

  it('says so when nothing answers', async () => {
    const server = new FakeServer().on('GET status', () => {
      throw new TypeError('Failed to fetch');
    });
    expect((await failureOf(server.client.status())).code).toBe('unreachable');
  });

  it('takes the answer of a proxy for a lost connection, and a problem of ours not', async () => {
    const problem = { code: 'store_unavailable', detail: 'The disk is full.' };
    const server = new FakeServer()
      .on('GET status', new Refusal(503, '<html>Service Unavailable</html>'))
      .on('GET runs', new Refusal(503, problem))
      .on('GET jobs', new Refusal(500, '<html>oops</html>'));
    let lost = 0;
    const connection = { settings: server.settings, trans, onUnreachable: () => (lost += 1) };
    for (const path of ['runs', 'jobs', 'status']) {
      await failureOf(request(connection, path));
    }
    expect(lost).toBe(1);
  });

  it('lets an abort by the caller pass as it is', async () => {
    const abort = new AbortController();
    const server = new FakeServer().on('GET status', () => {
      abort.abort();
      throw new DOMException('aborted', 'AbortError');
    });
    await expect(server.client.status(abort.signal)).rejects.not.toBeInstanceOf(ApiError);
  });
});
