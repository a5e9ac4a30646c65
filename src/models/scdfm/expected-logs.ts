/**
 * @file Counts whose expected log expression is a given number: negative binomial quantiles, and the mean count that gives it.
 *
 * For a library of L counts, m(μ) = E[log1p(10,000 · c / L)] with c ~ NB(μ, θ) is tabulated once per θ and per step of L, and read backwards.
 */
import { SCALE } from './expression.ts';

/** Inverse dispersions that genes may have. */
export const THETAS: readonly number[] = [0.35, 0.6, 1, 1.8, 3, 6, 12, 30, 1000];

/** Libraries are rounded to so many steps per e-fold. */
const LIBRARY_STEPS = 4;

const LEAST_MEAN = 1e-3;
const MOST_MEAN = 1e3;
const POINTS = 64;
const STEP = Math.log(MOST_MEAN / LEAST_MEAN) / (POINTS - 1);

/** Means above which quantiles are those of a gamma with the same variance. */
const LARGE_MEAN = 60;
const QUANTILES = 64;

/** The smallest count whose cumulative probability is at least u, of NB(mean, theta). @param u in (0, 1) */
export function countQuantile(u: number, mean: number, theta: number): number {
  if (mean <= 0) return 0;
  if (mean > LARGE_MEAN) return largeQuantile(u, mean, theta);
  let probability = Math.exp(-theta * Math.log1p(mean / theta));
  let sum = probability;
  if (u <= sum) return 0;
  const ratio = mean / (mean + theta);
  const most = 40 * (mean + mean / theta) + 60;
  let count = 0;
  while (u > sum && count < most) {
    probability *= (ratio * (count + theta)) / (count + 1);
    sum += probability;
    count++;
  }
  return count;
}

/** Wilson and Hilferty's quantile of a gamma of the same mean and variance. */
function largeQuantile(u: number, mean: number, theta: number): number {
  const shape = mean / (1 + mean / theta);
  const z = normalQuantile(u);
  const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape));
  return Math.max(0, Math.round(mean * Math.max(0, root) ** 3));
}

/** Quantile of N(0, 1), error below 4.5e-4. Source: Abramowitz & Stegun 26.2.23. */
function normalQuantile(u: number): number {
  const tail = Math.min(u, 1 - u);
  const t = Math.sqrt(-2 * Math.log(tail));
  const top = 2.515517 + t * (0.802853 + t * 0.010328);
  const bottom = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  const z = t - top / bottom;
  return u < 0.5 ? -z : z;
}

/** Mean counts by expected log expression. */
export class ExpectedLogs {
  readonly #tables = new Map<number, Float64Array>();

  /** Mean count with which a library's expected log expression is `level`; 0 for levels of 0 and less. @param k number of θ in THETAS */
  mean(level: number, library: number, k: number): number {
    if (!(level > 0)) return 0;
    const step = Math.round(LIBRARY_STEPS * Math.log(library));
    const key = step * THETAS.length + k;
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = tabulate(Math.exp(step / LIBRARY_STEPS), THETAS[k]);
      this.#tables.set(key, table);
    }
    const last = POINTS - 1;
    if (level <= table[0]) return (LEAST_MEAN * level) / table[0];
    if (level >= table[last]) return (MOST_MEAN * Math.expm1(level)) / Math.expm1(table[last]);
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (table[middle] <= level) low = middle;
      else high = middle;
    }
    const share = (level - table[low]) / (table[high] - table[low]);
    return LEAST_MEAN * Math.exp(STEP * (low + share));
  }
}

/** m(μ) for the means of the grid. */
function tabulate(library: number, theta: number): Float64Array {
  const scale = SCALE / library;
  return Float64Array.from({ length: POINTS }, (_, i) => {
    const mean = LEAST_MEAN * Math.exp(STEP * i);
    return mean > LARGE_MEAN ? quantileMean(mean, theta, scale) : exactMean(mean, theta, scale);
  });
}

function exactMean(mean: number, theta: number, scale: number): number {
  let probability = Math.exp(-theta * Math.log1p(mean / theta));
  const ratio = mean / (mean + theta);
  const most = 40 * (mean + mean / theta) + 60;
  let [left, sum] = [1 - probability, 0];
  for (let c = 1; c < most && left > 1e-9; c++) {
    probability *= (ratio * (c - 1 + theta)) / c;
    sum += probability * Math.log1p(scale * c);
    left -= probability;
  }
  return sum;
}

function quantileMean(mean: number, theta: number, scale: number): number {
  let sum = 0;
  for (let q = 0; q < QUANTILES; q++) {
    sum += Math.log1p(scale * largeQuantile((q + 0.5) / QUANTILES, mean, theta)) / QUANTILES;
  }
  return sum;
}
