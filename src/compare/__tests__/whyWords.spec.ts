import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { Explanation } from '../../api/types';
import {
  causeWords,
  evidenceWords,
  hasLikelihood,
  judgedByWords,
  likelihoodWords,
  noiseWords
} from '../whyWords';
import { WHY } from './compared';

type Cause = Explanation['causes'][number];

const trans = nullTranslator.load('mlops_lab');

const CAUSE: Cause = {
  kind: 'param',
  name: 'rate',
  title: "The server's words",
  before: '0.1',
  after: '0.2',
  weight: 0.7,
  evidence: [],
  section: 'params',
  remark: null
};

describe('causes', () => {
  const cases: [Partial<Cause>, string][] = [
    [{}, 'rate is 0.2 instead of 0.1'],
    [{ before: null }, 'rate is 0.2; it was not set'],
    [{ after: null }, 'rate is not set; it was 0.1'],
    [{ name: '' }, 'A value in the code differs'],
    [
      { kind: 'seed', section: 'environment', name: 'numpy' },
      'The seed of numpy is 0.2 instead of 0.1'
    ],
    [{ kind: 'environment', before: null, after: null }, "The server's words"],
    [
      { kind: 'model', name: 'm', before: 'sklearn.svm.SVC', after: 'sklearn.tree.Tree' },
      'The model m is Tree instead of SVC'
    ],
    [{ kind: 'data', name: 'd', before: null }, 'd is read; it was not before'],
    [{ kind: 'data', name: 'd', after: null }, 'd is not read; it was before'],
    [
      { kind: 'data', name: 'd', before: '9 x 2', after: '8 x 2' },
      'The data d is 8 x 2; it was 9 x 2'
    ],
    [
      { kind: 'data', remark: { word: 'data_order', names: ['d'], numbers: [], more: 0 } },
      'The data d has its rows or columns in another order'
    ],
    [
      { kind: 'environment', remark: { word: 'package', names: ['numpy'], numbers: [], more: 0 } },
      'The package numpy is 0.2 instead of 0.1'
    ],
    [{ kind: 'order' }, 'Cells ran in another order'],
    [{ kind: 'git', name: 'branch' }, 'The branch is another'],
    [{ kind: 'code' }, "The server's words"]
  ];
  it.each(cases)('%j', (more, words) => {
    expect(causeWords({ ...CAUSE, ...more }, trans)).toBe(words);
  });
});

describe('evidence', () => {
  it.each([
    ['alone', 0, null, 'Nothing else that was recorded differs.'],
    ['pairs', 1, 0.5, '1 pair of other runs differs in this alone: +0.5 on average.'],
    ['pairs', 3, -0.5, '3 pairs of other runs differ in this alone: −0.5 on average.'],
    ['pairs', 3, null, 'told'],
    [
      'trend',
      14,
      0.71,
      'In 14 other runs of the experiment, rate and the metric have a rank correlation of +0.71.'
    ],
    ['fact', 0, null, 'told']
  ] as const)('%s of %d', (kind, runs, value, words) => {
    const evidence = { kind, runs, value, text: 'told', supports: true, remark: null };
    expect(evidenceWords(evidence, CAUSE, trans)).toBe(words);
  });
});

describe('how sure it all is', () => {
  it.each([
    [0.9, 'likely cause'],
    [0.6, 'likely cause'],
    [0.5, 'possible cause'],
    [0.1, 'unlikely cause']
  ])('a weight of %d', (weight, words) => {
    expect(likelihoodWords(weight, trans)).toBe(words);
  });

  it('has nothing to be likely where nothing was made', () => {
    expect(hasLikelihood(WHY)).toBe(true);
    expect(hasLikelihood({ ...WHY, change: 0 })).toBe(false);
    expect(hasLikelihood({ ...WHY, change: null })).toBe(false);
  });

  it('tells chance apart from none', () => {
    expect(noiseWords(0, 2, trans)).toBe(
      'Chance changes nothing here: 2 runs made alike have exactly the same value.'
    );
    expect(noiseWords(0.01, 3, trans)).toBe(
      'Chance alone makes up to 0.01: so far apart are 3 runs that differ only in their seeds.'
    );
  });

  it('tells how many runs were looked at', () => {
    const words = (more: Partial<Explanation>): string => judgedByWords({ ...WHY, ...more }, trans);
    expect(words({ looked_at: 0 })).toContain('no other runs with this metric');
    expect(words({ looked_at: 1 })).toContain('and 1 other run of the experiment.');
    expect(words({ looked_at: 300, is_exact: false })).toContain('the newest 300 others');
  });
});
