import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';
import {
  libraryStatistics,
  mad,
  mean,
  median,
  quantile,
  variance,
  wasserstein1d,
  weightedChoice,
} from './statistics.ts';
import { largestDifference } from './testing/compare.ts';
import { loadFixture } from './testing/fixture.ts';
import { fitOf, tally } from './testing/goodness.ts';

const VALUES = [3.5, -1, 2, 2, 10, 0.25, 7];

describe('plain statistics', () => {
  it('agree with numpy and scipy', () => {
    expect(mean(VALUES)).toBeCloseTo(23.75 / 7, 14);
    expect(variance(VALUES)).toBeCloseTo(14.955357142857144, 13);
    expect(variance(VALUES, 0)).toBeCloseTo(12.818877551020408, 13);
    expect(median(VALUES)).toBe(2);
    expect(mad(VALUES)).toBe(1.75);
    const quantiles = [0, 0.1, 0.33, 0.5, 0.9, 1].map((p) => quantile(VALUES, p));
    expect(largestDifference(quantiles, [-1, -0.25, 1.965, 2, 8.2, 10])).toBeLessThan(1e-14);
  });

  it('take even numbers of values, one value and none', () => {
    expect(median([4, 1])).toBe(2.5);
    expect([median([3]), mad([3]), quantile([3], 0.7), mean([3])]).toEqual([3, 0, 3, 3]);
    for (const f of [mean, median, mad, variance]) expect(f([])).toBeNaN();
    expect(variance([3])).toBeNaN();
    expect(variance([3], 0)).toBe(0);
  });

  it('pass on what is not a number, and refuse quantiles out of range', () => {
    expect(median([1, Number.NaN, 2])).toBeNaN();
    expect(quantile([-Infinity, -Infinity, 1], 0.25)).toBe(-Infinity);
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => quantile(VALUES, p)).toThrow(RangeError);
  });

  it('keep digits far from zero', () => {
    expect(variance([1e9, 1e9 + 1, 1e9 + 2])).toBe(1);
  });

  it('leave their input as it was', () => {
    const values = Float64Array.of(3, 1, 2);
    median(values);
    expect([...values]).toEqual([3, 1, 2]);
  });
});

describe('library statistics', () => {
  const fixture = loadFixture('size-factors', 'by_category');
  const logLibrary = fixture.values('log_library');

  it.each(['cell_type', 'donor'])('by %s agree with the original', (column) => {
    const codes = fixture.values(`${column}.code`);
    const counts = fixture.values(`${column}.n`);
    const result = libraryStatistics(logLibrary, codes, counts.length);
    expect([...result.count]).toEqual([...counts]);
    expect(largestDifference(result.mean, fixture.values(`${column}.mean`))).toBeLessThan(1e-12);
    // Where the original has no number, the pooled sd of the categories with two cells and more stands in.
    const stored = fixture.values(`${column}.sd`);
    const usable = [...counts.keys()].filter((code) => counts[code] > 1);
    const within = usable.reduce((sum, code) => sum + (counts[code] - 1) * stored[code] ** 2, 0);
    const freedom = usable.reduce((sum, code) => sum + counts[code] - 1, 0);
    const expected = stored.map((sd) => (Number.isNaN(sd) ? Math.sqrt(within / freedom) : sd));
    expect(largestDifference(result.sd, expected)).toBeLessThan(1e-12);
    expect(result.min).toBeCloseTo(fixture.info.scalars['l_min'] as number, 12);
    expect(result.max).toBeCloseTo(fixture.info.scalars['l_max'] as number, 12);
  });

  it('the fixture has categories of one cell', () => {
    expect(Math.min(...fixture.values('cell_type.n'))).toBe(1);
  });

  it('give an empty category the overall figures and leave missing codes out of every category', () => {
    const result = libraryStatistics([1, 3, 8], [0, 0, -1], 2);
    expect([...result.count]).toEqual([2, 0]);
    expect([...result.mean]).toEqual([2, 4]);
    expect(largestDifference(result.sd, [Math.SQRT2, Math.sqrt(13)])).toBeLessThan(1e-14);
    expect(result.overallSd).toBeCloseTo(Math.sqrt(13), 14);
  });

  it('fall back to the overall sd where every category has one cell, and to 0 for one cell', () => {
    const result = libraryStatistics([1, 3], [1, 0], 2);
    expect(largestDifference(result.sd, [Math.SQRT2, Math.SQRT2])).toBeLessThan(1e-15);
    const single = libraryStatistics([5], [0], 1);
    expect([...single.sd]).toEqual([0]);
  });

  it('refuse empty cells, no cells and codes out of range', () => {
    expect(() => libraryStatistics([-Infinity], [0], 1)).toThrow(RangeError);
    expect(() => libraryStatistics([], [], 1)).toThrow(RangeError);
    expect(() => libraryStatistics([1], [1], 1)).toThrow(RangeError);
    expect(() => libraryStatistics([1, 2], [0], 1)).toThrow(RangeError);
  });
});

describe('weightedChoice', () => {
  it('chooses in proportion and never a weight of 0', () => {
    const weights = [0, 2, 0, 1, 5, 0];
    const choose = weightedChoice(weights);
    const random = createRandom(31);
    const draws = Array.from({ length: 20_000 }, () => choose(random.uniform()));
    const fit = fitOf(
      tally(draws, 6),
      weights.map((weight) => weight / 8),
      draws.length,
    );
    expect(fit.statistic).toBeLessThan(fit.bound);
    for (const code of [0, 2, 5]) expect(draws).not.toContain(code);
  });

  it('divides (0, 1) at the cumulated shares', () => {
    const choose = weightedChoice([1, 3]);
    expect([1e-300, 0.2499, 0.25, 1 - 1e-16].map(choose)).toEqual([0, 0, 1, 1]);
    expect(weightedChoice([7])(0.5)).toBe(0);
  });

  it('refuses weights that leave no choice', () => {
    for (const weights of [[], [0, 0], [1, -1], [Number.NaN], [Infinity]])
      expect(() => weightedChoice(weights)).toThrow(RangeError);
  });
});

describe('wasserstein1d', () => {
  it('agrees with scipy for unequal sizes', () => {
    expect(wasserstein1d(VALUES, [1, 1, 4, -2.5])).toBeCloseTo(2.5714285714285716, 14);
  });

  it('is the mean distance of sorted values for equal sizes', () => {
    const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    const pairs = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(pairs, (rows) => {
        const a = rows.map(([x]) => x).sort((x, y) => x - y);
        const b = rows.map(([, y]) => y).sort((x, y) => x - y);
        const expected = mean(a.map((x, i) => Math.abs(x - b[i])));
        expect(wasserstein1d([...a].reverse(), b)).toBeCloseTo(expected, 9);
      }),
    );
  });

  it('is 0 for repeated samples and NaN without one', () => {
    expect(wasserstein1d([1, 2, 2, 5], [5, 2, 1, 2, 1, 5, 2, 2])).toBe(0);
    expect(wasserstein1d([], [1])).toBeNaN();
  });
});
