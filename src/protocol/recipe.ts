/** @file Numbers of the recommended recipe that the page needs to know before a model exists. */
import type { ScreenTier } from './perturb.ts';

const fullSteps = 12_000;
const fullCells = 1_500;
const leastSteps = 2_000;

/** Fewer cells are learnt by heart sooner: 560 cells of the demo were no worse after 2,000 steps than after 4,000. */
const exponent = 1.3;

/**
 * Flow steps for a number of training cells: 12,000 from 1,500 cells on, fewer below, never under 2,000.
 *
 * Source: methods/cfgen §10 part 6 for the full number; the scaling below it was measured (docs/decisions.md).
 */
export function defaultFlowSteps(cells: number): number {
  const share = Math.min(1, cells / fullCells) ** exponent;
  return Math.max(leastSteps, Math.round((fullSteps * share) / 100) * 100);
}

/** Genes that PAD-lite models where nothing else is chosen. */
export const padGenes = 256;

const fewestPadSteps = 300;
const mostPadSteps = 1_500;
const padStepsOfSet = 17.5;

/**
 * Flow steps of scDFM's networks where nothing else is chosen. PAD-lite sees four sets a step and needs to see each often; Fast's number is
 * enough for many.
 *
 * @param sets values of the perturbation column among the training cells, control too
 */
export function scdfmSteps(tier: ScreenTier, sets: number): number {
  if (tier === 'fast') return 2_000;
  const wanted = Math.round((padStepsOfSet * sets) / 100) * 100;
  return Math.min(mostPadSteps, Math.max(fewestPadSteps, wanted));
}
