import { describe, expect, it } from 'vitest';

import { trans } from '../../__tests__/fakes';
import { toCsv, toFrameCode, toMarkdown, toTsv } from '../exporting';
import { rowOf } from '../rows';

const table = {
  runIds: ['r1', 'r2'],
  labels: ['one', 'two, again'],
  rows: [
    rowOf({ group: 'metrics', name: 'auc', form: 'number', values: [0.751234567, 'NaN'] }),
    rowOf({ group: 'params', name: 'kind|of', form: 'param', values: ["'a\tb'", null] })
  ]
} as const;

describe('exports', () => {
  it('writes a table that spreadsheets take', () => {
    expect(toTsv(table, trans)).toBe(
      "Name\tone\ttwo, again\nauc\t0.751234567\tNaN\nkind|of\t'a b'\t"
    );
    expect(toCsv(table, trans).split('\r\n')[0]).toBe('Name,one,"two, again"');
  });

  it('keeps spreadsheets from reckoning with texts', () => {
    const values = ['=HYPERLINK("x")', '-2+3'];
    const bold = {
      runIds: ['r1', 'r2'],
      labels: ['@one', '-two'],
      rows: [
        rowOf({ group: 'tags', name: '+note', form: 'tag', values }),
        rowOf({ group: 'metrics', name: 'gain', form: 'number', values: [-0.5, '-Infinity'] })
      ]
    };
    expect(toTsv(bold, trans).split('\n')).toEqual([
      "Name\t'@one\t'-two",
      "'+note\t'=HYPERLINK(\"x\")\t'-2+3",
      'gain\t-0.5\t-Infinity'
    ]);
    expect(toCsv(bold, trans).split('\r\n')[1]).toBe('\'+note,"\'=HYPERLINK(""x"")",\'-2+3');
  });

  it('writes Markdown', () => {
    expect(toMarkdown(table, trans).split('\n')).toEqual([
      '| Name | one | two, again |',
      '| --- | ---: | ---: |',
      '| auc | 0.75123 | NaN |',
      "| kind\\|of | 'a b' |  |"
    ]);
  });

  it('makes numbers of amounts only, and loses no digit', () => {
    const rows = [
      rowOf({ group: 'tags', name: 'agent', form: 'tag', values: ['007', '3.10'] }),
      rowOf({ group: 'environment', name: 'python', form: 'code', values: ['3.10', null] }),
      rowOf({
        group: 'params',
        name: 'seed',
        form: 'param',
        values: ['12345678901234567890', '1e-3']
      }),
      rowOf({ group: 'params', name: 'code', form: 'param', values: ['007', '0'] })
    ];
    const code = toFrameCode({ ...table, rows });
    expect(code).toContain("'agent': ['007', '3.10'],");
    expect(code).toContain("'python': ['3.10', None],");
    expect(code).toContain("'seed': [12345678901234567890, 1e-3],");
    expect(code).toContain("'code': ['007', 0],");
  });

  it('writes code that makes a frame of the runs', () => {
    expect(toFrameCode(table)).toBe(
      [
        'import pandas as pd',
        '',
        'comparison = pd.DataFrame(',
        '    {',
        "        'run': ['one', 'two, again'],",
        "        'auc': [0.751234567, float('nan')],",
        "        'kind|of': [\"'a\\tb'\", None],",
        '    },',
        "    index=pd.Index(['r1', 'r2'], name=\"run_id\"),",
        ')',
        'comparison',
        ''
      ].join('\n')
    );
  });
});
