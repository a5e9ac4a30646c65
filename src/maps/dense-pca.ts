/** @file Principal components of small dense rows, such as latents: a rotation that keeps every distance. */
import { Pacer } from './pacer.ts';
import type { Pca } from './pca.ts';
import { addScaled, gramMatrix } from './subspace.ts';
import { symmetricEigen } from '../numerics/linear-algebra.ts';

/**
 * PCA of dense rows [rows, dims] by their covariance; all `dims` components are kept, so scores are a rotation and keep every distance.
 * Constant columns and a single row are fine. Error: cancelled.
 */
export async function fitDensePca(
  values: Float32Array,
  rows: number,
  dims: number,
  pacer = new Pacer(),
): Promise<Pca> {
  const mean = new Float64Array(dims);
  values.forEach((value, i) => (mean[i % dims] += value / rows));
  const centred = Float64Array.from(values, (value, i) => value - mean[i % dims]);
  const { values: variances, vectors } = symmetricEigen(
    await gramMatrix(centred, rows, dims, pacer),
    dims,
  );
  const total = variances.reduce((sum, v) => sum + Math.max(0, v), 0);
  return {
    columns: Uint32Array.from({ length: dims }, (_, c) => c),
    mean,
    components: dims,
    loadings: vectors,
    varianceRatio: [...variances].map((v) => (total > 0 ? Math.max(0, v) / total : 0)),
    inputColumns: dims,
  };
}

/** Scores [rows, keep] of dense rows on the first `keep` components. */
export function scoreDense(pca: Pca, values: Float32Array, keep: number): Float32Array {
  const dims = pca.inputColumns;
  const rows = dims > 0 ? values.length / dims : 0;
  const scores = new Float32Array(rows * keep);
  const sums = new Float64Array(keep);
  for (let r = 0; r < rows; r++) {
    sums.fill(0);
    for (let d = 0; d < dims; d++) {
      const value = values[r * dims + d] - pca.mean[d];
      addScaled(sums, 0, pca.loadings, d * pca.components, value, keep);
    }
    scores.set(sums, r * keep);
  }
  return scores;
}
