/** @file Logarithms of the genes' shares of all counts: where the decoder's numbers per gene begin. */
import type { CsrSource } from '../../numerics/csr-source.ts';

/** Cells that are read together where only sums are wanted. */
const CELLS_AT_ONCE = 1024;

/** log(share) of every gene over the given cells; a gene without counts is taken to have half of one. */
export function geneShares(counts: CsrSource, cells: Uint32Array): Float32Array {
  const sums = new Float64Array(counts.cols);
  for (let from = 0; from < cells.length; from += CELLS_AT_ONCE) {
    const { indices, values } = counts.readRows(cells.subarray(from, from + CELLS_AT_ONCE));
    values.forEach((value, k) => (sums[indices[k]] += value));
  }
  const total = sums.reduce((a, b) => a + b, 0);
  return Float32Array.from(sums, (sum) => Math.log(Math.max(sum, 0.5) / total));
}
