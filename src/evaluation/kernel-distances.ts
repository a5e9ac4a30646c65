/** @file Distances between two clouds by kernels and by mean distances. */
import { quantile } from '../numerics/statistics.ts';
import { meanDistance, pickTable, type DistanceTable } from './distance-table.ts';

/** Distances inside and between two clouds; `within` tables have zeros on their diagonals. */
export interface TwoClouds {
  readonly first: DistanceTable;
  readonly second: DistanceTable;
  readonly between: DistanceTable;
}

/** Kernel widths of CFGen's MMD. */
export const cfgenWidths: readonly number[] = [0.01, 0.1, 1, 10, 100];

/** exp of less is below 1e-19 and adds nothing to sums of kernels, whose diagonals are 1. */
const SMALLEST_EXPONENT = -44;

function kernelTable(table: DistanceTable, widths: readonly number[]): DistanceTable {
  const factors = widths.map((width) => -1 / (2 * width * width));
  const distances = table.values;
  const values = new Float64Array(distances.length);
  for (let k = 0; k < distances.length; k++) {
    const square = distances[k] * distances[k];
    let sum = 0;
    for (let f = 0; f < factors.length; f++) {
      const exponent = square * factors[f];
      if (exponent > SMALLEST_EXPONENT) sum += Math.exp(exponent);
    }
    values[k] = sum;
  }
  return { ...table, values };
}

const kept = new WeakMap<Float64Array, Map<string, DistanceTable>>();

/** The kernels of the table that every comparison shares. */
function keptKernels(table: DistanceTable, widths: readonly number[]): DistanceTable {
  const own = kept.get(table.values) ?? new Map<string, DistanceTable>();
  kept.set(table.values, own);
  const key = widths.join();
  const known = own.get(key) ?? kernelTable(table, widths);
  own.set(key, known);
  return known;
}

/** The same of a symmetric table: every pair is looked at once. */
function withinKernels(table: DistanceTable, widths: readonly number[]): DistanceTable {
  const n = table.rows;
  const half = new Float64Array((n * (n + 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i; j < n; j++) half[at++] = table.values[i * n + j];
  }
  const kernels = kernelTable({ rows: 1, cols: half.length, values: half }, widths).values;
  const values = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i; j < n; j++) values[i * n + j] = values[j * n + i] = kernels[at++];
  }
  return { ...table, values };
}

/** Gaussian kernels exp(−d²/2·width²), summed over widths, in place of distances. */
export function kernelsOf(clouds: TwoClouds, widths: readonly number[]): TwoClouds {
  return {
    first: keptKernels(clouds.first, widths),
    second: withinKernels(clouds.second, widths),
    between: kernelTable(clouds.between, widths),
  };
}

/** The first rows of both sides, as many as the smaller side has; rows stand in random order. */
export function evenSides(clouds: TwoClouds): TwoClouds {
  if (clouds.first.rows === clouds.second.rows) return clouds;
  const n = Math.min(clouds.first.rows, clouds.second.rows);
  const some = Array.from({ length: n }, (_, i) => i);
  const cut = (table: DistanceTable): DistanceTable => pickTable(table, some, some);
  return { first: cut(clouds.first), second: cut(clouds.second), between: cut(clouds.between) };
}

/** Biased squared MMD from mean kernel values, diagonals included. */
export function biasedMmd(first: number, second: number, between: number): number {
  return first + second - 2 * between;
}

/**
 * Unbiased squared MMD (Gretton 2012, eq. 3) from mean values of one kernel over n and m rows, whose diagonals are 1 and are taken out.
 */
export function unbiasedMmd(
  n: number,
  m: number,
): (first: number, second: number, between: number) => number {
  const within = (mean: number, size: number): number => (mean * size - 1) / (size - 1);
  return (first, second, between) => within(first, n) + within(second, m) - 2 * between;
}

/**
 * CFGen's "MMD": squared, biased (diagonals kept), five Gaussian kernels of widths 0.01 … 100 summed, over the first min(n, m) rows of each.
 *
 * Its narrow kernels see only their own diagonals, so two clouds of m points contribute about 2/m per narrow width whatever they are.
 */
export function mmdFiveWidths(clouds: TwoClouds): number {
  const { first, second, between } = kernelsOf(evenSides(clouds), cfgenWidths);
  return biasedMmd(meanDistance(first), meanDistance(second), meanDistance(between));
}

/** Unbiased squared MMD with one Gaussian kernel; can be slightly negative. NaN below 2 rows. */
export function mmdUnbiased(clouds: TwoClouds, width: number): number {
  const { first, second, between } = kernelsOf(clouds, [width]);
  const value = unbiasedMmd(first.rows, second.rows);
  return value(meanDistance(first), meanDistance(second), meanDistance(between));
}

/** Median distance over all pairs of different rows of one table; 1 when it is 0 or there is no pair. */
export function medianWidth(within: DistanceTable): number {
  const n = within.rows;
  const pairs = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) pairs[at++] = within.values[i * n + j];
  }
  return (pairs.length > 0 && quantile(pairs, 0.5)) || 1;
}

/** Squared energy distance 2·E|X−Y| − E|X−X′| − E|Y−Y′| over all pairs, diagonals included (Székely & Rizzo 2013); never negative. */
export function energyDistance({ first, second, between }: TwoClouds): number {
  const value = 2 * meanDistance(between) - meanDistance(first) - meanDistance(second);
  return Math.max(0, value);
}
