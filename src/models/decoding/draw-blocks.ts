/** @file Draws one cell's counts from what the decoder expects, block of features by block. */
import { drawSparseCounts, randomAt, uniformAt } from '../../numerics/random.ts';
import type { Block } from './blocks.ts';

/** Stream of the draws of counts. */
export const COUNT_STREAM = 6;
/** Stream of the single count that an empty cell gets. */
export const RESCUE_STREAM = 7;
/** First of the streams that blocks without shares have, two each. */
const BLOCK_STREAM = 40;

/** What a cell's counts are drawn from. */
export interface DrawnCell {
  /** Shares of genes, chances to be there, or expected counts, [features]. */
  readonly expected: Float32Array;
  /** Total counts of the block that has shares. */
  readonly library: number;
  readonly seed: number;
  /** Number of the cell among all that the seed makes. */
  readonly cell: number;
}

/** Where entries go. */
export interface RowBuffers {
  readonly rowIndices: Uint32Array;
  readonly rowValues: Float32Array;
}

/**
 * Draws a cell: negative binomial counts of shares × library, features that are there or not, or Poisson counts. A block without any
 * count gets one, at a feature chosen by what was expected.
 *
 * @param theta inverse dispersions of the negative binomial block
 * @returns entries written, columns ascending
 */
export function drawCell(
  blocks: readonly Block[],
  { expected, library, seed, cell }: DrawnCell,
  theta: Float32Array,
  out: RowBuffers,
): number {
  let written = 0;
  blocks.forEach((block, k) => {
    const own = expected.subarray(block.from, block.from + block.features);
    const indices = out.rowIndices.subarray(written);
    const values = out.rowValues.subarray(written);
    let entries: number;
    if (block.likelihood === 'negative-binomial') {
      const means = own.map((share) => share * library);
      entries = drawSparseCounts(means, theta, randomAt(seed, COUNT_STREAM, cell), indices, values);
    } else {
      const random = randomAt(seed, BLOCK_STREAM + 2 * k, cell);
      const present = block.likelihood === 'bernoulli';
      entries = 0;
      for (let f = 0; f < own.length; f++) {
        const value = present ? Number(random.uniform() < own[f]) : random.poisson(own[f]);
        if (value === 0) continue;
        indices[entries] = f;
        values[entries++] = value;
      }
    }
    if (entries === 0) {
      const stream = k === 0 ? RESCUE_STREAM : BLOCK_STREAM + 2 * k + 1;
      indices[0] = chooseByWeight(own, uniformAt(seed, stream, cell));
      values[0] = 1;
      entries = 1;
    }
    for (let e = 0; e < entries; e++) indices[e] += block.from;
    written += entries;
  });
  return written;
}

/** The entry that a uniform number chooses when each has a chance like its weight. */
export function chooseByWeight(weights: Float32Array, uniform: number): number {
  const total = weights.reduce((a, b) => a + b, 0);
  let rest = uniform * total;
  return Math.max(
    0,
    weights.findIndex((weight) => (rest -= weight) < 0),
  );
}
