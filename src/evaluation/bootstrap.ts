/** @file Bootstrap draws of a measure, for 90 % intervals. */
import { createRandom, type Random } from '../numerics/random.ts';
import { quantile, wasserstein1d } from '../numerics/statistics.ts';
import type { TwoClouds } from './kernel-distances.ts';
import type { DistanceTable } from './distance-table.ts';
import { groupRows } from './draws.ts';

/** Means of `draws` resamples with replacement of marks in 0–1, one a cell. */
export function resampledShares(
  marks: ArrayLike<number>,
  draws: number,
  seed: number,
): Float64Array {
  const random = createRandom(seed, 51);
  return Float64Array.from({ length: draws }, () => {
    let sum = 0;
    for (let i = 0; i < marks.length; i++) sum += marks[random.integer(marks.length)];
    return sum / marks.length;
  });
}

/**
 * Shares that another sample of m cells may show, given the share in one of n: p from its Beta posterior (prior of Jeffreys), then a
 * binomial draw.
 */
export function predictedShares(
  share: number,
  n: number,
  m: number,
  draws: number,
  seed: number,
): Float64Array {
  const random = createRandom(seed, 54);
  return Float64Array.from({ length: draws }, () => {
    const hits = random.gamma(share * n + 0.5);
    const misses = random.gamma((1 - share) * n + 0.5);
    const p = hits / (hits + misses);
    let count = 0;
    for (let i = 0; i < m; i++) if (random.uniform() < p) count++;
    return count / m;
  });
}

function resample(random: Random, values: Float64Array): Float64Array {
  return Float64Array.from(values, () => values[random.integer(values.length)]);
}

/** One-dimensional Wasserstein distances of resamples of both sides. */
export function resampledLines(
  a: Float64Array,
  b: Float64Array,
  draws: number,
  seed: number,
): Float64Array {
  const random = createRandom(seed, 52);
  return Float64Array.from({ length: draws }, () =>
    wasserstein1d(resample(random, a), resample(random, b)),
  );
}

/**
 * Energy distances of resamples of both sides, out of the distances that exist already. Every label keeps its number of cells, as in the
 * draws of the floor.
 *
 * @param labels label of each row of the first and of the second side
 */
export function resampledEnergy(
  clouds: TwoClouds,
  labels: readonly [Int32Array, Int32Array],
  draws: number,
  seed: number,
): Float64Array {
  const random = createRandom(seed, 53);
  const [first, second] = labels.map((own) => [...groupRows(own).values()]);
  return Float64Array.from({ length: draws }, () => {
    const a = weights(random, first, clouds.first.rows);
    const b = weights(random, second, clouds.second.rows);
    const mean = (table: DistanceTable, u: Float64Array, v: Float64Array): number =>
      weightedSum(table, u, v) / (table.rows * table.cols);
    return 2 * mean(clouds.between, a, b) - mean(clouds.first, a, a) - mean(clouds.second, b, b);
  });
}

/** How often each of n rows comes up when every group is drawn from as often as it has rows. */
function weights(random: Random, groups: readonly (readonly number[])[], n: number): Float64Array {
  const out = new Float64Array(n);
  for (const rows of groups) {
    for (let i = 0; i < rows.length; i++) out[rows[random.integer(rows.length)]]++;
  }
  return out;
}

function weightedSum(table: DistanceTable, rows: Float64Array, cols: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < table.rows; i++) {
    if (rows[i] === 0) continue;
    let own = 0;
    for (let j = 0; j < table.cols; j++) own += table.values[i * table.cols + j] * cols[j];
    sum += rows[i] * own;
  }
  return sum;
}

/**
 * 90 % interval around a value: the spread of the resamples about their own mean, because resampling repeats cells and so shifts
 * distances upwards. Never below 0.
 */
export function intervalAround(value: number, resamples: Float64Array): [number, number] {
  const centre = resamples.reduce((a, b) => a + b, 0) / resamples.length;
  const end = (p: number): number => Math.max(0, value + quantile(resamples, p) - centre);
  return [end(0.05), end(0.95)];
}
