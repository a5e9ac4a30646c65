/** @file Exact samplers for gamma, Poisson and negative binomial draws from any source of uniforms and normals. */

import { lgamma } from './special.ts';

/** The two draws every sampler here is built from. */
export interface DrawSource {
  /** A number in (0, 1). */
  uniform(): number;
  /** A draw from N(0, 1). */
  normal(): number;
}

/** The largest Poisson rate a negative binomial draw may reach; CFGen's own guard against a runaway gamma. */
export const MAX_RATE = 1e8;

/** Above this inverse dispersion a gamma–Poisson draw is a Poisson draw to every digit a count can show. */
const POISSON_THETA = 1e15;

/** From this rate on Poisson draws come from a transformed rejection, below it from inversion. */
const REJECTION_RATE = 10;

/**
 * A draw from Gamma(shape, rate 1).
 *
 * For shape < 1 the draw at shape + 1 is multiplied by u^(1/shape), which may underflow to 0 for tiny shapes, as it should.
 * @throws RangeError if the shape is negative, infinite or NaN
 * Source: Marsaglia & Tsang 2000.
 */
export function sampleGamma(source: DrawSource, shape: number): number {
  if (!(shape >= 0 && shape < Infinity))
    throw new RangeError(`A gamma shape is a finite number of at least 0, not ${shape}.`);
  if (shape === 0) return 0;
  if (shape < 1) return sampleGamma(source, shape + 1) * source.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = source.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = source.uniform();
    const square = x * x;
    if (u < 1 - 0.0331 * square * square) return d * v;
    if (Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v))) return d * v;
  }
}

/**
 * A draw from Poisson(rate): inversion below 10, transformed rejection (PTRS) from there.
 *
 * @throws RangeError if the rate is negative, infinite or NaN
 * Source: Hörmann 1993, "The transformed rejection method for generating Poisson random variables".
 */
export function samplePoisson(source: DrawSource, rate: number): number {
  if (!(rate >= 0 && rate < Infinity))
    throw new RangeError(`A Poisson rate is a finite number of at least 0, not ${rate}.`);
  if (rate === 0) return 0;
  return rate < REJECTION_RATE ? invertPoisson(source, rate) : rejectPoisson(source, rate);
}

/** Walks up the Poisson probabilities until their sum passes one uniform. */
function invertPoisson(source: DrawSource, rate: number): number {
  let left = source.uniform();
  let probability = Math.exp(-rate);
  let count = 0;
  // The sum can stop just below 1; once a term no longer changes it the walk is over.
  while (left > probability && probability > 1e-20) {
    left -= probability;
    count++;
    probability *= rate / count;
  }
  return count;
}

function rejectPoisson(source: DrawSource, rate: number): number {
  const logRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = source.uniform() - 0.5;
    const v = source.uniform();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const bound = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (bound <= count * logRate - rate - lgamma(count + 1)) return count;
  }
}

/**
 * A draw from NB(mean, inverse dispersion theta) as Poisson(Gamma(theta) · mean/theta), the rate held at or below 1e8.
 *
 * theta = Infinity is Poisson; mean 0 or theta 0 gives 0.
 * @throws RangeError if the mean is negative, infinite or NaN, or theta is negative or NaN
 */
export function sampleNegativeBinomial(source: DrawSource, mean: number, theta: number): number {
  if (!(mean >= 0 && mean < Infinity))
    throw new RangeError(`A mean count is a finite number of at least 0, not ${mean}.`);
  if (!(theta >= 0))
    throw new RangeError(`An inverse dispersion is a number of at least 0, not ${theta}.`);
  if (mean === 0 || theta === 0) return 0;
  if (theta > POISSON_THETA) return samplePoisson(source, Math.min(mean, MAX_RATE));
  const rate = (sampleGamma(source, theta) * mean) / theta;
  return samplePoisson(source, Math.min(rate, MAX_RATE));
}
