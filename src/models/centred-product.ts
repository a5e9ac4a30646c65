/** @file The product that principal components of sparse cells are found by. */
import type { CsrMatrix } from '../numerics/csr.ts';

/** A sparse matrix by rows, in single or double precision. */
export type SparseRows = Omit<CsrMatrix, 'values'> & {
  readonly values: Float32Array | Float64Array;
};

/** (X − mean)ᵀ (X − mean) v / rows of X [rows, genes], mean [genes] and v [genes, width], row-major: [genes, width]. Cells are never dense. */
export function covarianceTimes(
  { rows, cols, indptr, indices, values }: SparseRows,
  mean: Float64Array,
  v: Float64Array,
  width: number,
): Float64Array<ArrayBuffer> {
  const shift = new Float64Array(width);
  for (let g = 0; g < cols; g++) {
    for (let j = 0; j < width; j++) shift[j] += mean[g] * v[g * width + j];
  }
  const out = new Float64Array(cols * width);
  const total = new Float64Array(width);
  const row = new Float64Array(width);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) row[j] = -shift[j];
    for (let k = indptr[r]; k < indptr[r + 1]; k++) {
      const from = indices[k] * width;
      for (let j = 0; j < width; j++) row[j] += values[k] * v[from + j];
    }
    for (let j = 0; j < width; j++) total[j] += row[j];
    for (let k = indptr[r]; k < indptr[r + 1]; k++) {
      const to = indices[k] * width;
      for (let j = 0; j < width; j++) out[to + j] += (values[k] * row[j]) / rows;
    }
  }
  for (let g = 0; g < cols; g++) {
    for (let j = 0; j < width; j++) out[g * width + j] -= (mean[g] * total[j]) / rows;
  }
  return out;
}
