import { bin } from 'd3-array';
import { scaleLog } from 'd3-scale';
import { describe, expect, it } from 'vitest';
import { axisOf, histogramOf, roundOnAxis, tickText, ticksOf } from './histogram-bins.ts';

const values = Float32Array.from({ length: 997 }, (_, index) => 20 + ((index * 7919) % 4001));

describe('histogram', () => {
  it('counts as d3-array does on a linear axis', () => {
    const histogram = histogramOf(values, false, 20);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const inner = Array.from({ length: 19 }, (_, index) => low + ((index + 1) / 20) * (high - low));
    const expected = bin<number, number>().domain([low, high]).thresholds(inner)([...values]);
    expect(histogram?.bins.map(({ cells }) => cells)).toEqual(
      expected.map((cells) => cells.length),
    );
  });

  it('has bars of equal width on a logarithmic axis', () => {
    const histogram = histogramOf(values, true, 10);
    const scale = scaleLog()
      .domain([histogram?.low ?? 0, histogram?.high ?? 0])
      .range([0, 10]);
    histogram?.bins.forEach(({ from, to }, index) => {
      expect(scale(from)).toBeCloseTo(index, 6);
      expect(scale(to)).toBeCloseTo(index + 1, 6);
    });
    expect(histogram?.bins.reduce((sum, { cells }) => sum + cells, 0)).toBe(997);
  });

  it('survives nothing, one value, zeros on a logarithmic axis, missing values', () => {
    expect(histogramOf(new Float32Array(0), false, 5)).toBeNull();
    expect(histogramOf(Float32Array.of(Number.NaN), true, 5)).toBeNull();
    expect(histogramOf(Float32Array.of(3, 3), false, 5)).toMatchObject({ low: 3, high: 4 });
    const zeros = histogramOf(Float32Array.of(0, 0, 100, Number.NaN), true, 4);
    expect(zeros).toMatchObject({ low: 1, high: 100 });
    expect(zeros?.bins.map(({ cells }) => cells)).toEqual([2, 0, 0, 1]);
  });
});

describe('rounding', () => {
  it.each([false, true])('never undoes a move by one hundredth of the axis (log: %s)', (log) => {
    for (const [low, high] of [
      [1, 2],
      [300, 12_000],
      [1, 1e6],
      [2, 37],
    ]) {
      const axis = axisOf(low, high, log);
      for (let share = 0.02; share < 1; share += 0.017) {
        const start = roundOnAxis(axis.value(share), { low, high, log, bins: [] });
        const next = roundOnAxis(axis.value(axis.place(start) + 0.01), {
          low,
          high,
          log,
          bins: [],
        });
        expect(next).toBeGreaterThan(start);
      }
    }
  });
});

describe('axis', () => {
  it.each([false, true])('goes to a share and back (log: %s)', (log) => {
    const { place, value } = axisOf(10, 1000, log);
    expect(place(10)).toBeCloseTo(0, 12);
    expect(place(1000)).toBeCloseTo(1, 12);
    expect(value(place(123))).toBeCloseTo(123, 9);
    expect(place(100)).toBeCloseTo(log ? 0.5 : 90 / 990, 12);
  });

  it('has few round ticks', () => {
    const log = histogramOf(Float32Array.of(300, 12_000), true, 4);
    const linear = histogramOf(Float32Array.of(100, 2600), false, 4);
    if (!log || !linear) throw new Error('no histogram');
    expect(ticksOf(log, 5)).toEqual([500, 1000, 2000, 5000, 10_000]);
    expect(ticksOf({ ...log, low: 400 }, 3)).toEqual([1000, 3000, 10_000]);
    expect(ticksOf(log, 3)).toEqual([1000, 10_000]);
    expect(ticksOf(linear, 5)).toEqual([500, 1000, 1500, 2000, 2500]);
    expect(ticksOf(linear, 3).length).toBeLessThanOrEqual(3);
  });

  it('writes ticks short', () => {
    expect([500, 1000, 1500, 20_000, 1_000_000, 0.5].map(tickText)).toEqual([
      '500',
      '1k',
      '1.5k',
      '20k',
      '1M',
      '0.5',
    ]);
  });

  it('rounds dropped values', () => {
    const log = histogramOf(Float32Array.of(300, 12_000), true, 4);
    const linear = histogramOf(Float32Array.of(0, 30), false, 4);
    if (!log || !linear) throw new Error('no histogram');
    expect(roundOnAxis(1123.7, log)).toBe(1120);
    expect(roundOnAxis(456.2, log)).toBe(460);
    expect(roundOnAxis(12.3456, linear)).toBe(12.4);
  });
});
