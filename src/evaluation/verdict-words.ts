/** @file The sentence on top: headline, what the cells are fit for, the weakest type. */
import type { Check, CheckId, GroupResult, Measures, Verdict } from '../protocol/judge.ts';
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

/** What is right, in the words of the sentence. */
const right: Record<CheckId, string> = {
  expression: 'expression as a whole is right',
  toldApart: 'a nearest neighbour cannot tell them apart',
  coverage: 'every kind of cell is there',
  zeros: 'zeros are right',
  library: 'library sizes are right',
  hits: 'they are what was asked',
  copies: 'none are copies',
};

/** What is wrong, in the words of the sentence. */
const wrong: Record<CheckId, (measures: Measures) => string> = {
  expression: () => 'expression as a whole is off',
  toldApart: () => 'a nearest neighbour tells them apart',
  coverage: () => 'some real cells have none like them',
  zeros: () => 'zeros are off',
  library: ({ libraryShift = 0, logLibrary = 0 }) =>
    Math.abs(libraryShift) < logLibrary / 2
      ? 'library sizes vary wrongly'
      : `library sizes are too ${libraryShift < 0 ? 'small' : 'large'}`,
  hits: () => 'fewer are what was asked than of real cells',
  copies: () => 'some are copies of training cells',
};

/** Relative spread below which a category counts as too uniform (and below its own floor). */
const UNIFORM = 0.9;

/** Categories of the first attribute whose cells are more alike than real ones, the worst first. */
export function uniformGroups(groups: readonly GroupResult[]): string[] {
  const first = groups[0]?.attribute;
  return groups
    .filter(({ attribute, measures: { diversity = 1 }, floor }) => {
      return attribute === first && diversity < UNIFORM && diversity < (floor.diversity?.low ?? 0);
    })
    .sort((a, b) => (a.measures.diversity ?? 1) - (b.measures.diversity ?? 1))
    .map(({ value }) => value);
}

function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MOST_NAMED = 2;

/**
 * The numbers in plain words: how far two sets of real cells are apart and how far these, which types are too uniform, what is off, and
 * (of zeros, library sizes and copies) what is right.
 */
export function numberSentence(
  checks: readonly Check[],
  measures: Measures,
  floor: Verdict['floor'],
  groups: readonly GroupResult[],
): string {
  const { energy } = measures;
  const parts: string[] = [];
  if (energy !== undefined && floor.energy) {
    const real = shortWords(floor.energy.mean);
    parts.push(`Two sets of real cells differ by ${real}, these by ${shortWords(energy)}.`);
  }
  const uniform = uniformGroups(groups);
  const more = uniform.length - MOST_NAMED;
  const named = [...uniform.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])];
  if (named.length > 0) parts.push(`Too uniform: ${listed(named)}.`);
  const off = checks.filter(({ inside, id }) => !inside && id !== 'expression');
  const worst = [...off].sort((a, b) => b.value / b.high - a.value / a.high).slice(0, MOST_NAMED);
  const fine = checks.filter(({ inside, id }) => {
    return inside && (id === 'zeros' || id === 'library' || id === 'copies');
  });
  const said = [
    ...worst.map(({ id }) => wrong[id](measures)),
    ...fine.slice(0, MOST_NAMED).map(({ id }) => right[id]),
  ];
  if (said.length > 0) parts.push(`${capital(said.join('; '))}.`);
  return parts.join(' ');
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

const ratioOf = ({ measures: { energy = 0 }, floor }: GroupResult): number =>
  energy / (floor.energy?.high ?? Infinity);

/** The group that is farthest from its own floor, if any is outside it. */
export function weakestWords(groups: readonly GroupResult[]): string | null {
  const first = groups[0]?.attribute;
  const worst = groups
    .filter((group) => group.attribute === first && ratioOf(group) > 1)
    .sort((a, b) => ratioOf(b) - ratioOf(a))[0];
  if (!worst) return null;
  const { energy = 0, diversity = 1 } = worst.measures;
  const ratio = timesWords(energy / (worst.floor.energy?.mean ?? 1));
  const spread =
    diversity < UNIFORM
      ? ` It is too uniform: its spread is ${shortWords(diversity)} of the real spread.`
      : '';
  return `Weakest: ${worst.value}, ${ratio} its own floor.${spread}`;
}
