/**
 * @file The simple correction that CFGen's is compared with: batches are shifted and scaled onto each other in each dimension, kinds of
 * cells as covariates. It is ComBat without its empirical-Bayes shrinkage, on principal components.
 */
import type { Points } from './silhouette.ts';

const ROUNDS = 200;
const SETTLED = 1e-9;

/**
 * Fits value = kind effect + batch effect + rest by alternating means, takes the batch effects away and gives every batch's rest the
 * pooled spread.
 *
 * @param kinds code of each cell; all 0 for a plain shift and scale of batches
 * @returns corrected values, [rows, dims]
 */
export function correctLinearly(
  { values, rows, dims }: Points,
  kinds: ArrayLike<number>,
  batches: ArrayLike<number>,
): Float32Array {
  const out = new Float32Array(rows * dims);
  const column = new Float64Array(rows);
  for (let d = 0; d < dims; d++) {
    for (let i = 0; i < rows; i++) column[i] = values[i * dims + d];
    const { kind, batch } = fitAdditive(column, kinds, batches);
    const rest = column.map((value, i) => value - kind[kinds[i]] - batch[batches[i]]);
    const spread = spreads(rest, batches);
    const pooled = Math.sqrt(rest.reduce((sum, r) => sum + r * r, 0) / rows);
    for (let i = 0; i < rows; i++) {
      const own = spread[batches[i]];
      out[i * dims + d] = kind[kinds[i]] + (own > 0 ? (rest[i] * pooled) / own : 0);
    }
  }
  return out;
}

/** Effects of both factors; those of the batches have a cell-weighted mean of 0. */
function fitAdditive(
  column: Float64Array,
  kinds: ArrayLike<number>,
  batches: ArrayLike<number>,
): { kind: Float64Array; batch: Float64Array } {
  let batch = meansOf(
    column.map(() => 0),
    batches,
  );
  let kind = meansOf(column, kinds);
  for (let round = 0; round < ROUNDS; round++) {
    const now = meansOf(
      column.map((value, i) => value - kind[kinds[i]]),
      batches,
    );
    kind = meansOf(
      column.map((value, i) => value - now[batches[i]]),
      kinds,
    );
    const moved = now.reduce((most, value, b) => Math.max(most, Math.abs(value - batch[b])), 0);
    batch = now;
    if (moved < SETTLED) break;
  }
  const shift =
    column.reduce((sum, _, i) => sum + batch[batches[i]], 0) / Math.max(1, column.length);
  return { kind: kind.map((value) => value + shift), batch: batch.map((value) => value - shift) };
}

function meansOf(column: Float64Array, codes: ArrayLike<number>): Float64Array {
  const groups = Math.max(-1, ...new Set(Array.from(codes))) + 1;
  const sums = new Float64Array(groups);
  const sizes = new Float64Array(groups);
  column.forEach((value, i) => {
    sums[codes[i]] += value;
    sizes[codes[i]]++;
  });
  return sums.map((sum, g) => (sizes[g] > 0 ? sum / sizes[g] : 0));
}

function spreads(rest: Float64Array, codes: ArrayLike<number>): Float64Array {
  return meansOf(
    rest.map((r) => r * r),
    codes,
  ).map(Math.sqrt);
}
