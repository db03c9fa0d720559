import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { runOf, summaryOf } from '../../__tests__/fakes';
import type { Run } from '../../api/types';
import { titleWords } from '../title';

const trans = nullTranslator.load('mlops_lab');

const param = (name: string, value: string, origin: 'model' | 'assigned'): Run['params'][0] => ({
  name,
  value,
  origin,
  detail: ''
});

const named = (name: string, more: Partial<Run> = {}, startedAt = 0): Run =>
  runOf(summaryOf(name, { name, started_at: startedAt }), more);

const labelOf = (...runs: Run[]): string => titleWords(runs, runs.length, trans).label;

describe('the tab of a comparison', () => {
  it('names two runs', () => {
    expect(labelOf(named('sgd'), named('forest'))).toBe('sgd vs forest');
    expect(titleWords([named('sgd'), named('forest')], 2, trans).caption).toBe(
      'Comparison of sgd and forest'
    );
  });

  it('leaves out what long names begin with alike, and cuts what is longer still', () => {
    expect(labelOf(named('random forest depth 3'), named('random forest depth 6'))).toBe(
      '…forest depth 3 vs …forest depth 6'
    );
    expect(labelOf(named('a'), named('a name that goes on and on'))).toBe('a vs a name that goe…');
  });

  it('tells runs of one name apart by a param that was set, or else by time', () => {
    const one = named('sgd', {
      params: [param('clf.eta0', '0.1', 'model'), param('lr', '0.1', 'assigned')]
    });
    const other = named('sgd', {
      params: [param('clf.eta0', '0.2', 'model'), param('lr', '0.2', 'assigned')]
    });
    expect(labelOf(one, other)).toBe('lr 0.1 vs 0.2');
    const label = labelOf(named('sgd', {}, 0), named('sgd', {}, 3_600_000));
    expect(label).toMatch(/\d\d:00.* vs \d\d:00/);
    expect(labelOf(named('sgd', {}, 0), named('sgd', {}, 1000))).toMatch(/:00.* vs .*:01/);
  });

  it('counts more, and those that are not known yet', () => {
    expect(labelOf(named('a'), named('b'), named('c'))).toBe('Compare 3 runs');
    expect(titleWords([], 2, trans).label).toBe('Compare 2 runs');
  });
});
