/** @file Rank correlation with ties. */
import { midRanks } from '../numerics/statistics.ts';
import { pearson } from './gene-effects.ts';

/** Spearman's correlation; 0 where one side does not vary. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(midRanks(a), midRanks(b));
}
