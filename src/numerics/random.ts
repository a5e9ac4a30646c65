/** @file Seeded random numbers: one sequential generator, and noise keyed by (seed, stream, row) that no neighbour can shift. */

import { philoxWords } from './philox.ts';
import { sampleGamma, sampleNegativeBinomial, samplePoisson } from './samplers.ts';

export { drawCounts, drawSparseCounts } from './draw-counts.ts';

/** A deterministic source of random numbers. The same construction gives the same numbers on every device. */
export interface Random {
  /** A number in the open interval (0, 1), with 52 random bits. */
  uniform(): number;
  /** A whole number in 0 … 2^32 − 1. */
  uint32(): number;
  /** A draw from N(0, 1). */
  normal(): number;
  /** A whole number in 0 … n − 1, without bias. Throws RangeError unless 1 ≤ n ≤ 2^32 and whole. */
  integer(n: number): number;
  /** A draw from Gamma(shape, rate 1); shape 0 gives 0. Throws RangeError for a negative or missing shape. */
  gamma(shape: number): number;
  /** A draw from Poisson(rate); rate 0 gives 0. Throws RangeError unless the rate is finite and ≥ 0. */
  poisson(rate: number): number;
  /** A draw from NB(mean, inverse dispersion theta): variance mean + mean²/theta; theta = Infinity is Poisson, mean 0 gives 0. */
  negativeBinomial(mean: number, theta: number): number;
  /** The numbers 0 … n − 1 in random order. */
  permutation(n: number): Uint32Array<ArrayBuffer>;
  /** A generator for a part of the work; it depends on how this one was made and on `stream`, not on what was drawn so far. */
  fork(stream: number): Random;
}

/** What the last counter word says a block is for, so that no two uses share random words. */
const SEQUENCE = 0;
const ROW_SEQUENCE = 1;
const ROW_NORMALS = 2;
const ROW_UNIFORM = 3;
const FORK = 4;

const INVERSE_2_32 = 2 ** -32;
const block = new Uint32Array(4);

/**
 * A sequential generator.
 *
 * @param seed whole number, 0 … 2^53 − 1; negative or fractional seeds throw RangeError
 * @param stream tells independent sequences of one seed apart, 0 … 2^32 − 1
 */
export function createRandom(seed: number, stream = 0): Random {
  const [low, high] = splitSeed(seed);
  return new PhiloxRandom(low, high, 0, stream, SEQUENCE);
}

/** A sequential generator for one row (a cell): it depends only on seed, stream and row. */
export function randomAt(seed: number, stream: number, row: number): Random {
  const [low, high] = splitSeed(seed);
  return new PhiloxRandom(low, high, row, stream, ROW_SEQUENCE);
}

/**
 * Fills `out` with N(0, 1) noise of one row; entry j depends only on (seed, stream, row, j).
 *
 * So the first entries agree for every length of `out`, and a cell keeps its noise when others are added.
 */
export function normalsAt(seed: number, stream: number, row: number, out: Float32Array): void {
  const low = seed >>> 0;
  const high = seedHigh(seed);
  const length = out.length;
  for (let i = 0; i < length; i += 4) {
    philoxWords(i >>> 2, row, stream, ROW_NORMALS, low, high, block, 0);
    for (let lane = 0; lane < 4 && i + lane < length; lane += 2) {
      const radius = Math.sqrt(-2 * Math.log((block[lane] + 0.5) * INVERSE_2_32));
      const angle = 2 * Math.PI * INVERSE_2_32 * block[lane + 1];
      out[i + lane] = radius * Math.cos(angle);
      if (i + lane + 1 < length) out[i + lane + 1] = radius * Math.sin(angle);
    }
  }
}

/** One number in (0, 1) that depends only on (seed, stream, row). */
export function uniformAt(seed: number, stream: number, row: number): number {
  philoxWords(0, row, stream, ROW_UNIFORM, seed >>> 0, seedHigh(seed), block, 0);
  return toUniform(block[0], block[1]);
}

/** Philox read block by block: the key is the seed, the counter (block, row, stream, use). */
class PhiloxRandom implements Random {
  private readonly words = new Uint32Array(4);
  private index = 0;
  private lane = 4;
  private spareNormal = Number.NaN;

  constructor(
    private readonly key0: number,
    private readonly key1: number,
    private readonly row: number,
    private readonly stream: number,
    private readonly use: number,
  ) {}

  uint32(): number {
    if (this.lane === 4) {
      philoxWords(
        this.index++,
        this.row,
        this.stream,
        this.use,
        this.key0,
        this.key1,
        this.words,
        0,
      );
      this.lane = 0;
    }
    return this.words[this.lane++];
  }

  uniform(): number {
    const high = this.uint32();
    return toUniform(high, this.uint32());
  }

  normal(): number {
    if (!Number.isNaN(this.spareNormal)) {
      const spare = this.spareNormal;
      this.spareNormal = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * INVERSE_2_32 * this.uint32();
    this.spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`A whole number from 1 to 2^32 is needed, not ${n}.`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  gamma(shape: number): number {
    return sampleGamma(this, shape);
  }

  poisson(rate: number): number {
    return samplePoisson(this, rate);
  }

  negativeBinomial(mean: number, theta: number): number {
    return sampleNegativeBinomial(this, mean, theta);
  }

  permutation(n: number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = order[i];
      order[i] = order[j];
      order[j] = held;
    }
    return order;
  }

  fork(stream: number): Random {
    const child = new Uint32Array(8);
    philoxWords(stream, this.row, this.stream, FORK + this.use, this.key0, this.key1, child, 0);
    return new PhiloxRandom(child[0], child[1], child[2], child[3], SEQUENCE);
  }
}

/** Two words to a number in (0, 1): the middles of 2^52 equal bins, so that neither end can be met. */
function toUniform(high: number, low: number): number {
  return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) * 2 ** -52;
}

/** The two words of a seed, checked. */
function splitSeed(seed: number): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`A seed is a whole number from 0 to 2^53 - 1, not ${seed}.`);
  return [seed >>> 0, seedHigh(seed)];
}

/** The upper word of a seed below 2^53. */
function seedHigh(seed: number): number {
  return Math.floor(seed * INVERSE_2_32) >>> 0;
}
