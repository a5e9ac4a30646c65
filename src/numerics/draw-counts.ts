/** @file Negative binomial counts for whole cells at once: most genes of most cells are 0, and those cost one comparison. */

import { philoxWords } from './philox.ts';
import type { Random } from './random.ts';
import type { DrawSource } from './samplers.ts';
import { sampleNegativeBinomial } from './samplers.ts';

/** Above this mean a draw goes through gamma and Poisson; below, one uniform is inverted. */
const INVERSION_MEAN = 10;

const FIRST_WORDS = 0x10;
const MORE_WORDS = 0x11;
const INVERSE_2_32 = 2 ** -32;

/**
 * Draws NB(mean, theta) counts for one or several cells into a dense array.
 *
 * Takes two words from `random`; after that the count at position i depends only on those, i, its mean and its theta, and for
 * means up to 10 it never falls when the mean rises. So a slider that moves the means a little changes few counts.
 *
 * @param means expected counts, finite and ≥ 0, [cells · genes]
 * @param theta inverse dispersions, ≥ 0, [genes]; Infinity is Poisson
 * @param out receives the counts, [cells · genes]
 * @returns how many counts are not 0
 * @throws RangeError if lengths do not fit or a mean or theta is not a number in range
 */
export function drawCounts(
  means: Float32Array,
  theta: Float32Array,
  random: Random,
  out: Float32Array,
): number {
  if (out.length < means.length)
    throw new RangeError(`${means.length} counts do not fit into ${out.length} places.`);
  let nonzero = 0;
  out.fill(0, 0, means.length);
  visitCounts(means, theta, random, (position, count) => {
    out[position] = count;
    nonzero++;
  });
  return nonzero;
}

/**
 * The same draws as `drawCounts`, giving only the counts that are not 0, in ascending position.
 *
 * @param indices receives positions in `means` (for one cell: the genes); as long as `means` is always enough
 * @param values receives the counts at these positions
 * @returns how many entries were written
 * @throws RangeError as `drawCounts`, and if the entries do not fit
 */
export function drawSparseCounts(
  means: Float32Array,
  theta: Float32Array,
  random: Random,
  indices: Uint32Array,
  values: Float32Array,
): number {
  const room = Math.min(indices.length, values.length);
  let written = 0;
  visitCounts(means, theta, random, (position, count) => {
    if (written === room) throw new RangeError(`More than ${room} counts are not 0.`);
    indices[written] = position;
    values[written++] = count;
  });
  return written;
}

function visitCounts(
  means: Float32Array,
  theta: Float32Array,
  random: Random,
  visit: (position: number, count: number) => void,
): void {
  const genes = theta.length;
  const total = means.length;
  if (total > 0 && (genes === 0 || total % genes !== 0))
    throw new RangeError(`${total} means are not whole cells of ${genes} genes.`);
  const key0 = random.uint32();
  const key1 = random.uint32();
  const words = new Uint32Array(4);
  const more = new PositionSource(key0, key1);
  let gene = 0;
  for (let position = 0; position < total; position++) {
    const lane = position & 3;
    if (lane === 0) philoxWords(position >>> 2, 0, 0, FIRST_WORDS, key0, key1, words, 0);
    const mean = means[position];
    // P(count > 0) ≤ mean, so a uniform at or above the mean settles the count without a logarithm.
    if (!(words[lane] * INVERSE_2_32 >= mean && mean >= 0)) {
      const count = drawOne(mean, theta[gene], words[lane], more, position);
      if (count > 0) visit(position, count);
    }
    if (++gene === genes) gene = 0;
  }
}

function drawOne(
  mean: number,
  theta: number,
  word: number,
  more: PositionSource,
  position: number,
): number {
  if (!(mean >= 0 && mean < Infinity) || !(theta >= 0))
    throw new RangeError(
      `Counts need a finite mean of at least 0 and an inverse dispersion of at least 0, not ${mean} and ${theta}.`,
    );
  if (mean === 0 || theta === 0) return 0;
  more.seek(position);
  if (mean > INVERSION_MEAN) return sampleNegativeBinomial(more, mean, theta);
  return invert(mean, theta, (word + more.uniform()) * INVERSE_2_32);
}

/**
 * The count whose upper tail holds `tail`: smallest k with P(count > k) ≤ tail.
 *
 * Works from P(count > 0) downwards, so that tiny means keep all their digits.
 */
function invert(mean: number, theta: number, tail: number): number {
  const poisson = theta > 1e12;
  const logZero = poisson ? -mean : -theta * Math.log1p(mean / theta);
  let above = -Math.expm1(logZero);
  if (tail >= above) return 0;
  const ratio = poisson ? mean : mean / (theta + mean);
  let probability = Math.exp(logZero);
  let count = 0;
  for (;;) {
    probability *= poisson ? ratio / (count + 1) : ((count + theta) / (count + 1)) * ratio;
    count++;
    above -= probability;
    if (tail >= above) return count;
    // Rounding can leave `above` a little over the true tail: past the mean, a vanishing term ends the walk.
    if (probability < 1e-18 && count > mean) return count;
  }
}

/** Uniforms and normals of one position, from its own counters. */
class PositionSource implements DrawSource {
  private readonly words = new Uint32Array(4);
  private position = 0;
  private index = 0;
  private lane = 4;

  constructor(
    private readonly key0: number,
    private readonly key1: number,
  ) {}

  seek(position: number): void {
    this.position = position;
    this.index = 0;
    this.lane = 4;
  }

  uniform(): number {
    if (this.lane === 4) {
      philoxWords(this.index++, this.position, 0, MORE_WORDS, this.key0, this.key1, this.words, 0);
      this.lane = 0;
    }
    const high = this.words[this.lane];
    const low = this.words[this.lane + 1];
    this.lane += 2;
    return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) * 2 ** -52;
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
