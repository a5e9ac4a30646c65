/** @file Where gene vectors begin: genes that vary together in the training cells begin alike. */
import { qr } from '../../numerics/linear-algebra.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { Random } from '../../numerics/random.ts';
import { covarianceTimes, type SparseRows } from '../centred-product.ts';

/** Cells that are looked at, at most. */
const MOST_CELLS = 2_000;

/** Rounds of subspace iteration; the space need not be exact. */
const ROUNDS = 3;

/** Share of a gene vector that is drawn from N(0, 1) beside the loadings, which have a mean square of 1. */
const RANDOM_SHARE = 0.5;

/**
 * Gene vectors [genes, width]: loadings of the leading components of log1p counts per 10,000 (each weighed by the square root of its
 * standard deviation) and noise.
 */
export function geneLoadings(
  counts: CsrSource,
  cells: Uint32Array,
  width: number,
  random: Random,
): Float32Array {
  const genes = counts.cols;
  const noise = Float32Array.from({ length: genes * width }, () => random.normal());
  const order = random.permutation(cells.length).subarray(0, MOST_CELLS);
  const rank = Math.min(width, genes, order.length - 1);
  if (rank < 1) return noise;
  const { logs, means } = logNormalised(counts.readRows(order.map((i) => cells[i])));
  let basis = Float64Array.from({ length: genes * rank }, () => random.normal());
  let spread = new Float64Array(rank);
  for (let round = 0; round < ROUNDS; round++) {
    basis = orthonormal(basis, genes, rank);
    const next = covarianceTimes(logs, means, basis, rank);
    spread = columnNorms(next, rank).map(Math.sqrt);
    basis = next;
  }
  basis = orthonormal(basis, genes, rank);
  const weights = spread.map(Math.sqrt);
  const squares = weights.reduce((sum, w) => sum + w * w, 0);
  const scale = Math.sqrt((genes * width) / Math.max(squares, 1e-12));
  return noise.map((value, i) => {
    const [g, j] = [Math.floor(i / width), i % width];
    return RANDOM_SHARE * value + (j < rank ? scale * weights[j] * basis[g * rank + j] : 0);
  });
}

function orthonormal(a: Float64Array, rows: number, columns: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(qr(a, rows, columns).q);
}

function columnNorms(a: Float64Array, columns: number): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(columns);
  a.forEach((v, i) => (sums[i % columns] += v * v));
  return sums.map(Math.sqrt);
}

/** log1p of counts per 10,000, and their mean by gene. */
function logNormalised({ rows, cols, indptr, indices, values }: CsrMatrix): {
  readonly logs: SparseRows;
  readonly means: Float64Array;
} {
  const logs = new Float64Array(values.length);
  const means = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let k = indptr[r]; k < indptr[r + 1]; k++) sum += values[k];
    for (let k = indptr[r]; k < indptr[r + 1]; k++) {
      logs[k] = Math.log1p((1e4 * values[k]) / sum);
      means[indices[k]] += logs[k] / rows;
    }
  }
  return { logs: { rows, cols, indptr, indices, values: logs }, means };
}
