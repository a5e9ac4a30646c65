/** @file Distances of two clouds against POT, CFGen's own code, scipy and scikit-learn. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { wasserstein1d } from '../numerics/statistics.ts';
import { loadFixture } from '../numerics/testing/fixture.ts';
import { cloudOf, measureDistances, pickTable, type DistanceTable } from './distance-table.ts';
import {
  energyDistance,
  medianWidth,
  mmdFiveWidths,
  mmdUnbiased,
  type TwoClouds,
} from './kernel-distances.ts';
import { measurePrdc, tellApart } from './neighbour-measures.ts';
import { transportCost, wasserstein1, wasserstein2 } from './transport.ts';

const folder = join(import.meta.dirname, 'fixtures');

async function clouds(name: string, dims: number): Promise<TwoClouds & { pooled: DistanceTable }> {
  const fixture = loadFixture('metrics', name, folder);
  const x = cloudOf(fixture.values('x'), dims);
  const y = cloudOf(fixture.values('y'), dims);
  const all = new Float64Array([...x.values, ...y.values]);
  const pool = cloudOf(all, dims);
  const [first, second, between, pooled] = [
    await measureDistances(x, x),
    await measureDistances(y, y),
    await measureDistances(x, y),
    await measureDistances(pool, pool),
  ];
  return { first, second, between, pooled };
}

const fixturePrdc = (name: string) =>
  loadFixture('metrics', name, folder).info.scalars.prdc_k5_euclidean as Record<
    'precision' | 'recall' | 'density' | 'coverage',
    number
  >;

const close = (value: number, expected: number, relative: number): void =>
  expect(Math.abs(value - expected) / Math.abs(expected)).toBeLessThan(relative);

describe.each([
  ['clouds_d5', 5],
  ['clouds_d30', 30],
])('%s', (name, dims) => {
  const scalars = loadFixture('metrics', name, folder).info.scalars as Record<string, number>;

  it('exact transport', async () => {
    const { between } = await clouds(name, dims);
    close(await wasserstein1(between), scalars.W1, 1e-7);
    close(await wasserstein2(between), scalars.W2, 1e-7);
  });

  it('kernels and energy', async () => {
    const both = await clouds(name, dims);
    close(mmdFiveWidths(both), scalars.mmd_rbf_multi_sigma_biased, 1e-9);
    const width = medianWidth(both.pooled);
    close(width, scalars.median_distance, 1e-12);
    close(mmdUnbiased(both, width), scalars.mmd2_unbiased_median, 1e-9);
    close(energyDistance(both), scalars.energy_distance_squared, 1e-9);
  });

  it('nearest neighbours', async () => {
    const both = await clouds(name, dims);
    const apart = tellApart(both);
    close(apart.accuracy, scalars.one_nn_loo_accuracy, 1e-12);
    const mean = (marks: Uint8Array): number => marks.reduce((a, b) => a + b, 0) / marks.length;
    close(mean(apart.first), scalars.one_nn_loo_accuracy_real, 1e-12);
    close(mean(apart.second), scalars.one_nn_loo_accuracy_generated, 1e-12);
    const { covered: _covered, ...prdc } = measurePrdc(both);
    const expected = fixturePrdc(name);
    for (const key of ['precision', 'recall', 'density', 'coverage'] as const) {
      expect(prdc[key]).toBeCloseTo(expected[key], 12);
    }
  });

  it('one dimension, with ties', () => {
    const fixture = loadFixture('metrics', name, folder);
    const own = wasserstein1d(fixture.values('ties.x'), fixture.values('ties.y'));
    const expected = fixture.info.scalars['1d.ties'] as { wasserstein: number };
    close(own, expected.wasserstein, 1e-12);
  });
});

/** Least cost over all assignments, by trying them all. */
function bruteForce(costs: DistanceTable, row = 0, used = new Set<number>()): number {
  if (row === costs.rows) return 0;
  let best = Infinity;
  for (let col = 0; col < costs.cols; col++) {
    if (used.has(col)) continue;
    used.add(col);
    const rest = bruteForce(costs, row + 1, used);
    best = Math.min(best, costs.values[row * costs.cols + col] + rest);
    used.delete(col);
  }
  return best;
}

describe('transport', () => {
  it.each([1, 2, 5, 7])('finds the best assignment of %i points', async (n) => {
    const random = createRandom(n);
    for (let trial = 0; trial < 20; trial++) {
      // Whole costs make many equal plans, which is where a careless simplex cycles.
      const values = Float64Array.from({ length: n * n }, () => random.integer(5));
      const costs = { rows: n, cols: n, values };
      expect(await transportCost(costs)).toBeCloseTo(bruteForce(costs) / n, 12);
    }
  });

  it('agrees with sorting on a line, at unequal sizes', async () => {
    const random = createRandom(3);
    for (const [n, m] of [
      [1, 9],
      [63, 65],
      [120, 80],
    ]) {
      const a = cloudOf(
        Float64Array.from({ length: n }, () => random.normal()),
        1,
      );
      const b = cloudOf(
        Float64Array.from({ length: m }, () => 1 + random.normal()),
        1,
      );
      const cost = await wasserstein1(await measureDistances(a, b));
      expect(cost).toBeCloseTo(wasserstein1d(a.values, b.values), 12);
    }
  });

  it('is zero between a cloud and itself shuffled, and refuses an empty one', async () => {
    const random = createRandom(5);
    const cloud = cloudOf(
      Float64Array.from({ length: 90 }, () => random.normal()),
      3,
    );
    const table = await measureDistances(cloud, cloud);
    const shuffled = pickTable(
      table,
      [...table.values.keys()].slice(0, 30),
      random.permutation(30),
    );
    expect(await wasserstein2(shuffled)).toBeCloseTo(0, 9);
    await expect(transportCost({ rows: 0, cols: 3, values: new Float64Array() })).rejects.toThrow(
      RangeError,
    );
  });
});
