import { describe, expect, it } from 'vitest';

import { FakeServer, fakeLab } from '../../__tests__/fakes';
import { fromJson, PLAIN, toggled, toJson } from '../layout';
import { CompareModel } from '../model';
import { movedBy } from '../order';

describe('layout', () => {
  it('comes back from JSON as it was', () => {
    const layout = {
      ...PLAIN,
      statistic: 'best',
      isTransposed: true,
      folded: ['code'],
      sorting: { key: 'metrics::auc', isDescending: true },
      hidden: ['a'],
      charts: {
        kind: 'box',
        curves: { ...PLAIN.charts.curves, along: 'clock', smoothing: 0.6 },
        choices: {
          box: { by: 'params.kind', isLogY: true },
          parallel: { axes: ['params.lr'], areChosen: true }
        }
      }
    } as const;
    expect(fromJson(JSON.parse(JSON.stringify(toJson(layout))))).toEqual(layout);
  });

  it.each([
    null,
    7,
    'x',
    [],
    {
      statistic: 'most',
      closed: 'all',
      sorting: 3,
      hidden: [1],
      charts: { curves: { smoothing: 4 } }
    }
  ])('is plain where %j was kept', kept => {
    expect(fromJson(kept)).toEqual(PLAIN);
  });

  it('adds and takes away', () => {
    expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
    expect(toggled(['b'], 'a')).toEqual(['b', 'a']);
  });
});

describe('CompareModel', () => {
  it('keeps what a reload needs', () => {
    const lab = fakeLab(new FakeServer());
    const runIds = ['a', 'b'];
    const model = new CompareModel({ ...lab, runIds, baseline: 'b', layout: { statistic: 'max' } });
    expect(model.kept).toEqual({
      runIds,
      baseline: 'b',
      layout: toJson({ ...PLAIN, statistic: 'max' })
    });
    model.dispose();
  });
});

describe('movedBy', () => {
  it('moves within the row only', () => {
    expect(movedBy(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
    expect(movedBy(['a', 'b', 'c'], 'c', -2)).toEqual(['c', 'a', 'b']);
    expect(movedBy(['a', 'b'], 'b', 1)).toEqual(['a', 'b']);
    expect(movedBy(['a', 'b'], 'x', 1)).toEqual(['a', 'b']);
  });
});
