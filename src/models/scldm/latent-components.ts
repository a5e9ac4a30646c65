/**
 * @file Principal components of the set autoencoder's latents, in which the flow works.
 *
 * The encoder's tokens repeat each other: of 256 numbers, some thirty carry nearly all variance that the noise of training leaves to
 * the decoder. A flow in these alone sees fewer tokens, and none of its error goes into directions that the decoder cannot see.
 */
import type { NamedArray } from '../../engine/named-array.ts';
import { matmul, qr, symmetricEigen, transpose } from '../../numerics/linear-algebra.ts';
import type { Random } from '../../numerics/random.ts';

/** Cells that components are found from, at most. */
const MOST_CELLS = 4_000;

/** Rounds of subspace iteration. */
const ROUNDS = 24;

/** A component whose spread is so many times the noise has the root of it in the flow. */
const SPREAD_POWER = 0.5;

const MEAN = 'components.mean';
const VECTORS = 'components.vectors';
const SCALES = 'components.scales';

/** A mean [dims], orthonormal directions [count, dims], those of most variance first, and what one unit of the flow is along each [count]. */
export interface LatentComponents {
  readonly mean: Float32Array;
  readonly vectors: Float32Array;
  readonly scales: Float32Array;
}

/** What components are found by. */
export interface ComponentOptions {
  /** How many, at most as many as there are dimensions. */
  readonly count: number;
  /** Standard deviation of the noise that the decoder was trained with: what is smaller, it does not see. */
  readonly noise: number;
  readonly random: Random;
}

/**
 * The leading components of the latents [all cells, dims] of the given cells.
 *
 * In the flow a component of spread s has the spread √(s / noise), or s / noise where that is less than 1: those that separate cells
 * most weigh most and are resolved best, and those below the noise fade.
 */
export function findComponents(
  latents: Float32Array,
  dims: number,
  cells: Uint32Array,
  { count, noise, random }: ComponentOptions,
): LatentComponents {
  const some = random.permutation(cells.length).subarray(0, MOST_CELLS);
  const mean = new Float64Array(dims);
  for (const i of some) {
    for (let d = 0; d < dims; d++) mean[d] += latents[cells[i] * dims + d] / some.length;
  }
  const covariance = new Float64Array(dims * dims);
  const row = new Float64Array(dims);
  for (const i of some) {
    for (let d = 0; d < dims; d++) row[d] = latents[cells[i] * dims + d] - mean[d];
    for (let d = 0; d < dims; d++) {
      const value = row[d] / some.length;
      for (let e = 0; e < dims; e++) covariance[d * dims + e] += value * row[e];
    }
  }
  const { vectors, variances } = leading(covariance, dims, count, random);
  const scales = Float32Array.from(variances, (variance) => {
    const times = Math.sqrt(Math.max(0, variance)) / noise;
    return noise * Math.max(1, times) ** (1 - SPREAD_POWER);
  });
  return { mean: Float32Array.from(mean), vectors, scales };
}

/**
 * The same directions for latents of the same encoder after more training: mean and scales follow, so that the flow finds each component where
 * it was, with the spread that it had.
 */
export function refitComponents(
  latents: Float32Array,
  earlier: LatentComponents,
  cells: Uint32Array,
  noise: number,
): LatentComponents {
  const dims = earlier.mean.length;
  const mean = new Float64Array(dims);
  for (const cell of cells) {
    for (let d = 0; d < dims; d++) mean[d] += latents[cell * dims + d] / cells.length;
  }
  const moved = { ...earlier, mean: Float32Array.from(mean) };
  const scores = toComponents(latents, moved);
  const count = earlier.scales.length;
  const scales = earlier.scales.map((scale, k) => {
    if (scale <= noise) return scale;
    let squares = 0;
    for (const cell of cells) squares += (scores[cell * count + k] * scale) ** 2 / cells.length;
    // Its spread was scale² / noise, and scale / noise in the flow.
    return (Math.sqrt(squares) * noise) / scale;
  });
  return { ...moved, scales };
}

/** Eigenvectors of the largest eigenvalues, [count, dims], and these: a space that is turned to them, and its axes within it. */
function leading(
  covariance: Float64Array,
  dims: number,
  count: number,
  random: Random,
): { readonly vectors: Float32Array; readonly variances: Float64Array } {
  let basis = qr(
    Float64Array.from({ length: dims * count }, () => random.normal()),
    dims,
    count,
  ).q;
  const turned = (): Float64Array => matmul(covariance, basis, dims, dims, count);
  for (let round = 0; round < ROUNDS; round++) {
    const next = turned();
    // Cells that are fewer than the components leave directions without variance; those stay as they are.
    for (let i = 0; i < next.length; i++) next[i] += 1e-12 * basis[i];
    basis = qr(next, dims, count).q;
  }
  const within = matmul(basis, turned(), count, dims, count, { a: true });
  const { vectors, values } = symmetricEigen(within, count);
  const axes = transpose(matmul(basis, vectors, dims, count, count), dims, count);
  return { vectors: Float32Array.from(axes), variances: values };
}

/** Scores [cells, count] of latents [cells, dims]. */
export function toComponents(
  latents: Float32Array,
  { mean, vectors, scales }: LatentComponents,
): Float32Array {
  const dims = mean.length;
  const count = vectors.length / dims;
  const scores = new Float32Array((latents.length / dims) * count);
  const row = new Float64Array(dims);
  for (let at = 0; at < scores.length; at += count) {
    const from = (at / count) * dims;
    for (let d = 0; d < dims; d++) row[d] = latents[from + d] - mean[d];
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let d = 0; d < dims; d++) sum += row[d] * vectors[k * dims + d];
      scores[at + k] = sum / scales[k];
    }
  }
  return scores;
}

/** Latents [cells, dims] of scores [cells, count]: the mean, where no component says otherwise. */
export function fromComponents(
  scores: Float32Array,
  { mean, vectors, scales }: LatentComponents,
): Float32Array {
  const dims = mean.length;
  const count = vectors.length / dims;
  const latents = new Float32Array((scores.length / count) * dims);
  const row = new Float64Array(dims);
  for (let at = 0; at < latents.length; at += dims) {
    row.set(mean);
    const from = (at / dims) * count;
    for (let k = 0; k < count; k++) {
      const score = scores[from + k] * scales[k];
      for (let d = 0; d < dims; d++) row[d] += score * vectors[k * dims + d];
    }
    latents.set(row, at);
  }
  return latents;
}

/** Components as arrays that are stored beside the autoencoder's. */
export function componentArrays({ mean, vectors, scales }: LatentComponents): NamedArray[] {
  const dims = mean.length;
  return [
    { name: MEAN, shape: [dims], values: mean },
    { name: VECTORS, shape: [scales.length, dims], values: vectors },
    { name: SCALES, shape: [scales.length], values: scales },
  ];
}

/** The components among an autoencoder's arrays, or null where the flow works in the latents as they are. */
export function storedComponents(arrays: readonly NamedArray[]): LatentComponents | null {
  const stored = [MEAN, VECTORS, SCALES].map((name) => arrays.find((a) => a.name === name)?.values);
  const [mean, vectors, scales] = stored;
  if (mean === undefined || vectors === undefined || scales === undefined) return null;
  return { mean, vectors, scales };
}
