/** @file Which cells are held out for validation, and how often each combination of categories was seen in training. */
import type { AttributeData } from '../../protocol/dataset.ts';
import { createRandom } from '../../numerics/random.ts';

/** Stream of the seed that chooses held-out cells. */
const SPLIT_STREAM = 11;

/** One combination of categories with its training cells. */
export interface Combination {
  /** Category per attribute. */
  readonly codes: readonly number[];
  readonly cells: number;
}

/**
 * Chooses held-out cells, the same share of every combination of categories.
 *
 * Fractions are carried from one combination to the next, so the total is right too; a combination keeps a training
 * cell (unless each has one alone), and there is always one cell on each side.
 * @param share 0–1 (not included)
 * @returns 1 for held-out cells, [cells]
 */
export function holdOut(
  cells: number,
  attributes: readonly AttributeData[],
  share: number,
  seed: number,
): Uint8Array {
  const random = createRandom(seed, SPLIT_STREAM);
  const groups = new Map<string, number[]>();
  for (const cell of random.permutation(cells)) {
    const key = combinationKey(attributes.map((a) => a.codes[cell]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  const heldOut = new Uint8Array(cells);
  let carried = 0;
  let taken = 0;
  for (const key of [...groups.keys()].sort()) {
    const group = groups.get(key) as number[];
    const wanted = group.length * share + carried;
    const take = Math.min(Math.round(wanted), group.length - 1);
    carried = Math.min(1, wanted - take);
    for (let i = 0; i < take; i++) heldOut[group[i]] = 1;
    taken += take;
  }
  if (taken === 0 && cells > 1) heldOut[largest([...groups.values()])[0]] = 1;
  return heldOut;
}

function largest(groups: readonly (readonly number[])[]): readonly number[] {
  return groups.reduce((best, group) => (group.length > best.length ? group : best));
}

/** Counts the training cells of every combination that occurs, most frequent first. */
export function countCombinations(
  attributes: readonly AttributeData[],
  heldOut: Uint8Array,
): Combination[] {
  const found = new Map<string, { codes: number[]; cells: number }>();
  for (let cell = 0; cell < heldOut.length; cell++) {
    if (heldOut[cell] === 1) continue;
    const codes = attributes.map((a) => a.codes[cell]);
    const key = combinationKey(codes);
    const entry = found.get(key);
    if (entry === undefined) found.set(key, { codes, cells: 1 });
    else entry.cells++;
  }
  return [...found.values()].sort((a, b) => b.cells - a.cells);
}

/** A text that is equal for equal codes. */
export function combinationKey(codes: readonly number[]): string {
  return codes.join(',');
}
