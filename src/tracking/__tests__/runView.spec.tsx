import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { describe, expect, it, onTestFinished } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, runOf, summaryOf } from '../../__tests__/fakes';
import { button, click, recordingCommands, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import type { Run } from '../../api/types';
import { RunModel } from '../runModel';
import { RunView } from '../runView';

async function opened(run: Run, executed: unknown[] = []): Promise<HTMLElement> {
  const server = new FakeServer().on(`GET runs/${run.summary.id}`, run);
  const lab = fakeLab(server, new FakeFeed());
  const commands = recordingCommands(executed);
  const model = new RunModel({ ...lab, runId: run.summary.id });
  const view = new RunView({ model, lab, commands });
  onTestFinished(async () => act(async () => view.dispose()));
  await act(async () => {
    Widget.attach(view, document.body);
    MessageLoop.flush();
  });
  await until(() => view.node.querySelector('h1'), 'the run');
  return view.node;
}

describe('RunView', () => {
  it('shows what a run was and gave', async () => {
    const metric = { name: 'auc', last: 'NaN' as const, step: 0, count: 1, min: 0, max: 1 };
    const node = await opened(
      runOf(summaryOf('a'), {
        params: [{ name: 'rate', value: '0.1', origin: 'assigned' }],
        metrics: [metric],
        tags: [{ name: 'team', value: 'blue' }],
        cells: [{ source: '%%track\nrate = 0.1', cell_id: 'c', execution_count: 3 }],
        warnings: ['The value of “big” was not stored.']
      })
    );
    const text = node.textContent;
    expect(text).toContain('run a');
    expect(text).toContain('2.0 s');
    expect(text).toContain('work/train.ipynb');
    expect(text).toContain('teamblue');
    expect(text).toContain('aucprimaryNaN');
    expect(text).toContain('rate0.1assigned in the cell');
    expect(text).toContain('The value of “big” was not stored.');
    expect(node.querySelector('pre')?.textContent).toBe('%%track\nrate = 0.1');
  });

  it('shows the primary metric first, and marks it', async () => {
    const metrics = ['accuracy', 'auc', 'brier'].map(name => ({
      name,
      last: 0.5,
      step: 0,
      count: 1,
      min: 0.5,
      max: 0.5
    }));
    const node = await opened(runOf(summaryOf('a'), { metrics }));
    const names = [...node.querySelectorAll('tbody th')].map(cell => cell.textContent);
    expect(names).toEqual(['aucprimary', 'accuracy', 'brier']);
  });

  it('shows the error of a failed run and does not offer to productionize it', async () => {
    const summary = summaryOf('a', { status: 'failed', error_name: 'ValueError' });
    const error = { name: 'ValueError', message: 'bad', traceback: 'Traceback' };
    const node = await opened(runOf(summary, { error }));
    expect(node.querySelector('.jp-MlopsLab-exception')?.textContent).toContain('ValueErrorbad');
    expect(() => button(node, 'Productionize')).toThrow('There is no button');
  });

  it('leads from the run of a job to the job and to the run it came from', async () => {
    const executed: unknown[] = [];
    const job = {
      job_id: 'j1',
      definition_id: 'd1',
      definition_name: 'nightly',
      revision: 2,
      source_run_id: 'source01'
    };
    const node = await opened(runOf(summaryOf('a', { job, source: 'job' })), executed);
    await click(button(node, 'nightly, revision 2'));
    await click(button(node, 'source01'));
    await click(button(node, 'Open executed notebook'));
    expect(executed).toEqual([
      [CommandIds.openJobs, { jobId: 'j1' }],
      [CommandIds.openRun, { runId: 'source01' }],
      [CommandIds.openJobNotebook, { jobId: 'j1' }]
    ]);
  });
});
