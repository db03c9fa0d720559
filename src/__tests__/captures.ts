/** Owns a run of which everything was captured, for tests. */
import type { Run, RunCapture } from '../api/types';
import { captureOf, runOf, summaryOf } from './fakes';

const AT = 1_700_000_000_000;

export function fullRun(id = 'full'): Run {
  const auc = { name: 'auc', last: 0.76, step: 0, count: 1, min: 0.76, max: 0.76, is_kpi: false };
  const loss = { name: 'loss', last: 0.4, step: 2, count: 3, min: 0.4, max: 0.9, is_kpi: false };
  const cpu = { name: 'system/cpu', last: 90, step: 2, count: 3, min: 10, max: 95, is_kpi: false };
  const summary = summaryOf(id, {
    primary_metric: auc,
    direction: 'max',
    children: 2,
    cpu_ms: 3000,
    peak_memory: 512_000_000,
    same_as: 'earlier-run-01234567',
    has_order_problems: true
  });
  return runOf(summary, {
    params: [
      { name: 'rate', value: '0.1', origin: 'assigned', detail: '' },
      { name: 'depth', value: '3', origin: 'read', detail: 'read by train()' },
      { name: 'model.max_iter', value: '80', origin: 'model', detail: '' }
    ],
    metrics: [loss, auc, cpu],
    tags: [{ name: 'note', value: 'first try' }],
    cells: [{ source: '%%track\nauc = train(rate)', cell_id: 'cell-1', execution_count: 5 }]
  });
}

export function fullCapture(id = 'full'): RunCapture {
  return captureOf(id, {
    environment: {
      python: '3.11.4',
      implementation: 'CPython',
      platform: 'Linux-6.1',
      machine: 'x86_64',
      packages: Array.from({ length: 120 }, (_, index) => ({
        name: `package-${index}`,
        version: `1.${index}`,
        source: null,
        editable: false
      })),
      kernel_name: 'python3',
      kernel_language: 'python',
      variables: ['HOME', 'OMP_NUM_THREADS'],
      cpu_count: 2,
      memory_bytes: 8_000_000_000,
      gpus: [],
      seeds: { numpy: '13' },
      script: null,
      arguments: [],
      folder: null
    },
    git: {
      commit: 'a'.repeat(40),
      branch: 'main',
      dirty: true,
      remote: 'https://example.org/work.git',
      diff: [
        'diff --git a/train.py b/train.py',
        'index 123..456 100644',
        '--- a/train.py',
        '+++ b/train.py',
        '@@ -1,2 +1,2 @@',
        ' import numpy',
        '-rate = 0.1',
        '+rate = 0.2',
        ''
      ].join('\n'),
      diff_bytes: 100,
      untracked: ['notes.txt'],
      folder: '/home/ada/work',
      note: ''
    },
    resources: {
      wall_ms: 2000,
      cpu_ms: 3000,
      peak_memory: 512_000_000,
      memory_before: 300_000_000,
      read_bytes: 1200,
      written_bytes: 3_400_000,
      received_bytes: 0,
      sent_bytes: 0,
      gpu_peak_memory: null,
      samples: 3,
      energy_wh: null,
      energy_source: null,
      energy_note: ''
    },
    outputs: {
      outputs: [
        { kind: 'stream', name: 'stdout', data: { 'text/plain': 'hello\n' }, cut_bytes: 0 },
        { kind: 'display', name: '', data: { 'image/svg+xml': '<svg/>' }, cut_bytes: 10 }
      ],
      limit_bytes: 1_000_000,
      dropped: 1
    },
    order: {
      looked_at: 'saved notebook',
      undefined: [],
      dependencies: [
        { position: 0, names: ['train'], cell_id: 'gone', execution_count: 1, problem: 'deleted' },
        { position: 1, names: ['rate'], cell_id: 'cell-0', execution_count: 2, problem: null }
      ]
    },
    data: [
      {
        name: 'table',
        source: 'name',
        library_type: 'pandas.DataFrame',
        digest: 'sha256:0123456789abcdef',
        content_digest: 'sha256:fedcba9876543210',
        shape: [1000, 3],
        bytes: 24_000,
        path: null,
        modified_at: null,
        sampled_rows: 500,
        columns: [
          {
            name: 'delay',
            type: 'float64',
            kind: 'number',
            missing: 25,
            digest: 'd',
            format: null,
            masked: false,
            profile: {
              rows: 1000,
              mean: 2,
              std: 1,
              quantiles: [0, 1, 2, 3, 4],
              edges: [0, 2, 4],
              counts: [700, 300],
              distinct: 40,
              top: []
            }
          },
          {
            name: 'carrier',
            type: 'category',
            kind: 'category',
            missing: 0,
            digest: 'd',
            format: null,
            masked: false,
            profile: {
              rows: 1000,
              mean: null,
              std: null,
              quantiles: [],
              edges: [],
              counts: [],
              distinct: 2,
              top: [
                { value: 'UA', count: 600 },
                { value: 'AA', count: 400 }
              ]
            }
          },
          {
            name: 'person',
            type: 'object',
            kind: 'text',
            missing: 0,
            digest: null,
            format: null,
            masked: true,
            profile: null
          }
        ],
        notes: ['The profile was made in the background.'],
        role: 'made',
        sample_digest: null
      }
    ],
    models: [
      {
        name: 'model',
        class_name: 'sklearn.ensemble.GradientBoostingClassifier',
        library: 'scikit-learn',
        library_version: '1.5',
        hyperparameters: { max_iter: '80' },
        inputs: [{ name: 'delay', type: 'float64' }],
        outputs: [{ name: '', type: 'int64' }],
        facts: { classes: '2' },
        artifact: 'models/model.skops',
        artifact_digest: 'sha256:77',
        format: 'skops',
        safe: true,
        environment_digest: null
      }
    ],
    artifacts: [
      {
        path: 'models/model.skops',
        digest: 'sha256:7777777777777',
        size: 2048,
        media_type: 'application/zip',
        available: true
      },
      {
        path: 'lost.bin',
        digest: 'sha256:8888888888888',
        size: 10,
        media_type: 'application/octet-stream',
        available: false
      }
    ],
    reproductions: [
      {
        id: 'p1',
        state: 'differs',
        started_at: AT,
        ended_at: AT + 5000,
        environment: 'replayed',
        relative_tolerance: 1e-6,
        absolute_tolerance: 1e-9,
        metrics: [
          { name: 'auc', recorded: 0.76, reproduced: 0.75, agrees: false },
          { name: 'loss', recorded: 0.4, reproduced: 0.4, agrees: true }
        ],
        divergence: {
          position: 1,
          source: 'rate = random()',
          names: ['rate'],
          cell_id: 'cell-0',
          execution_count: 2,
          error: null
        },
        differences: [{ kind: 'package', name: 'numpy', recorded: '1.26', reproduced: '2.0' }],
        cells: 2,
        message: ''
      }
    ],
    own_history: [],
    history: [
      {
        position: 0,
        source: 'def train(rate): ...',
        cell_id: 'gone',
        execution_count: 1,
        started_at: AT,
        duration_ms: 10,
        status: 'ok',
        run_id: null,
        bound: {}
      },
      {
        position: 1,
        source: 'rate = 0.1',
        cell_id: 'cell-0',
        execution_count: 2,
        started_at: AT,
        duration_ms: 5,
        status: 'error',
        run_id: null,
        bound: {}
      }
    ]
  });
}
