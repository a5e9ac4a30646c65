/** @file A few rounds of k-means on a sample: the centres of the inverted lists that speed up nearest-neighbour searches. */
import { createNearest } from './list-search.ts';
import type { Pacer } from './pacer.ts';

const ROUNDS = 4;
const SAMPLE_PER_CENTRE = 32;

/** Which centre each point belongs to, and how far it is from it. */
export interface Assignment {
  /** [rows] */
  readonly owner: Int32Array;
  /** [rows] Euclidean */
  readonly distances: Float32Array;
}

/** The nearest of `count` centres [count, dims] for each point [rows, dims]. Error: cancelled. */
export async function assignToCentres(
  points: Float32Array,
  rows: number,
  dims: number,
  centres: Float32Array,
  count: number,
  pacer: Pacer,
): Promise<Assignment> {
  const owner = new Int32Array(rows);
  const distances = new Float32Array(rows);
  const nearest = createNearest(centres, count, dims);
  for (let i = 0; i < rows; i++) {
    if (i % 32 === 0 && pacer.due()) await pacer.rest();
    if (nearest) {
      const found = nearest(points, i * dims);
      owner[i] = found.owner;
      distances[i] = Math.sqrt(found.square);
      continue;
    }
    let best = Infinity;
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let d = 0; d < dims && sum < best; d++) {
        const gap = points[i * dims + d] - centres[c * dims + d];
        sum += gap * gap;
      }
      if (sum < best) {
        best = sum;
        owner[i] = c;
      }
    }
    distances[i] = Math.sqrt(best);
  }
  return { owner, distances };
}

/** Moves each centre to the mean of its points; a centre without points stays. */
function moveCentres(
  points: Float32Array,
  owner: Int32Array,
  dims: number,
  centres: Float32Array,
): void {
  const count = centres.length / Math.max(1, dims);
  const sums = new Float64Array(centres.length);
  const sizes = new Int32Array(count);
  owner.forEach((c, i) => {
    sizes[c]++;
    for (let d = 0; d < dims; d++) sums[c * dims + d] += points[i * dims + d];
  });
  for (let c = 0; c < count; c++) {
    if (sizes[c] === 0) continue;
    for (let d = 0; d < dims; d++) centres[c * dims + d] = sums[c * dims + d] / sizes[c];
  }
}

/** Rows spread evenly over the points, [count, dims]. */
function evenRows(points: Float32Array, rows: number, dims: number, count: number): Float32Array {
  const picked = new Float32Array(count * dims);
  for (let c = 0; c < count; c++) {
    const from = Math.floor(((c + 0.5) * rows) / count) * dims;
    picked.set(points.subarray(from, from + dims), c * dims);
  }
  return picked;
}

/**
 * `count` centres [count, dims] of points [rows, dims]: 4 rounds of Lloyd's k-means on at most 32 points a centre, from evenly spread rows;
 * no random numbers, so the same points give the same centres. Error: cancelled.
 */
export async function findCentres(
  points: Float32Array,
  rows: number,
  dims: number,
  count: number,
  pacer: Pacer,
): Promise<Float32Array> {
  const sampled = Math.min(rows, count * SAMPLE_PER_CENTRE);
  const sample = sampled === rows ? points : evenRows(points, rows, dims, sampled);
  const centres = evenRows(sample, sampled, dims, Math.min(count, Math.max(1, sampled)));
  for (let round = 0; round < ROUNDS; round++) {
    const { owner } = await assignToCentres(sample, sampled, dims, centres, count, pacer);
    moveCentres(sample, owner, dims, centres);
  }
  return centres;
}
