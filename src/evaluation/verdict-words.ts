/** @file The sentence on top: headline, what the cells are fit for, the weakest type, what to do. */
import type { Check, CheckId, GroupResult } from '../protocol/judge.ts';
import { shortWords, timesWords } from './number-words.ts';

/** Fewest held-out cells for a verdict. */
export const fewestHeldOut = 60;

/** Said instead of a verdict. */
export function tooFewWords(heldOut: number): string {
  return `Too few held-out cells (${heldOut}) for a fair check. ${fewestHeldOut} are needed.`;
}

/**
 * The headline by rule: copies first; then how many of the checks are outside the floor (of seven: none, 1–2, 3–4, 5–7).
 */
export function headlineOf(checks: readonly Check[]): string {
  const out = checks.filter(({ inside }) => !inside);
  if (out.some(({ id }) => id === 'copies')) return 'Copies of the training cells';
  if (out.length === 0) return 'As close as real cells are to each other';
  if (out.length === 1) return 'Close to real, one gap';
  if (out.length === 2) return 'Close to real, two gaps';
  return out.length <= 4 ? 'Partly like real cells' : 'Not like real cells';
}

/** How many checks real cells would pass as well. */
export function sentenceOf(checks: readonly Check[]): string {
  const passed = checks.filter(({ inside }) => inside).length;
  return `${passed} of ${checks.length} checks are as good as one half of the real cells against the other.`;
}

const unsafe: Record<CheckId, string> = {
  expression: 'on how far types lie apart',
  toldApart: 'on single cells',
  coverage: 'on rare states',
  zeros: 'on rarely seen genes',
  library: 'on total counts',
  hits: 'on single types without a second look',
  copies: 'on privacy',
};

/** What the cells are fit for, and on what no conclusion should be drawn. */
export function fitWords(checks: readonly Check[]): string {
  const out = checks.filter(({ inside }) => !inside);
  if (out.some(({ id }) => id === 'copies')) {
    return 'Not fit for sharing: some cells repeat training cells. Fit for teaching with public data only.';
  }
  if (out.length === 0) {
    return 'Fit for teaching, for testing a pipeline and for adding to rare types. They hold no biology beyond the training cells.';
  }
  const warn = out.map(({ id }) => unsafe[id]).join(', or ');
  if (out.length <= 2)
    return `Fit for teaching and for testing a pipeline. Do not draw conclusions ${warn}.`;
  if (out.length <= 4) return 'Fit for trying a pipeline. Do not draw conclusions about biology.';
  return 'Not fit for use yet.';
}

/** The group that is farthest from its own floor, if any is outside it. */
export function weakestWords(groups: readonly GroupResult[]): string | null {
  const first = groups[0]?.attribute;
  const worst = groups
    .filter(({ attribute, energy, floor }) => attribute === first && energy > floor.high)
    .sort((a, b) => b.energy / b.floor.high - a.energy / a.floor.high)[0];
  if (!worst) return null;
  const ratio = timesWords(worst.energy / worst.floor.mean);
  const spread =
    worst.diversity < 0.9
      ? ` It is too uniform: its spread is ${shortWords(worst.diversity)} of the real spread.`
      : '';
  return `Weakest: ${worst.value}, ${ratio} its own floor.${spread}`;
}

/** What to do, each thing once, worst check first. */
export function adviceOf(checks: readonly Check[]): string[] {
  const out = checks
    .filter(({ inside }) => !inside)
    .sort((a, b) => b.value / b.middle - a.value / a.middle);
  return [...new Set(out.map(({ advice }) => advice))];
}
