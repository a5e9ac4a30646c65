/** @file Distances between two clouds by kernels and by mean distances. */
import { quantile } from '../numerics/statistics.ts';
import { meanDistance, type DistanceTable } from './distance-table.ts';

/** Distances inside and between two clouds; `within` tables have zeros on their diagonals. */
export interface TwoClouds {
  readonly first: DistanceTable;
  readonly second: DistanceTable;
  readonly between: DistanceTable;
}

/** Kernel widths of CFGen's MMD. */
const CFGEN_WIDTHS = [0.01, 0.1, 1, 10, 100];

function kernelSum(table: DistanceTable, rows: number, cols: number, widths: readonly number[]) {
  const factors = widths.map((width) => -1 / (2 * width * width));
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const d = table.values[i * table.cols + j];
      const square = d * d;
      for (const factor of factors) {
        const exponent = square * factor;
        // exp of less than −745 is exactly 0.
        if (exponent > -745) sum += Math.exp(exponent);
      }
    }
  }
  return sum;
}

/**
 * CFGen's "MMD": squared, biased (diagonals kept), five Gaussian kernels of widths 0.01 … 100 summed, over the first min(n, m) rows of each.
 *
 * Its narrow kernels see only their own diagonals, so two clouds of m points contribute about 2/m per narrow width whatever they are.
 */
export function mmdFiveWidths({ first, second, between }: TwoClouds): number {
  const m = Math.min(first.rows, second.rows);
  const mean = (table: DistanceTable): number => kernelSum(table, m, m, CFGEN_WIDTHS) / (m * m);
  return mean(first) + mean(second) - 2 * mean(between);
}

/** Unbiased squared MMD with one Gaussian kernel exp(−d²/2·width²) (Gretton 2012, eq. 3); can be slightly negative. NaN below 2 rows. */
export function mmdUnbiased({ first, second, between }: TwoClouds, width: number): number {
  const n = first.rows;
  const m = second.rows;
  const within = (table: DistanceTable, size: number): number =>
    (kernelSum(table, size, size, [width]) - size) / (size * (size - 1));
  return within(first, n) + within(second, m) - (2 * kernelSum(between, n, m, [width])) / (n * m);
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
