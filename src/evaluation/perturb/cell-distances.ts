/** @file Distances between predicted and real cells as clouds of points. */
import { Pacer } from '../../maps/pacer.ts';
import { measureDistances, type Cloud, type DistanceTable } from '../distance-table.ts';

/** Squared widths of the kernels, as multiples of the median squared distance within the target. */
const SCALES: readonly number[] = [0.5, 1, 2, 4];

/** Energy distance and squared maximum mean discrepancy of two clouds. */
export interface CloudGap {
  readonly energy: number;
  readonly mmd: number;
}

/** The lower of the two middle values of squared distances between different rows of the target, at least 1e-12. */
export function lowerMedianSquare(within: DistanceTable): number {
  const n = within.rows;
  const squares = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) squares[at++] = within.values[i * n + j] ** 2;
  }
  squares.sort();
  // Every pair stands twice off the diagonal: the lower middle of the doubled list is this one.
  return Math.max(1e-12, squares[Math.floor((squares.length - 1) / 2)] ?? 1);
}

/** Mean of f over all entries, or over those off the diagonal. */
function meanOf(table: DistanceTable, diagonal: boolean, f: (distance: number) => number): number {
  const { rows, cols, values } = table;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) if (diagonal || i !== j) sum += f(values[i * cols + j]);
  }
  return sum / (diagonal ? rows * cols : rows * (cols - 1));
}

/**
 * Squared MMD of scDFM: Gaussian kernels of four widths, by the lower median of the target's squared distances, averaged; unbiased, so it
 * can be below 0. NaN for fewer than two rows on a side.
 */
export function mmdFourWidths(
  predicted: DistanceTable,
  target: DistanceTable,
  between: DistanceTable,
): number {
  const middle = lowerMedianSquare(target);
  const kernel = (distance: number): number => {
    const half = (distance * distance) / (2 * middle);
    let sum = 0;
    for (const scale of SCALES) sum += Math.exp(-half / scale);
    return sum / SCALES.length;
  };
  return (
    meanOf(predicted, false, kernel) +
    meanOf(target, false, kernel) -
    2 * meanOf(between, true, kernel)
  );
}

/**
 * Energy distance 2·E|X−Y| − E|X−X′| − E|Y−Y′|. `unbiased` leaves a cell's distance to itself out, so that the number of cells does not
 * matter and the value can be below 0; otherwise diagonals are counted, as cell-eval does.
 */
export function energyGap(
  predicted: DistanceTable,
  target: DistanceTable,
  between: DistanceTable,
  unbiased: boolean,
): number {
  const same = (distance: number): number => distance;
  return (
    2 * meanOf(between, true, same) -
    meanOf(predicted, !unbiased, same) -
    meanOf(target, !unbiased, same)
  );
}

/** Both distances, unbiased. @param within the target's own table, when it is known. Error: cancelled. */
export async function cloudGap(
  predicted: Cloud,
  target: Cloud,
  within: DistanceTable,
  pacer = new Pacer(),
): Promise<CloudGap> {
  const own = await measureDistances(predicted, predicted, pacer);
  const between = await measureDistances(predicted, target, pacer);
  return {
    energy: energyGap(own, within, between, true),
    mmd: mmdFourWidths(own, within, between),
  };
}
