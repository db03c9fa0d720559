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

  it('writes Markdown', () => {
    expect(toMarkdown(table, trans).split('\n')).toEqual([
      '| Name | one | two, again |',
      '| --- | ---: | ---: |',
      '| auc | 0.75123 | NaN |',
      "| kind\\|of | 'a b' |  |"
    ]);
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
