/** @file Test helper: chi-square goodness of fit, with a bound that a right sampler misses about once in a million runs. */

/** How well draws fit their probabilities. */
export interface Fit {
  readonly statistic: number;
  readonly degrees: number;
  /** Upper 1e-6 point of chi-square with these degrees of freedom. */
  readonly bound: number;
}

/**
 * Pearson's chi-square of observed counts against probabilities, neighbouring bins pooled until each expects at least `least`.
 *
 * @param observed draws in each bin; draws beyond the last bin are `total` minus their sum
 * @param probabilities of the bins; what they lack from 1 is one more bin
 */
export function fitOf(
  observed: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  total: number,
  least = 5,
): Fit {
  const bins: [seen: number, expected: number][] = [];
  let seen = 0;
  let expected = 0;
  let seenSum = 0;
  let expectedSum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    seen += observed[i];
    expected += probabilities[i] * total;
    if (expected < least) continue;
    bins.push([seen, expected]);
    seenSum += seen;
    expectedSum += expected;
    seen = expected = 0;
  }
  const rest: [number, number] = [total - seenSum, total - expectedSum];
  if (rest[1] >= least) bins.push(rest);
  else if (bins.length > 0) {
    bins[bins.length - 1][0] += rest[0];
    bins[bins.length - 1][1] += rest[1];
  }
  const statistic = bins.reduce((sum, [o, e]) => sum + (o - e) ** 2 / e, 0);
  const degrees = bins.length - 1;
  return { statistic, degrees, bound: degrees > 0 ? upperChiSquare(degrees, 4.753) : 1e-6 };
}

/** Upper point of chi-square for the normal deviate z (4.753 leaves 1e-6). Source: Wilson & Hilferty 1931. */
function upperChiSquare(degrees: number, z: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + z * Math.sqrt(spread)) ** 3;
}

/** Counts draws 0 … size − 1; larger ones are left out. */
export function tally(draws: ArrayLike<number>, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (let i = 0; i < draws.length; i++) if (draws[i] < size) counts[draws[i]]++;
  return counts;
}

/** Counts draws in (−∞, edge 0], (edge 0, edge 1], …, and beyond the last edge. */
export function tallyBetween(draws: ArrayLike<number>, edges: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(edges.length + 1);
  for (let i = 0; i < draws.length; i++) {
    let bin = 0;
    while (bin < edges.length && draws[i] > edges[bin]) bin++;
    counts[bin]++;
  }
  return counts;
}
