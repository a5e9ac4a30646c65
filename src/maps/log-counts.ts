/** @file Log-normalised counts as a sparse matrix: CP10k, column moments, a choice of columns. */
import { rowSums, type CsrMatrix } from '../numerics/csr.ts';
import { Pacer } from './pacer.ts';

const TARGET_SUM = 1e4;
const ROWS_PER_LOOK = 16;

/** log1p of counts per 10,000 of each cell, same entries as the counts; a cell without counts stays 0. Error: cancelled. */
export async function logNormalise(counts: CsrMatrix, pacer = new Pacer()): Promise<CsrMatrix> {
  const values = new Float32Array(counts.values.length);
  const totals = rowSums(counts);
  for (let r = 0; r < counts.rows; r++) {
    if (r % ROWS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    const scale = totals[r] > 0 ? TARGET_SUM / totals[r] : 0;
    for (let e = counts.indptr[r]; e < counts.indptr[r + 1]; e++) {
      values[e] = Math.log1p(counts.values[e] * scale);
    }
  }
  return { ...counts, values };
}

/** Mean and variance (n) of the columns of a matrix, [cols] each. */
export interface ColumnMoments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Mean and variance (n) of every column of a sparse matrix, zeros included. Error: cancelled. */
export async function columnMoments(
  matrix: CsrMatrix,
  pacer = new Pacer(),
): Promise<ColumnMoments> {
  const { rows, cols, indptr, indices, values } = matrix;
  const mean = new Float64Array(cols);
  const variance = new Float64Array(cols);
  const stored = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    if (r % ROWS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    for (let e = indptr[r]; e < indptr[r + 1]; e++) mean[indices[e]] += values[e] / rows;
  }
  for (let r = 0; r < rows; r++) {
    if (r % ROWS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    for (let e = indptr[r]; e < indptr[r + 1]; e++) {
      const gap = values[e] - mean[indices[e]];
      variance[indices[e]] += (gap * gap) / rows;
      stored[indices[e]]++;
    }
  }
  for (let c = 0; c < cols; c++) variance[c] += ((rows - stored[c]) / rows) * mean[c] ** 2;
  return { mean, variance };
}

/** The `count` columns of largest variance, ascending; all of them when there are no more. */
export function pickColumns(variance: Float64Array, count: number): Uint32Array {
  const all = Uint32Array.from(variance, (_, c) => c);
  if (all.length <= count) return all;
  return all
    .sort((x, y) => variance[y] - variance[x] || x - y)
    .slice(0, count)
    .sort();
}
