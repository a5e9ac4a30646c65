/** @file Intervals: they cover what repeated samples show, duals add up to the transport's cost, ranges hold. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { quantile, variance } from '../numerics/statistics.ts';
import { intervalAround, resampledMedians, resampledTables } from './bootstrap.ts';
import { twoClouds } from './cloud-measures.ts';
import { compareTransport } from './dear-measures.ts';
import { cloudOf, measureDistances, type Cloud } from './distance-table.ts';
import { intervalsOf } from './intervals.ts';
import { energyDistance, kernelsOf, mmdUnbiased, unbiasedMmd } from './kernel-distances.ts';
import { Pacer } from '../maps/pacer.ts';
import { moveClouds, squaredTable } from './transport.ts';
import { resampledAuc } from './two-sample-auc.ts';

const random = createRandom(12);
const draw = (n: number, dims: number, shift: number): Cloud =>
  cloudOf(
    Float64Array.from({ length: n * dims }, () => shift + random.normal()),
    dims,
  );

/** Ratio of the mean interval width to the width of the middle 90 % of repeated samples. */
async function widthRatio(
  measure: (a: Cloud, b: Cloud) => Promise<{ value: number; interval: readonly [number, number] }>,
): Promise<number> {
  const made = [];
  for (let k = 0; k < 40; k++) made.push(await measure(draw(80, 3, 0), draw(70, 3, 1)));
  const values = made.map(({ value }) => value);
  const widths = made.map(({ interval }) => interval[1] - interval[0]);
  const mean = widths.reduce((a, b) => a + b, 0) / widths.length;
  return mean / (quantile(values, 0.95) - quantile(values, 0.05));
}

describe('transport', () => {
  it('has duals that add up to its cost, after warm starts as well', async () => {
    const table = await measureDistances(draw(60, 2, 0), draw(45, 2, 1));
    const squared = squaredTable(table);
    const [one, two] = await moveClouds([table, squared]);
    const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
    for (const [own, costs] of [
      [one, table],
      [two, squared],
    ] as const) {
      expect(mean(own.rows) + mean(own.cols)).toBeCloseTo(own.cost, 9);
      // Dual feasible: no arc pays more than it costs.
      for (let i = 0; i < 60; i++) {
        for (let j = 0; j < 45; j++) {
          expect(own.rows[i] + own.cols[j]).toBeLessThanOrEqual(costs.values[i * 45 + j] + 1e-9);
        }
      }
    }
    expect(two.cost).toBeCloseTo((await moveClouds([squared]))[0].cost, 9);
  });

  it('has intervals as wide as repeated samples scatter', async () => {
    const ratio = await widthRatio(async (a, b) => {
      const table = await measureDistances(a, b);
      const { measures, resamples } = await compareTransport(table, 1000, 1, new Pacer());
      const value = measures.wasserstein1 ?? 0;
      return { value, interval: intervalAround(value, resamples.wasserstein1 ?? []) };
    });
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.6);
  });
});

describe('tables', () => {
  it.each(['energy', 'kernel'] as const)(
    'give intervals as wide as repeated samples scatter: %s',
    async (kind) => {
      const ratio = await widthRatio(async (a, b) => {
        const clouds = await twoClouds(a, await measureDistances(a, a), b, new Pacer());
        const labels = [new Int32Array(80), new Int32Array(70)] as const;
        if (kind === 'energy') {
          const again = resampledTables(clouds, labels, 60, 1);
          const value = energyDistance(clouds);
          return { value, interval: intervalAround(value, again) };
        }
        const value = mmdUnbiased(clouds, 2);
        const tables = kernelsOf(clouds, [2]);
        const again = resampledTables(tables, labels, 60, 1, unbiasedMmd(80, 70));
        return { value, interval: intervalAround(value, again) };
      });
      expect(ratio).toBeGreaterThan(0.6);
      expect(ratio).toBeLessThan(1.6);
    },
  );
});

describe('intervals', () => {
  it('use the standard deviation of few draws, the points of many', () => {
    const few = Float64Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? -1 : 1));
    const sd = Math.sqrt(variance(few));
    const [low, high] = intervalAround(5, few);
    expect(low).toBeCloseTo(5 - 1.645 * sd, 12);
    expect(high).toBeCloseTo(5 + 1.645 * sd, 12);
    const many = Float64Array.from({ length: 101 }, (_, i) => i - 50);
    const [from, to] = intervalAround(100, many);
    expect(from).toBeCloseTo(55, 9);
    expect(to).toBeCloseTo(145, 9);
  });

  it('stay inside what a measure can be', () => {
    const wide = Float64Array.from({ length: 100 }, (_, i) => i - 50);
    const out = intervalsOf(
      { coverage: 0.98, detectedShift: -3, energy: 1, geneMeans: 0.9 },
      { coverage: wide, detectedShift: wide, energy: wide, geneMeans: wide, recall: wide },
    );
    expect(out.coverage).toEqual([0, 1]);
    expect(out.energy?.[0]).toBe(0);
    expect(out.detectedShift?.[0]).toBeLessThan(-40);
    expect(out.geneMeans).toEqual([-1, 1]);
    // No measure, no interval.
    expect(out.recall).toBeUndefined();
  });

  it('of medians and AUCs surround them', () => {
    const values = Float64Array.from({ length: 201 }, (_, i) => i);
    const medians = resampledMedians(values, 200, 1);
    expect(quantile(medians, 0.5)).toBeCloseTo(100, -1);
    const labels = Int32Array.from({ length: 100 }, (_, i) => i % 2);
    const scores = Float64Array.from(labels, (label) => label + 2 * random.uniform());
    const aucs = resampledAuc([{ scores, labels }], 100, 1);
    // P(1 + 2U > 2V) = 1 − ½·¼ = 0.875 for uniform U, V.
    expect(Math.abs(quantile(aucs, 0.5) - 0.875)).toBeLessThan(0.08);
    expect(Math.sqrt(variance(aucs))).toBeGreaterThan(0.01);
  });
});
