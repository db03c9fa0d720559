import { describe, expect, it } from 'vitest';

import { curveCode } from '../../../components/charts/curveCode';
import { columnOf } from '../runTable';
import {
  boxCode,
  contourCode,
  dependenceCode,
  importanceCode,
  parallelCode,
  scatterCode
} from '../tableCode';

/** The same files are run as Python by `tests/kernel/test_metric_history.py`. */
const FOLDER = '../../../../tests/data/chart_code';

const runIds = ['RUN_0', 'RUN_1', 'RUN_2', 'RUN_3'];
const runs = { ids: runIds };
const depth = columnOf('param', 'depth', [2, 4, 6, 8]);
const width = columnOf('param', 'width', [3, 2, 1, 3]);
const kind = columnOf('param', 'kind', ['deep', 'deep', 'flat', 'flat']);
const auc = columnOf('metric', 'auc', [0.2, 0.4, 0.6, 0.8]);
const experiment = columnOf('run', 'experiment', ['x', 'x', 'x', 'x']);
const curve = { runIds, metric: 'loss', groupBy: '' };
const options = { smoothing: 0, isLogX: false, isLogY: false, spread: null };
const logs = { isLogX: true, isLogY: false };

const CODES: Record<string, string> = {
  curves: curveCode({ ...curve, options: { ...options, along: 'step', isLogY: true } }),
  smoothed: curveCode({ ...curve, options: { ...options, along: 'time', smoothing: 0.9 } }),
  range: curveCode({
    ...curve,
    groupBy: 'params.kind',
    options: { ...options, along: 'step', spread: 'range' }
  }),
  deviation: curveCode({
    ...curve,
    groupBy: 'experiment',
    options: { ...options, along: 'step', spread: 'deviation' }
  }),
  scatter: scatterCode(runs, { x: depth, y: auc, color: kind, ...logs }),
  'scatter-all': scatterCode(
    { experiments: ["it's"], most: 2000 },
    { x: experiment, y: auc, isLogX: false, isLogY: true }
  ).replace(`experiment_names=["it's"]`, `filter="params.depth > 0"`),
  box: boxCode(runs, { by: kind, y: auc, isLogY: false }),
  parallel: parallelCode(runs, { columns: [depth, kind], color: auc }),
  importance: importanceCode(runs, { params: [depth, kind], metric: auc }),
  dependence: dependenceCode(runs, { params: [depth, kind], metric: auc, param: depth }),
  'dependence-words': dependenceCode(runs, { params: [depth, kind], metric: auc, param: kind }),
  contour: contourCode(runs, { x: depth, y: width, z: auc, ...logs })
};

describe('the code of charts', () => {
  it.each(Object.entries(CODES))('%s is what Python has run', async (name, code) => {
    await expect(`${code}\n`).toMatchFileSnapshot(`${FOLDER}/${name}.txt`);
  });

  it('smooths as the chart does: alpha is one less the weight', () => {
    expect(CODES['smoothed']).toContain('ewm(alpha=0.1, ignore_na=True)');
  });
});
