/**
 * @file Guidance: which conditions the velocity network is asked for, and with what weights the answers are mixed.
 *
 * Let S be the attributes with a weight other than 0, v_∅ … v_S the velocities with no … all of them shown.
 * Every attribute gets its share φ_i of the joint effect v_S − v_∅ and the field is v_∅ + Σ w_i φ_i, where
 * φ_i = ½[(v_i − v_∅) + (v_S − v_S∖i)] plus an even part of what is missing to v_S − v_∅ (nothing, for two attributes).
 * So weights of 1 give v_S itself. Combinations that no training cell has get CFGen's Eq. 8 instead,
 * v_∅ + Σ w_i (v_i − v_∅), because v_S was never learnt there. Networks that saw all labels of a cell or none (the original scLDM)
 * know neither v_i nor v_S∖i: their field is v_∅ + w (v_S − v_∅) with the mean weight.
 */
import { mean } from '../../numerics/statistics.ts';

/** One term of the mixture: the attributes that are shown, as a bit mask, and its coefficient. */
export interface GuidanceBranch {
  readonly mask: number;
  readonly coefficient: number;
}

/** Coefficients below this are rounding noise of weights set by a slider. */
const NEGLIGIBLE = 1e-9;

/** CFGen's Eq. 8 as branches. @param weights per attribute; 0 is ignored */
export function additiveGuidance(weights: readonly number[]): GuidanceBranch[] {
  const terms = new Map<number, number>();
  addTerm(terms, 0, 1);
  weights.forEach((weight, a) => {
    addTerm(terms, 1 << a, weight);
    addTerm(terms, 0, -weight);
  });
  return branches(terms);
}

/** scLDM's joint guidance as branches: all shown attributes together, at their mean weight. Source: methods/scldm §2.4. @param weights per attribute; 0 is ignored */
export function jointGuidance(weights: readonly number[]): GuidanceBranch[] {
  const active = weights.filter((weight) => weight !== 0);
  return sharedGuidance(weights.map((weight) => (weight === 0 ? 0 : mean(active))));
}

/** Shared-credit guidance as branches. @param weights per attribute; 0 is ignored */
export function sharedGuidance(weights: readonly number[]): GuidanceBranch[] {
  const active = weights.flatMap((weight, a) => (weight === 0 ? [] : [a]));
  if (active.length === 0) return [{ mask: 0, coefficient: 1 }];
  const all = active.reduce((mask, a) => mask | (1 << a), 0);
  const middle = mean(active.map((a) => weights[a]));
  const terms = new Map<number, number>();
  addTerm(terms, 0, 1 - middle);
  addTerm(terms, all, middle);
  for (const a of active) {
    const half = (weights[a] - middle) / 2;
    addTerm(terms, 1 << a, half);
    addTerm(terms, 0, -half);
    addTerm(terms, all, half);
    addTerm(terms, all & ~(1 << a), -half);
  }
  return branches(terms);
}

function addTerm(terms: Map<number, number>, mask: number, coefficient: number): void {
  terms.set(mask, (terms.get(mask) ?? 0) + coefficient);
}

function branches(terms: Map<number, number>): GuidanceBranch[] {
  return [...terms]
    .map(([mask, coefficient]) => ({ mask, coefficient }))
    .filter((branch) => Math.abs(branch.coefficient) > NEGLIGIBLE)
    .sort((a, b) => a.mask - b.mask);
}
