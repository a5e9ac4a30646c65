/** @file The genes of a counterfactual that a person looks at first. */
import type { CounterfactualAnswer, CounterfactualAsk } from '../protocol/apply.ts';
import type { CellsInUse } from './apply-files.ts';
import { cellsWith, codesOfValues } from './cell-choice.ts';
import type { CounterfactualCells } from './counterfactual.ts';

const LISTED = 60;

/** Genes by the larger of their predicted and real effects. */
export function largestEffects(
  genes: readonly string[],
  { effect, observed, additive }: CounterfactualCells,
): CounterfactualAnswer['effects'] {
  const size = (g: number): number => Math.max(Math.abs(effect[g]), Math.abs(observed?.[g] ?? 0));
  const order = [...effect.keys()].sort((a, b) => size(b) - size(a));
  return order.slice(0, LISTED).map((g) => ({
    gene: genes[g],
    effect: effect[g],
    observed: observed?.[g] ?? null,
    additive: additive?.[g] ?? null,
  }));
}

/** Whether a cell that the model learnt from has the new values, within the chosen kind. */
export function seenWhileTraining(
  { info, cells, heldOut }: CellsInUse,
  { set, where }: CounterfactualAsk,
): boolean {
  const fixed = Object.entries(where).filter(([name]) => !(name in set));
  const wanted = codesOfValues(info, { ...Object.fromEntries(fixed), ...set });
  return cellsWith(cells, wanted).some((i) => heldOut[i] === 0);
}
