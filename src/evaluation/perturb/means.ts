/** @file Mean profiles of groups of cells. */
import type { CsrMatrix } from '../../numerics/csr.ts';

/** Mean of every column over some rows, [cols]; NaN for no rows. */
export function meanRows(
  { cols, indptr, indices, values }: CsrMatrix,
  rows: ArrayLike<number>,
): Float64Array {
  const sums = new Float64Array(cols);
  for (let at = 0; at < rows.length; at++) {
    for (let e = indptr[rows[at]]; e < indptr[rows[at] + 1]; e++) sums[indices[e]] += values[e];
  }
  return sums.map((sum) => sum / rows.length);
}
