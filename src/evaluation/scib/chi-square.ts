/** @file The upper tail of the chi-square distribution. */
import { lgamma } from '../../numerics/special.ts';

const MOST_TERMS = 10_000;
const PRECISION = 1e-15;

/**
 * P(X ≥ x) for a chi-square variable.
 *
 * @param freedom degrees of freedom, > 0
 * Source: the series and the continued fraction of the incomplete gamma function, DLMF 8.7.1 and 8.9.2.
 */
export function chiSquareTail(x: number, freedom: number): number {
  const a = freedom / 2;
  const z = x / 2;
  if (!(z > 0)) return 1;
  const front = Math.exp(a * Math.log(z) - z - lgamma(a));
  return z < a + 1 ? 1 - front * lowerSeries(a, z) : front * upperFraction(a, z);
}

/** Σ zⁿ / (a (a+1) … (a+n)). */
function lowerSeries(a: number, z: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > PRECISION * sum; n++) {
    term *= z / (a + n);
    sum += term;
  }
  return sum;
}

/** 1/(z+1−a− 1(1−a)/(z+3−a− …)) by Lentz's method. */
function upperFraction(a: number, z: number): number {
  let b = z + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const factor = -n * (n - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    value *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return value;
}
