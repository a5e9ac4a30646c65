/** @file How much of the steps' lines the top bar has room for. No step is ever cut; what is left out stays in its title. */
import { textWidth } from '../plots/text-fit.ts';
import type { StepState } from './step-states.ts';

/** Whole lines, short ones, or names alone. */
export type StepForm = 'whole' | 'short' | 'names';

/** Pixels of a step beside its text: glyph, gaps and the arrow before it, and of the tighter forms without the arrow. */
const beside = { whole: 46, tight: 30 } as const;
/** Names are set bolder than texts are measured. */
const bold = 1.06;

/** The fullest form in which all steps fit a bar of so many pixels; whole where the bar is not measured yet (0). */
export function stepForm(
  steps: readonly Pick<StepState, 'name' | 'line' | 'short'>[],
  width: number,
): StepForm {
  if (width === 0) return 'whole';
  const need = (each: number, lineOf: 'line' | 'short'): number =>
    steps.reduce(
      (sum, step) =>
        sum + each + Math.max(bold * textWidth(step.name, 13), textWidth(step[lineOf], 11)),
      0,
    );
  if (need(beside.whole, 'line') <= width) return 'whole';
  return need(beside.tight, 'short') <= width ? 'short' : 'names';
}
