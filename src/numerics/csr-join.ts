/** @file Sparse matrices put side by side, their rows matched. */
import type { CsrMatrix } from './csr.ts';

/**
 * The columns of all matrices side by side, [rows, sum of cols]; canonical when they are.
 *
 * @param places row of the result for each row of each matrix, no two alike within one
 */
export function joinColumns(
  matrices: readonly CsrMatrix[],
  places: readonly Int32Array[],
  rows: number,
): CsrMatrix {
  const indptr = new Uint32Array(rows + 1);
  for (const [m, { indptr: own }] of matrices.entries()) {
    for (const [r, row] of places[m].entries()) indptr[row + 1] += own[r + 1] - own[r];
  }
  for (let r = 0; r < rows; r++) indptr[r + 1] += indptr[r];
  const indices = new Uint32Array(indptr[rows]);
  const values = new Float32Array(indptr[rows]);
  const next = indptr.slice(0, rows);
  let shift = 0;
  for (const [m, matrix] of matrices.entries()) {
    for (const [r, row] of places[m].entries()) {
      for (let k = matrix.indptr[r]; k < matrix.indptr[r + 1]; k++) {
        indices[next[row]] = matrix.indices[k] + shift;
        values[next[row]++] = matrix.values[k];
      }
    }
    shift += matrix.cols;
  }
  return { rows, cols: shift, indptr, indices, values };
}
