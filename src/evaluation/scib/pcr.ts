/** @file Principal-component regression: how much of an embedding's variance the batch explains, and how much of that a correction took away. */
import type { Points } from './silhouette.ts';

/**
 * Share of the total variance that the batch means explain. It equals the variance-weighted mean of the principal components' R² on
 * batch dummies, because a rotation changes neither sum.
 */
export function batchVariance({ values, rows, dims }: Points, batches: ArrayLike<number>): number {
  const groups = Math.max(...new Set(Array.from(batches))) + 1;
  const mean = new Float64Array(dims);
  const sums = new Float64Array(groups * dims);
  const sizes = new Float64Array(groups);
  for (let i = 0; i < rows; i++) {
    sizes[batches[i]]++;
    for (let d = 0; d < dims; d++) {
      mean[d] += values[i * dims + d] / rows;
      sums[batches[i] * dims + d] += values[i * dims + d];
    }
  }
  let [total, explained] = [0, 0];
  for (let i = 0; i < rows; i++) {
    for (let d = 0; d < dims; d++) total += (values[i * dims + d] - mean[d]) ** 2;
  }
  for (let b = 0; b < groups; b++) {
    for (let d = 0; d < dims && sizes[b] > 0; d++) {
      explained += sizes[b] * (sums[b * dims + d] / sizes[b] - mean[d]) ** 2;
    }
  }
  return total > 0 ? explained / total : 0;
}

/** (share before − share after) / share before, at least 0; 0 where the batch explained nothing before. */
export function pcrComparison(before: Points, after: Points, batches: ArrayLike<number>): number {
  const was = batchVariance(before, batches);
  return was > 0 ? Math.max(0, (was - batchVariance(after, batches)) / was) : 0;
}
