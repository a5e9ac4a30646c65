/** @file Single numbers that compare a predicted change of expression with the real one. Definitions of cell-eval where it has them. */
import { midRanks } from '../../numerics/statistics.ts';

/** Pearson correlation, −1 to 1; null where a side does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const n = a.length;
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanA += a[i] / n;
    meanB += b[i] / n;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  // Sums of squares of rounding errors are no variation.
  return aa > 1e-24 * n && bb > 1e-24 * n ? ab / Math.sqrt(aa * bb) : null;
}

/** Spearman's correlation, −1 to 1; null where a side does not vary. */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return correlation(midRanks(a), midRanks(b));
}

/** Mean absolute and mean squared difference of two profiles. */
export function profileErrors(
  predicted: ArrayLike<number>,
  real: ArrayLike<number>,
): { readonly mae: number; readonly mse: number } {
  let [mae, mse] = [0, 0];
  for (let g = 0; g < real.length; g++) {
    const gap = predicted[g] - real[g];
    mae += Math.abs(gap) / real.length;
    mse += (gap * gap) / real.length;
  }
  return { mae, mse };
}

/** The genes that a test calls changed, and by how much each gene changed (any scale whose size and sign mean strength and direction). */
export interface GeneChanges {
  readonly change: ArrayLike<number>;
  readonly adjusted: ArrayLike<number>;
}

/** Adjusted p below which a gene counts as changed. */
export const CHANGED_BELOW = 0.05;

/** Positions of changed genes, largest change first; equal ones in the order of genes. */
export function changedGenes({ change, adjusted }: GeneChanges): number[] {
  const changed: number[] = [];
  for (let g = 0; g < change.length; g++) if (adjusted[g] < CHANGED_BELOW) changed.push(g);
  return changed.sort((x, y) => Math.abs(change[y]) - Math.abs(change[x]) || x - y);
}

/**
 * Share of the top k genes that both sides have: k of the real changed genes (`overlap`) or of the predicted ones (`precision`), never more
 * than that side has; null when it has none.
 *
 * @param k null: all of that side
 */
export function sharedTop(
  predicted: GeneChanges,
  real: GeneChanges,
  side: 'overlap' | 'precision',
  k: number | null = null,
): number | null {
  const [own, other] = [changedGenes(real), changedGenes(predicted)];
  const counted = side === 'overlap' ? own.length : other.length;
  const size = Math.min(k ?? counted, counted);
  if (size === 0) return null;
  const top = new Set(own.slice(0, size));
  return other.slice(0, size).filter((g) => top.has(g)).length / size;
}

/** Share of the really changed genes whose predicted direction is right; null when no gene changed. */
export function directionShare(predicted: GeneChanges, real: GeneChanges): number | null {
  const changed = changedGenes(real);
  if (changed.length === 0) return null;
  const right = changed.filter((g) => Math.sign(predicted.change[g]) === Math.sign(real.change[g]));
  return right.length / changed.length;
}

/** Share of the really changed genes that are called changed in the prediction too; null when no gene changed. */
export function recalledShare(predicted: GeneChanges, real: GeneChanges): number | null {
  const changed = changedGenes(real);
  if (changed.length === 0) return null;
  return changed.filter((g) => predicted.adjusted[g] < CHANGED_BELOW).length / changed.length;
}

/** Spearman's correlation of changes over the really changed genes; null for fewer than two. */
export function changeRankCorrelation(predicted: GeneChanges, real: GeneChanges): number | null {
  const changed = changedGenes(real);
  if (changed.length < 2) return null;
  return rankCorrelation(
    changed.map((g) => predicted.change[g]),
    changed.map((g) => real.change[g]),
  );
}

/** Areas under the precision–recall and the receiver operating curve of a score (higher: more likely positive). */
export interface CurveAreas {
  /** By trapezia between the points of the curve, from precision 1 at recall 0. */
  readonly precisionRecall: number;
  readonly receiver: number;
}

/** Areas of both curves; equal scores are one point. Null when all labels are alike. */
export function curveAreas(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean>,
): CurveAreas | null {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  order.sort((x, y) => scores[y] - scores[x]);
  const total = Array.from(positive).filter(Boolean).length;
  if (total === 0 || total === scores.length) return null;
  let [hits, misses, recall, precision, falseShare] = [0, 0, 0, 1, 0];
  let [precisionRecall, receiver] = [0, 0];
  for (let at = 0; at < order.length;) {
    const score = scores[order[at]];
    for (; at < order.length && scores[order[at]] === score; at++) {
      if (positive[order[at]]) hits++;
      else misses++;
    }
    const [nextRecall, nextPrecision] = [hits / total, hits / (hits + misses)];
    const nextFalse = misses / (scores.length - total);
    precisionRecall += ((nextRecall - recall) * (nextPrecision + precision)) / 2;
    receiver += ((nextFalse - falseShare) * (nextRecall + recall)) / 2;
    [recall, precision, falseShare] = [nextRecall, nextPrecision, nextFalse];
  }
  return { precisionRecall, receiver };
}

/** How changes are compared when a prediction has to find its own perturbation. */
export interface DiscriminationRules {
  readonly distance: 'l1' | 'l2' | 'cosine';
  /** cell-eval 0.5.42 compared sizes without their signs. */
  readonly absolute: boolean;
}

/**
 * 1 − rank / n of the real change `own` among n real changes by their distance to the predicted one; 1: the nearest, about 0.5 by chance.
 *
 * @param left genes that are left out (the perturbed ones)
 */
export function discrimination(
  predicted: ArrayLike<number>,
  real: readonly ArrayLike<number>[],
  own: number,
  { distance, absolute }: DiscriminationRules,
  left: ReadonlySet<number> = new Set(),
): number {
  const value = absolute ? Math.abs : (x: number): number => x;
  const far = real.map((change) => {
    let [sum, dot, aa, bb] = [0, 0, 0, 0];
    for (let g = 0; g < change.length; g++) {
      if (left.has(g)) continue;
      const [a, b] = [value(predicted[g]), value(change[g])];
      sum += distance === 'l1' ? Math.abs(a - b) : (a - b) ** 2;
      dot += a * b;
      aa += a * a;
      bb += b * b;
    }
    return distance === 'cosine' ? 1 - dot / (Math.sqrt(aa * bb) || 1) : sum;
  });
  const nearer = far.filter((d, k) => k !== own && d < far[own]).length;
  return 1 - nearer / real.length;
}
