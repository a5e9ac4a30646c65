/** @file LISI: how many labels or batches, in effect, there are around each cell (Korsunsky et al. 2019). */
import type { Neighbours } from '../../maps/knn.ts';
import { median } from '../../numerics/statistics.ts';

const PERPLEXITY = 30;
const TOLERANCE = 1e-5;
const TRIES = 50;

/**
 * Inverse Simpson index of the codes around each cell. Neighbours count by exp(−β·distance), β such that the entropy is log 30.
 *
 * @param neighbours lists in which each cell comes first itself; it does not count
 * @param codes label or batch of each cell, 0 … groups − 1
 */
export function inverseSimpson(
  { rows, k, indices, distances }: Neighbours,
  codes: ArrayLike<number>,
  groups: number,
): Float64Array {
  const shares = new Float64Array(groups);
  const weights = new Float64Array(k - 1);
  return Float64Array.from({ length: rows }, (_, i) => {
    const from = i * k + 1;
    weigh(distances.subarray(from, from + k - 1), weights);
    shares.fill(0);
    weights.forEach((w, j) => (shares[codes[indices[from + j]]] += w));
    return 1 / shares.reduce((sum, share) => sum + share * share, 0);
  });
}

/** Weights with sum 1 and entropy log 30, by bisection of β from 1. */
function weigh(distances: Float64Array, out: Float64Array): void {
  let beta = 1;
  let low = -Infinity;
  let high = Infinity;
  for (let attempt = 0; attempt <= TRIES; attempt++) {
    const excess = entropyAt(beta, distances, out) - Math.log(PERPLEXITY);
    if (Math.abs(excess) < TOLERANCE) return;
    if (excess > 0) {
      low = beta;
      beta = high === Infinity ? beta * 2 : (beta + high) / 2;
    } else {
      high = beta;
      beta = low === -Infinity ? beta / 2 : (beta + low) / 2;
    }
  }
}

/** Entropy of the weights exp(−β·d) / Σ, which are written into `out`. The nearest distance is taken off first, which changes nothing else. */
function entropyAt(beta: number, distances: Float64Array, out: Float64Array): number {
  const nearest = distances[0];
  let sum = 0;
  let mean = 0;
  distances.forEach((d, j) => {
    out[j] = Math.exp(-beta * (d - nearest));
    sum += out[j];
    mean += (d - nearest) * out[j];
  });
  for (let j = 0; j < out.length; j++) out[j] /= sum;
  return Math.log(sum) + (beta * mean) / sum;
}

/** cLISI: 1 where every neighbourhood holds one label, 0 where it holds all evenly. */
export function labelLisi(lisi: Float64Array, groups: number): number {
  return groups < 2 ? 1 : (groups - median(lisi)) / (groups - 1);
}

/** iLISI: 1 where every neighbourhood holds all batches evenly, 0 where it holds one. */
export function batchLisi(lisi: Float64Array, groups: number): number {
  return groups < 2 ? 1 : (median(lisi) - 1) / (groups - 1);
}
