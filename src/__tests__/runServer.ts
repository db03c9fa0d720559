/** Owns a server that has one run, with all that its page asks for. */
import type { Run, RunCapture } from '../api/types';
import { captureOf, experimentOf, FakeServer, lineageOf, pageOf, summaryOf } from './fakes';

export function serverWith(run: Run, capture: RunCapture = captureOf(run.summary.id)): FakeServer {
  const { id } = run.summary;
  return new FakeServer()
    .on(`GET runs/${id}`, run)
    .on(`GET runs/${id}/capture`, capture)
    .on(`GET runs/${id}/lineage`, lineageOf(id))
    .on('GET audit', { entries: [], next_cursor: null })
    .on(`GET experiments/${run.summary.experiment}`, experimentOf(run.summary.experiment))
    .on('GET runs', pageOf([summaryOf('t1'), summaryOf('t2')]))
    .on('GET comparison', {
      runs: [summaryOf('t1'), summaryOf('t2')],
      params: [
        { name: 'depth', values: ['3', '5'], equal: false },
        { name: 'seed', values: ['1', '1'], equal: true }
      ],
      metrics: [],
      series: [],
      code: []
    })
    .on(`GET runs/${id}/series`, ({ path }: { path: string }) => ({
      run_id: id,
      name: new URLSearchParams(path.split('?')[1]).get('name'),
      count: 3,
      points: [0, 1, 2].map(step => ({ step, time: step, value: 1 - step / 3 }))
    }));
}
