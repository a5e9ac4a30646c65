import { describe, expect, it } from 'vitest';
import {
  axisX,
  axisY,
  lastOf,
  curveName,
  decimals,
  lossColumns,
  lossMarks,
  lossTick,
  nearestX,
  spreadLabels,
  type LossColumns,
} from './loss-series.ts';
import { shareParts } from './ShareBar.tsx';

describe('loss series', () => {
  it('become columns; unmeasured and infinite losses are gaps', () => {
    const columns = lossColumns([
      { at: 0, train: 3, heldOut: null },
      { at: 1, train: Infinity, heldOut: 2.5 },
    ]);
    expect(columns).toEqual([
      [0, 1],
      [3, Number.NaN],
      [null, 2.5],
    ]);
  });

  it('are thinned but keep the last point and every held-out loss', () => {
    const points = Array.from({ length: 20_001 }, (_, at) => ({
      at,
      train: at,
      heldOut: at % 5000 === 7 ? 1 : null,
    }));
    const [xs, , held] = lossColumns(points);
    expect(xs.length).toBeLessThan(610);
    expect(xs.at(-1)).toBe(20_000);
    expect(held.filter((value) => value !== null)).toHaveLength(4);
  });

  it('find their ends', () => {
    expect(lastOf([0, 1, 2], [5, 4, null])).toEqual({ at: 1, value: 4 });
    expect(lastOf([0], [Number.NaN])).toBeNull();
  });

  it('keep end labels 15 px apart, in order', () => {
    expect(spreadLabels(10, 60)).toEqual([10, 60]);
    expect(spreadLabels(20, 25)).toEqual([15, 30]);
    expect(spreadLabels(25, 20)).toEqual([30, 15]);
  });
});

describe('axes of a curve', () => {
  const columns: LossColumns = [
    [0, 10, 62],
    [2960, 2400, 2084],
    [null, 2450, 2131],
  ];

  it('start at 0, end at the last point or where training ends', () => {
    const free = axisX(columns, null, [48, 348]);
    expect(free.scale.domain()).toEqual([0, 62]);
    expect([...free.ticks]).toEqual([0, 20, 40, 60]);
    expect(axisX(columns, 100, [48, 348]).scale(100)).toBe(348);
    expect(axisX(columns, 50, [48, 348]).scale.domain()).toEqual([0, 62]);
  });

  it('have at most five ticks, and no more than there is room for', () => {
    const { scale, ticks } = axisY(columns, [200, 8]);
    expect(scale.domain()).toEqual([2000, 3000]);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(4);
    expect(axisY(columns, [600, 0]).ticks.length).toBeLessThanOrEqual(5);
    expect(axisY(columns, [40, 8]).ticks.length).toBeLessThanOrEqual(1);
  });

  it('hold a single point, a flat curve and one without any finite loss', () => {
    for (const train of [[7], [0], [Number.NaN]]) {
      const one: LossColumns = [[0], train, [null]];
      const y = axisY(one, [200, 8]).scale;
      const [low, high] = y.domain();
      expect(high).toBeGreaterThan(low);
      expect(Number.isFinite(axisX(one, null, [48, 348]).scale(0))).toBe(true);
    }
  });
});

describe('words of a curve', () => {
  it('say the newest losses', () => {
    const points = [
      { at: 61, train: 2090, heldOut: 2131.4 },
      { at: 62, train: 2084.2, heldOut: null },
    ];
    expect(curveName('Autoencoder', 'epoch', 'nats per cell', points)).toBe(
      'Autoencoder loss by epoch: training 2,084, held-out 2,131 nats per cell at epoch 62',
    );
    expect(curveName('Flow', 'step', 'mean squared error', [])).toBe(
      'Flow loss by step: not begun yet',
    );
  });

  it('say every point, for reading the curve step by step', () => {
    const columns: LossColumns = [
      [1, 2000],
      [0.75, 0.5],
      [null, 0.6251],
    ];
    expect(lossMarks(columns, 'step', 'mean squared error')).toEqual([
      'Step 1: training 0.750 mean squared error.',
      'Step 2,000: training 0.500, held-out 0.625 mean squared error.',
    ]);
  });

  it('find the point under a pointer', () => {
    expect(nearestX([0, 10, 40], 26)).toBe(2);
    expect(nearestX([0, 10, 40], -5)).toBe(0);
    expect(nearestX([], 3)).toBe(-1);
  });

  it('use as many decimals as the ticks need', () => {
    expect(decimals([1, 2, 3])).toBe(0);
    expect(decimals([0.8, 1, 1.2])).toBe(1);
    expect(decimals([0.25, 0.5])).toBe(2);
    expect(decimals([0.1254, 0.5])).toBe(3);
    // Large losses too: after one epoch 761.2, 761.4, … would all be 761.
    expect([761.2, 761.4].map((tick) => lossTick(tick, decimals([761.2, 761.4])))).toEqual([
      '761.2',
      '761.4',
    ]);
    expect(lossTick(1200, 0)).toBe('1,200');
  });
});

describe('share bar', () => {
  it('orders parts by size and joins those under 1 %', () => {
    expect(shareParts([5, 900, 0, 95])).toEqual({
      parts: [
        { index: 1, cells: 900 },
        { index: 3, cells: 95 },
      ],
      rest: 5,
    });
    expect(shareParts([])).toEqual({ parts: [], rest: 0 });
  });
});
