/** @file The Wilcoxon rank-sum test of one gene between two sets of cells, on sparse values, and its correction over genes. */
import { erfc } from '../../numerics/special.ts';

/** What a rank-sum test says. */
export interface RankSum {
  /** Normal score; above 0: the first set is higher. */
  readonly score: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Rank-sum test with the normal approximation, without continuity correction, as scanpy's rank_genes_groups(method='wilcoxon').
 *
 * Zeros are not stored: they are the lowest values (all stored ones are above 0) and share one rank.
 * @param first   stored values of the first set, ascending from 0 to `firstStored`
 * @param second  the same for the second set
 * @param tieCorrect correct the variance for ties; without it zeros make the score smaller than it could be, as in scanpy by default
 * @param continuity move the p-value's rank sum half a rank towards the middle, as scipy's mannwhitneyu does
 */
export function rankSum(
  first: Float32Array,
  firstCells: number,
  second: Float32Array,
  secondCells: number,
  tieCorrect: boolean,
  continuity = false,
): RankSum {
  const n = firstCells + secondCells;
  const zerosFirst = firstCells - first.length;
  const zeros = n - first.length - second.length;
  let ranks = (zerosFirst * (zeros + 1)) / 2;
  let ties = zeros * (zeros * zeros - 1);
  let a = 0;
  let b = 0;
  let before = zeros;
  while (a < first.length || b < second.length) {
    const value = nextValue(first, a, second, b);
    const fromA = a;
    const fromB = b;
    while (a < first.length && first[a] === value) a++;
    while (b < second.length && second[b] === value) b++;
    const tied = a - fromA + (b - fromB);
    ranks += (a - fromA) * (before + (tied + 1) / 2);
    ties += tied * (tied * tied - 1);
    before += tied;
  }
  const correction = tieCorrect && n > 1 ? 1 - ties / (n * (n * n - 1)) : 1;
  const variance = ((firstCells * secondCells * (n + 1)) / 12) * correction;
  const spread = Math.sqrt(variance);
  const score = variance > 0 ? (ranks - (firstCells * (n + 1)) / 2) / spread : 0;
  const nearer = continuity && variance > 0 ? 0.5 / spread : 0;
  return { score, pValue: Math.min(1, erfc((Math.abs(score) - nearer) / Math.SQRT2)) };
}

function nextValue(first: Float32Array, a: number, second: Float32Array, b: number): number {
  if (a === first.length) return second[b];
  if (b === second.length) return first[a];
  return Math.min(first[a], second[b]);
}

/** Benjamini–Hochberg: adjusted values in the order of the given ones, at most 1 (Benjamini and Hochberg 1995). */
export function adjustPValues(pValues: Float64Array): Float64Array {
  const m = pValues.length;
  const order = Uint32Array.from(pValues, (_, i) => i).sort((x, y) => pValues[x] - pValues[y]);
  const adjusted = new Float64Array(m);
  let least = 1;
  for (let place = m - 1; place >= 0; place--) {
    least = Math.min(least, (pValues[order[place]] * m) / (place + 1));
    adjusted[order[place]] = least;
  }
  return adjusted;
}
