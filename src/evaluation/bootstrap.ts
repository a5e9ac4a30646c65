/** @file Bootstrap draws of a measure, for 90 % intervals. */
import { createRandom, type Random } from '../numerics/random.ts';
import { median, quantile, wasserstein1d } from '../numerics/statistics.ts';
import type { TwoClouds } from './kernel-distances.ts';
import type { DistanceTable } from './distance-table.ts';
import { groupRows } from './draws.ts';

/** Means of `draws` resamples with replacement of numbers (often marks in 0–1), one a cell. */
export function resampledShares(
  marks: ArrayLike<number>,
  draws: number,
  seed: number,
): Float64Array {
  const n = marks.length;
  const rows = sharedRows(n, draws, seed);
  return Float64Array.from({ length: draws }, (_, k) => {
    let sum = 0;
    for (let i = k * n; i < (k + 1) * n; i++) sum += marks[rows[i]];
    return sum / n;
  });
}

/** The newest row choices: several measures of the same cells are resampled one after the other with the same draws. */
const newest: { key: string; rows: Uint32Array } = { key: '', rows: new Uint32Array() };

/** Rows with replacement, [draws, n]. */
function sharedRows(n: number, draws: number, seed: number): Uint32Array {
  const key = `${n} ${draws} ${seed}`;
  if (newest.key !== key) {
    const random = createRandom(seed, 51);
    newest.rows = Uint32Array.from({ length: n * draws }, () => random.integer(n));
    newest.key = key;
  }
  return newest.rows;
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

/** A comparison of two lists (the one-dimensional Wasserstein distance unless told) over resamples of both. */
export function resampledLines(
  a: Float64Array,
  b: Float64Array,
  draws: number,
  seed: number,
  compare: (a: Float64Array, b: Float64Array) => number = wasserstein1d,
): Float64Array {
  const random = createRandom(seed, 52);
  return Float64Array.from({ length: draws }, () =>
    compare(resample(random, a), resample(random, b)),
  );
}

/** Medians of resamples. */
export function resampledMedians(values: Float64Array, draws: number, seed: number): Float64Array {
  const random = createRandom(seed, 56);
  return Float64Array.from({ length: draws }, () => median(resample(random, values)));
}

/** Mean entries of three tables: within the first side, within the second, between them. */
export type TableMeans = (first: number, second: number, between: number) => number;

const energyOf: TableMeans = (first, second, between) => 2 * between - first - second;

/**
 * A measure made of mean table entries (the energy distance unless told), over resamples of both sides. Every label keeps its number of
 * cells, as in the draws of the floor.
 *
 * @param labels label of each row of the first and of the second side
 */
export function resampledTables(
  tables: TwoClouds,
  labels: readonly [Int32Array, Int32Array],
  draws: number,
  seed: number,
  combine: TableMeans = energyOf,
): Float64Array {
  const random = createRandom(seed, 53);
  const [first, second] = labels.map((own) => [...groupRows(own).values()]);
  return Float64Array.from({ length: draws }, () => {
    const a = weights(random, first, tables.first.rows);
    const b = weights(random, second, tables.second.rows);
    return combine(
      meanWithin(tables.first, a),
      meanWithin(tables.second, b),
      meanBetween(tables.between, a, b),
    );
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

function meanBetween(table: DistanceTable, rows: Float64Array, cols: Float64Array): number {
  const { values } = table;
  let sum = 0;
  for (let i = 0; i < table.rows; i++) {
    if (rows[i] === 0) continue;
    const at = i * table.cols;
    let own = 0;
    for (let j = 0; j < table.cols; j++) own += values[at + j] * cols[j];
    sum += rows[i] * own;
  }
  return sum / (table.rows * table.cols);
}

/** The same of a symmetric table with one set of weights: every pair is read once. */
function meanWithin({ rows: n, values }: DistanceTable, weight: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (weight[i] === 0) continue;
    const at = i * n;
    let own = (values[at + i] * weight[i]) / 2;
    for (let j = i + 1; j < n; j++) own += values[at + j] * weight[j];
    sum += 2 * weight[i] * own;
  }
  return sum / (n * n);
}

/** Below this number of resamples their spread says more than their extremes. */
const FEWEST_FOR_POINTS = 50;
/** Standard deviations to the 95 % point of a normal distribution. */
const NORMAL_95 = 1.645;

/**
 * 90 % interval around a value: the spread of the resamples about their own mean, because resampling repeats cells and so shifts
 * distances upwards. Of fewer than 50 resamples the standard deviation is used. Held inside `range`.
 */
export function intervalAround(
  value: number,
  resamples: ArrayLike<number>,
  range: readonly [number, number] = [0, Infinity],
): [number, number] {
  const all = Float64Array.from(resamples);
  const centre = all.reduce((a, b) => a + b, 0) / all.length;
  const held = (end: number): number => Math.min(range[1], Math.max(range[0], end));
  if (all.length < FEWEST_FOR_POINTS) {
    const sd = Math.sqrt(all.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (all.length - 1));
    return [held(value - NORMAL_95 * sd), held(value + NORMAL_95 * sd)];
  }
  const end = (p: number): number => held(value + quantile(all, p) - centre);
  return [end(0.05), end(0.95)];
}
