import { describe, expect, it } from 'vitest';

import type { MetricSeries } from '../../../api/types';
import {
  curveFigure,
  curveTable,
  drawnOf,
  traceOf,
  type ICurveOptions,
  type ILine
} from '../curves';
import { bandOf } from '../grouping';
import { colorVariable, dashOf, themeAt, translucent } from '../palette';
import { csvOf, fileName, pictureOf } from '../saving';
import { smooth } from '../smoothing';

const PLAIN: ICurveOptions = {
  along: 'step',
  smoothing: 0,
  isLogX: false,
  isLogY: false,
  spread: null,
  zoom: null,
  stepName: 'step',
  hasLegend: false
};

function lineOf(name: string, values: (number | string)[], more: Partial<ILine> = {}): ILine {
  const points = values.map((value, step) => ({ step, time: 1000 * step + 500, value }));
  const series = { run_id: name, name: 'loss', count: points.length, points } as MetricSeries;
  return { name, index: 0, series, ...more };
}

const theme = themeAt(document.body);

interface ITraceLike {
  x: number[];
  y: (number | null)[];
  name?: string;
  fill?: string;
  opacity?: number;
}

const dataOf = (lines: ILine[], options: Partial<ICurveOptions>): ITraceLike[] =>
  curveFigure(lines, { ...PLAIN, ...options }, { along: 'step' })(theme).data as ITraceLike[];

const layoutOf = (
  lines: ILine[],
  options: Partial<ICurveOptions>
): Record<'xaxis' | 'yaxis', { range?: number[]; type: string; autorange?: boolean }> =>
  curveFigure(lines, { ...PLAIN, ...options }, { along: 'step' })(theme).layout as never;

describe('smooth', () => {
  it('is the average with bias correction, as TensorBoard makes it', () => {
    const found = smooth([1, 2, 3, 4], 0.6);
    // Each: sum of 0.6^i * 0.4 * value, over 1 - 0.6^n.
    const wanted = [1, 1.625, 2.3265306, 3.0955882];
    found.forEach((value, index) => expect(value).toBeCloseTo(wanted[index]!, 6));
  });

  it('leaves a constant and weight 0 as they are, and keeps gaps without counting them', () => {
    expect(smooth([5, 5, 5], 0.9).map(value => Number(value?.toFixed(9)))).toEqual([5, 5, 5]);
    expect(smooth([1, 7, 3], 0)).toEqual([1, 7, 3]);
    const gap = smooth([1, null, 2], 0.5);
    expect(gap[1]).toBeNull();
    expect(gap[2]).toBeCloseTo(smooth([1, 2], 0.5)[1]!, 9);
  });
});

describe('bandOf', () => {
  it('averages where curves are known, straight between their points', () => {
    const band = bandOf(
      [
        { x: [0, 2], y: [0, 4] },
        { x: [0, 1], y: [2, 4] }
      ],
      'range'
    );
    expect(band.x).toEqual([0, 1, 2]);
    expect(band.mean).toEqual([1, 3, 4]);
    expect(band.low).toEqual([0, 2, 4]);
    expect(band.high).toEqual([2, 4, 4]);
    expect(band.counts).toEqual([2, 2, 1]);
  });

  it('gives the standard deviation of the sample', () => {
    const band = bandOf(
      [1, 2, 3].map(value => ({ x: [0], y: [value] })),
      'deviation'
    );
    expect(band.mean).toEqual([2]);
    expect(band.low[0]).toBeCloseTo(1, 9);
    expect(band.high[0]).toBeCloseTo(3, 9);
  });

  it('keeps to some hundred places however many points there are', () => {
    const x = Array.from({ length: 5000 }, (_, index) => index);
    const band = bandOf([{ x, y: x }], 'range');
    expect(band.x.length).toBeLessThanOrEqual(400);
    expect([band.x[0], band.x.at(-1)]).toEqual([0, 4999]);
    expect(band.mean).toEqual(band.x);
  });

  it('has nothing to say of gaps', () => {
    expect(bandOf([{ x: [0, 1], y: [null, null] }], 'range').x).toEqual([]);
  });
});

describe('traceOf', () => {
  it('runs along steps, seconds since the start, or the clock of the reader', () => {
    const line = lineOf('a', [1, 'NaN', 3], { startedAt: 0 });
    expect(traceOf(line, 'step')).toEqual({ x: [0, 1, 2], y: [1, null, 3] });
    expect(traceOf(line, 'time').x).toEqual([0.5, 1.5, 2.5]);
    const zone = new Date(500).getTimezoneOffset() * 60_000;
    expect(traceOf(line, 'clock').x[0]).toBe(500 - zone);
    expect(traceOf(lineOf('b', [1, 2]), 'time').x).toEqual([0, 1]);
  });
});

