import { describe, expect, it } from 'vitest';

import { summaryOf, trans } from '../../__tests__/fakes';
import { cellOf, isNumeric, rowWidth, titleOf, tracksOf } from '../columns';

describe('columns', () => {
  it('have words, and values of the summary or of the page', () => {
    const run = summaryOf('0123456789abcdef');
    const values = { 'metrics.auc': 0.123456789, 'params.rate': '0.10', 'tags.team': 'red' };
    expect(titleOf('metrics.`val loss`', trans)).toBe('val loss');
    expect(titleOf('peak_memory', trans)).toBe('Peak memory');
    expect(cellOf(run, values, 'metrics.auc', trans)).toEqual({
      text: '0.12346',
      title: '0.123456789'
    });
    expect(cellOf(run, values, 'params.rate', trans).text).toBe('0.1');
    expect(cellOf(run, values, 'tags.team', trans).text).toBe('red');
    expect(cellOf(run, values, 'metrics.none', trans).text).toBe('');
    expect(cellOf(run, values, 'notebook', trans)).toEqual({
      text: 'train.ipynb',
      title: 'work/train.ipynb'
    });
    expect(cellOf(run, values, 'duration', trans).text).toBe('2.0 s');
  });

  it('have widths that add up', () => {
    expect(isNumeric('params.rate')).toBe(true);
    expect(isNumeric('user')).toBe(false);
    expect(tracksOf(['metrics.auc'])).toBe('minmax(170px, 1fr) 96px');
    expect(rowWidth(['metrics.auc'])).toBe(266);
  });
});
