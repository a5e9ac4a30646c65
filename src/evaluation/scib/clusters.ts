/** @file Do clusters found without labels agree with the labels? k-means, normalised mutual information, adjusted Rand index. */
import { Pacer } from '../../maps/pacer.ts';
import { createRandom, type Random } from '../../numerics/random.ts';
import type { Points } from './silhouette.ts';

const STARTS = 10;
const ROUNDS = 100;

/** Cells of each pair of codes, [first · second]. */
function crossTable(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { table: Float64Array; cols: number } {
  const size = (codes: ArrayLike<number>): number =>
    Math.max(-1, ...new Set(Array.from(codes))) + 1;
  const cols = size(b);
  const table = new Float64Array(size(a) * cols);
  for (let i = 0; i < a.length; i++) table[a[i] * cols + b[i]]++;
  return { table, cols };
}

function margins(table: Float64Array, cols: number): { rows: Float64Array; columns: Float64Array } {
  const rows = new Float64Array(table.length / Math.max(1, cols));
  const columns = new Float64Array(cols);
  table.forEach((n, at) => {
    rows[Math.floor(at / cols)] += n;
    columns[at % cols] += n;
  });
  return { rows, columns };
}

function entropy(sizes: Float64Array, n: number): number {
  return -sizes.reduce((sum, size) => sum + (size > 0 ? (size / n) * Math.log(size / n) : 0), 0);
}

/** Mutual information over the mean of both entropies; 1 when there is one group on both sides. */
export function normalisedMutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const { table, cols } = crossTable(a, b);
  const { rows, columns } = margins(table, cols);
  let shared = 0;
  table.forEach((count, at) => {
    if (count === 0) return;
    const expected = (rows[Math.floor(at / cols)] * columns[at % cols]) / n;
    shared += (count / n) * Math.log(count / expected);
  });
  const mean = (entropy(rows, n) + entropy(columns, n)) / 2;
  return mean > 0 ? Math.max(0, shared) / mean : 1;
}

/** Rand index, adjusted for chance: 1 identical, about 0 independent. */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { table, cols } = crossTable(a, b);
  const { rows, columns } = margins(table, cols);
  const pairs = (sizes: Float64Array): number =>
    sizes.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const [together, inRows, inColumns] = [pairs(table), pairs(rows), pairs(columns)];
  const all = (a.length * (a.length - 1)) / 2;
  const expected = (inRows * inColumns) / all;
  const most = (inRows + inColumns) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}

/**
 * k-means by Lloyd's rounds from ten k-means++ starts; the tightest result is kept. (scib-metrics makes one start.)
 *
 * @returns cluster of each point, 0 … k − 1. Error: cancelled.
 */
export async function kMeans(
  points: Points,
  k: number,
  seed: number,
  pacer = new Pacer(),
): Promise<Int32Array> {
  let best: Assigned | null = null;
  for (let start = 0; start < STARTS; start++) {
    const found = await oneStart(points, k, createRandom(seed, 60 + start), pacer);
    if (best === null || found.inertia < best.inertia) best = found;
  }
  return best?.owner ?? new Int32Array(0);
}

interface Assigned {
  readonly owner: Int32Array;
  readonly inertia: number;
}

async function oneStart(
  points: Points,
  k: number,
  random: Random,
  pacer: Pacer,
): Promise<Assigned> {
  const centres = firstCentres(points, k, random);
  let last = Infinity;
  for (let round = 0; ; round++) {
    const found = await assign(points, centres, k, pacer);
    if (round === ROUNDS || !(found.inertia < last * (1 - 1e-7))) return found;
    last = found.inertia;
    moveTo(points, found.owner, centres, k);
  }
}

/** k-means++: each next centre is drawn by squared distance from the nearest one so far. */
function firstCentres({ values, rows, dims }: Points, k: number, random: Random): Float64Array {
  const centres = new Float64Array(k * dims);
  const nearest = new Float64Array(rows).fill(Infinity);
  let chosen = random.integer(rows);
  for (let c = 0; c < k; c++) {
    centres.set(values.subarray(chosen * dims, (chosen + 1) * dims), c * dims);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      nearest[i] = Math.min(nearest[i], squared(values, i * dims, centres, c * dims, dims));
      total += nearest[i];
    }
    let rest = random.uniform() * total;
    chosen = Math.max(
      0,
      nearest.findIndex((d) => (rest -= d) < 0),
    );
  }
  return centres;
}

function squared(a: Float32Array, i: number, b: Float64Array, j: number, dims: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) sum += (a[i + d] - b[j + d]) ** 2;
  return sum;
}

async function assign(
  { values, rows, dims }: Points,
  centres: Float64Array,
  k: number,
  pacer: Pacer,
): Promise<Assigned> {
  const owner = new Int32Array(rows);
  let inertia = 0;
  for (let i = 0; i < rows; i++) {
    if (i % 64 === 0 && pacer.due()) await pacer.rest();
    let best = Infinity;
    for (let c = 0; c < k; c++) {
      const d = squared(values, i * dims, centres, c * dims, dims);
      if (d < best) [best, owner[i]] = [d, c];
    }
    inertia += best;
  }
  return { owner, inertia };
}

/** Centres become the means of their points; one without points stays. */
function moveTo(
  { values, dims }: Points,
  owner: Int32Array,
  centres: Float64Array,
  k: number,
): void {
  const sizes = new Float64Array(k);
  const sums = new Float64Array(centres.length);
  owner.forEach((c, i) => {
    sizes[c]++;
    for (let d = 0; d < dims; d++) sums[c * dims + d] += values[i * dims + d];
  });
  for (let at = 0; at < centres.length; at++) {
    const size = sizes[Math.floor(at / dims)];
    if (size > 0) centres[at] = sums[at] / size;
  }
}
