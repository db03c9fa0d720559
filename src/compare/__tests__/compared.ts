/** Owns the runs that the tests of a comparison compare, and what a server tells of them. */
import { runOf, summaryOf } from '../../__tests__/fakes';
import type { Comparison, Explanation, Run } from '../../api/types';

const metric = (name: string, last: number, more = {}): Run['metrics'][number] => ({
  name,
  last,
  step: 0,
  count: 1,
  min: last,
  max: last,
  is_kpi: false,
  ...more
});

const param = (name: string, value: string): Run['params'][number] => ({
  name,
  value,
  origin: 'assigned',
  detail: ''
});

export const RUNS: Run[] = [
  runOf(summaryOf('a', { primary_metric: metric('auc', 0.75), direction: 'max' }), {
    params: [param('rate', '0.1'), param('seed', '13')],
    metrics: [metric('auc', 0.75, { max: 0.9 }), metric('loss', 0.5), metric('rows', 10)]
  }),
  runOf(summaryOf('b', { primary_metric: metric('auc', 0.8), direction: 'max' }), {
    params: [param('rate', '0.2'), param('seed', '13')],
    metrics: [metric('auc', 0.8), metric('rows', 10)],
    tags: [{ name: 'team', value: 'core' }]
  })
];

export const COMPARISON: Comparison = {
  runs: RUNS.map(run => run.summary),
  baseline: 'a',
  params: [],
  metrics: [],
  measures: [],
  tags: [],
  series: [
    {
      run_id: 'b',
      name: 'loss',
      count: 2,
      points: [1, 2].map(step => ({ step, time: 0, value: step }))
    }
  ],
  code: [{ run_id: 'b', equal: false, lines: [{ kind: 'added', text: 'x = 1' }] }],
  cells: [
    {
      run_id: 'b',
      equal: false,
      cells: [
        {
          change: 'changed',
          places: [0, 0],
          cell_ids: [null, null],
          moved: false,
          cosmetic: false,
          understood: true,
          rewritten: true,
          renames: [{ before: 'clf', after: 'model' }],
          literals: [
            { name: 'max_depth', before: '3', after: '5', place: 'keyword', of: 'Forest', line: 2 }
          ],
          lines: [
            { kind: 'removed', text: 'score = clf.score(X, y)' },
            { kind: 'added', text: 'score = clf.score(X_test, y)' }
          ]
        }
      ]
    }
  ],
  data: [
    {
      run_id: 'b',
      equal: false,
      versions: [
        {
          name: 'table',
          digests: ['xxh3:1111', 'xxh3:2222'],
          shapes: [
            [1000, 2],
            [900, 2]
          ],
          equal: false,
          same_content: false,
          columns: [
            {
              name: 'delay',
              aspects: ['type', 'missing'],
              types: ['int64', 'float64'],
              missing: [0, 7],
              profile: null
            }
          ],
          role: 'input',
          known: true
        }
      ]
    }
  ],
  surroundings: [
    {
      run_id: 'b',
      equal: false,
      known: true,
      facts: [{ kind: 'package', name: 'numpy', values: ['1.26', null] }]
    }
  ],
  left_out: []
};

export const WHY: Explanation = {
  baseline: 'a',
  run_id: 'b',
  metric: 'auc',
  direction: 'max',
  values: [0.75, 0.8],
  change: 0.05,
  better: true,
  verdict: 'likely',
  summary: '',
  noise: null,
  noise_runs: 0,
  looked_at: 14,
  is_exact: true,
  causes: [
    {
      kind: 'param',
      name: 'rate',
      title: 'rate',
      before: '0.1',
      after: '0.2',
      weight: 0.7,
      evidence: [
        {
          kind: 'trend',
          text: 'In 14 runs it goes with auc.',
          supports: true,
          runs: 14,
          value: 0.7,
          remark: null
        }
      ],
      section: 'params',
      remark: null
    }
  ],
  notes: [],
  remarks: []
};