describe('curveFigure', () => {
  it('keeps the raw line faint behind the smoothed one', () => {
    const data = dataOf([lineOf('a', [1, 2, 3])], { smoothing: 0.5 });
    expect(data.map(trace => trace.opacity)).toEqual([0.3, undefined]);
    expect(data[0]!.y).toEqual([1, 2, 3]);
    expect(data[1]!.y).not.toEqual([1, 2, 3]);
  });

  it('draws the mean of each group within its band', () => {
    const lines = [
      lineOf('a', [1, 1], { group: 'x' }),
      lineOf('b', [3, 3], { group: 'x' }),
      lineOf('c', [9, 9], { group: 'y', index: 1 })
    ];
    const data = dataOf(lines, { spread: 'range' });
    expect(data.filter(trace => trace.name).map(trace => [trace.name, trace.y])).toEqual([
      ['x', [2, 2]],
      ['y', [9, 9]]
    ]);
    expect(data.filter(trace => trace.fill === 'tonexty').map(trace => trace.y)).toEqual([
      [3, 3],
      [9, 9]
    ]);
  });

  it('shows the heights of the part that is zoomed into, on log axes too', () => {
    const lines = [lineOf('a', [100, 1, 10, 100])];
    expect(layoutOf(lines, {}).yaxis.autorange).toBe(true);
    const part = layoutOf(lines, { zoom: [1, 2] });
    expect(part.xaxis.range).toEqual([1, 2]);
    expect(part.yaxis.range![0]).toBeCloseTo(0.46, 5);
    expect(part.yaxis.range![1]).toBeCloseTo(10.54, 5);
    const logs = layoutOf(lines, { zoom: [1, 10], isLogX: true, isLogY: true });
    expect(logs.xaxis).toMatchObject({ type: 'log', range: [0, 1] });
    expect(logs.yaxis.range![0]).toBeCloseTo(Math.log10(1 / 1.1), 6);
  });

  it('takes names as they are, not as markup', () => {
    expect(dataOf([lineOf('<b>a</b>', [1, 2])], {})[0]!.name).toBe('&lt;b&gt;a&lt;/b&gt;');
  });

  it('says the same in words and as a table', () => {
    expect(drawnOf([lineOf('a', [1, 2])], PLAIN)).toMatchObject([{ name: 'a', y: [1, 2] }]);
    const words = { run: 'Run', step: 'Step', time: 'Time', value: 'Value' };
    expect(curveTable([lineOf('a', [1, 'NaN'])], words).rows).toEqual([
      ['a', 0, '1970-01-01T00:00:00.500Z', 1],
      ['a', 1, '1970-01-01T00:00:01.500Z', 'NaN']
    ]);
  });
});

describe('saving', () => {
  it('writes CSV that spreadsheets read', () => {
    expect(
      csvOf({
        columns: ['a', 'b,c'],
        rows: [
          ['x"y', null],
          ['z', 0.5]
        ]
      })
    ).toBe('a,"b,c"\n"x""y",\nz,0.5\n');
  });

  it('gives a picture of several curves its legend and title', () => {
    const layoutOfPicture = (...names: string[]): Record<string, unknown> => {
      const lines = names.map(name => lineOf(name, [1, 2]));
      const figure = curveFigure(lines, { ...PLAIN, smoothing: 0.5 }, { along: 'step' })(theme);
      return pictureOf(figure, 'a<b', theme).layout as Record<string, unknown>;
    };
    expect(layoutOfPicture('one', 'other')).toMatchObject({
      showlegend: true,
      legend: { orientation: 'h' },
      margin: { b: 88 },
      title: { text: 'a&lt;b' }
    });
    expect(layoutOfPicture('one')).toMatchObject({ showlegend: false, margin: { b: 56 } });
  });

  it('writes no formulas into CSV', () => {
    expect(csvOf({ columns: ['run', '=x'], rows: [['@run', -0.5]] })).toBe("run,'=x\n'@run,-0.5\n");
  });

  it('makes names of files from titles', () => {
    expect(fileName('val/loss over Lärm', 'png')).toBe('val-loss-over-Lärm.png');
    expect(fileName('///', 'svg')).toBe('chart.svg');
  });
});

describe('palette', () => {
  it('tells 42 lines apart by colours and dashes', () => {
    const looks = Array.from({ length: 42 }, (_, index) => colorVariable(index) + dashOf(index));
    expect(new Set(looks).size).toBe(42);
    expect(translucent('#0072b2', 0.2)).toBe('rgba(0, 114, 178, 0.2)');
    expect(translucent('red', 0.2)).toBe('red');
  });
});
