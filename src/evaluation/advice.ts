/** @file What to do about a verdict: settings of this program for cells of its own, what to look at for cells of any other. */
import type { Check, CheckId, GroupResult, Measures } from '../protocol/judge.ts';
import { uniformGroups } from './verdict-words.ts';

/** Where the cells come from, as far as advice goes. */
export interface Maker {
  /** Training was ended before its end. */
  readonly stoppedEarly: boolean;
  /** Another program made the cells: settings of this one would say nothing. */
  readonly foreign: boolean;
}

const train = ({ stoppedEarly }: Maker): string =>
  stoppedEarly ? 'Train to the end.' : 'Train longer, or on more cells.';

const own: Record<CheckId, (maker: Maker) => string> = {
  expression: train,
  toldApart: () => 'Use fewer genes, the most variable ones.',
  coverage: train,
  zeros: () => 'Use fewer genes, the most variable ones.',
  library: () => 'Set Library size to "As in chosen cells"; if it is, train on more cells.',
  hits: () => 'Raise the guidance weight a little, to 1.5.',
  copies: () => 'Train on more cells, or stop earlier; do not pass these cells on as anonymous.',
};

const others: Record<CheckId, string> = {
  expression:
    'Look at which kinds of cells lie farthest from their own floor, and whether both files hold raw counts of the same experiment.',
  toldApart:
    'Look at zeros, library size and the spread of genes among these cells: averaged or smoothed counts give themselves away there.',
  coverage:
    'Look at which kinds of cells are missing or too few among these, and at the states inside them.',
  zeros:
    'Look at how the counts were made: rounded means have other zeros than counts that are drawn from them.',
  library:
    'Look at the total counts in both files: these cells may have been scaled to one size, or made for another mix of kinds.',
  hits: 'Look at the kinds that are recognised least: their labels may not fit, or the generator follows them too weakly.',
  copies:
    'Look at how many cells the generator learnt from, and for how long; do not pass these cells on as anonymous.',
};

/** What to do when a check is outside its floor. */
export function adviceFor(id: CheckId, maker: Maker): string {
  return maker.foreign ? others[id] : own[id](maker);
}

/** Spread inside classes below which advice about it helps. */
const TOO_ALIKE = 0.85;

const LOWER = 'Lower a guidance weight that is above 1: these cells are more alike than real ones.';
const KEEP =
  'Leave the guidance weight: a higher one makes these cells still more alike, a lower one less often what was asked.';
const ALIKE =
  'Look at how the generator draws its noise, and how strongly it follows the labels: these cells are more alike than real ones.';

/** What to do, each thing once: first about cells that are too alike, then worst check first. */
export function adviceOf(
  checks: readonly Check[],
  { diversity = 1 }: Measures = {},
  groups: readonly GroupResult[] = [],
  foreign = false,
): string[] {
  const out = checks
    .filter(({ inside }) => !inside)
    .sort((a, b) => b.value / b.middle - a.value / a.middle);
  const alike = out.length > 0 && (diversity < TOO_ALIKE || uniformGroups(groups).length > 0);
  if (!alike) return [...new Set(out.map(({ advice }) => advice))];
  if (foreign) return [...new Set([ALIKE, ...out.map(({ advice }) => advice)])];
  // Raising a weight, as for cells that are recognised too seldom, would make these still more alike.
  const rest = out.filter(({ id }) => id !== 'hits');
  const weight = rest.length < out.length ? KEEP : LOWER;
  return [...new Set([weight, ...rest.map(({ advice }) => advice)])];
}

/** What to do where there are too few held-out cells for a verdict. */
export function tooFewAdvice(foreign: boolean): string {
  return foreign
    ? 'Compare with a file of more real cells.'
    : 'Open more cells, or hold out a larger share of them before training (Model, Held-out cells).';
}
