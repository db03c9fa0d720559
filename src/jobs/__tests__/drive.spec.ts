import { describe, expect, it } from 'vitest';

import { FakeServer, trans } from '../../__tests__/fakes';
import { JobsDrive, jobPath, revisionPath } from '../drive';

const notebook = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };

function driveOf(server: FakeServer): JobsDrive {
  return new JobsDrive({ client: server.client, serverSettings: server.settings, trans });
}

const local = (path: string): string => path.slice(path.indexOf(':') + 1);

describe('JobsDrive', () => {
  it('gives the notebook of a job, read-only, under the name that the tab shows', async () => {
    const server = new FakeServer().on('GET jobs/j1/notebook', notebook);
    const path = jobPath('j1', 'nightly/train: 1');
    expect(path).toBe('mlops-lab-jobs:jobs/j1/nightly_train_ 1.ipynb');
    expect(await driveOf(server).get(local(path))).toMatchObject({
      name: 'nightly_train_ 1.ipynb',
      type: 'notebook',
      format: 'json',
      writable: false,
      content: notebook
    });
  });

  it('gives the notebook of a revision', async () => {
    const server = new FakeServer().on('GET definitions/d1/revisions/3/notebook', notebook);
    const model = await driveOf(server).get(local(revisionPath('d1', 3, 'train')));
    expect(model.content).toEqual(notebook);
  });

  it('fetches nothing when only the entry is wanted', async () => {
    const server = new FakeServer();
    const model = await driveOf(server).get('jobs/j1/x.ipynb', { content: false });
    expect(model.content).toBeNull();
    expect(server.seen).toHaveLength(0);
  });

  it('writes nothing', async () => {
    const drive = driveOf(new FakeServer());
    await expect(drive.save()).rejects.toThrow('read-only');
    await expect(drive.delete()).rejects.toThrow('read-only');
    expect(await drive.listCheckpoints()).toEqual([]);
  });
});
