/** @file Which cells are held out for validation, and how often each combination of categories was seen in training. */
import type { AttributeData } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { TrainRequest } from '../../protocol/model.ts';
import { createRandom } from '../../numerics/random.ts';

/** Stream of the seed that chooses held-out cells. */
const SPLIT_STREAM = 11;

/** One combination of categories with its training cells. */
export interface Combination {
  /** Category per attribute; −1 for cells that are not labelled in it. */
  readonly codes: readonly number[];
  readonly cells: number;
}

/** What of a training decides its split. */
export type SplitRequest = Pick<TrainRequest, 'settings' | 'splitGroups'> & {
  readonly data: {
    readonly counts: { readonly rows: number };
    readonly attributes: readonly AttributeData[];
  };
};

/**
 * Held-out cells of a training: hidden combinations as a whole, then whole groups of a column or a share of every combination.
 *
 * @returns 1 for held-out cells, [cells]
 * @throws StudioError bad-request when a hidden value or the groups would leave nothing to train a category on
 */
export function chooseHeldOut({ data, settings, splitGroups }: SplitRequest): Uint8Array {
  const { heldOut: share, seed, split } = settings;
  const cells = data.counts.rows;
  if (split === undefined) return holdOut(cells, data.attributes, share, seed);
  // A screen may hide a whole perturbation: its members may be known from others, or from the graph.
  const free = settings.screen?.attribute ?? null;
  const hidden = hideCombinations(cells, data.attributes, split.hide, free);
  const rest = Int32Array.from(hidden.keys()).filter((cell) => hidden[cell] === 0);
  const left = data.attributes.map((a) => ({
    ...a,
    codes: Int32Array.from(rest, (cell) => a.codes[cell]),
  }));
  const own =
    split.by === null
      ? holdOut(rest.length, left, share, seed)
      : holdOutGroups(groupsOf(splitGroups, rest, split.by), left, share, seed, split.by);
  const heldOut = hidden.slice();
  rest.forEach((cell, i) => (heldOut[cell] = own[i]));
  return heldOut;
}

/** 1 for cells that have all values of some hidden combination. @param free attribute of which values may be hidden as a whole */
function hideCombinations(
  cells: number,
  attributes: readonly AttributeData[],
  hide: readonly Readonly<Record<string, string>>[],
  free: string | null,
): Uint8Array {
  const hidden = new Uint8Array(cells);
  for (const combination of hide) {
    const wanted = Object.entries(combination).map(([name, value]) => {
      const own = attributes.find((a) => a.name === name);
      const code = own?.categories.indexOf(value) ?? -1;
      if (own === undefined || code < 0) throw noSuchValue(name, value);
      return { codes: own.codes, code };
    });
    for (let cell = 0; cell < cells; cell++) {
      if (wanted.length > 0 && wanted.every(({ codes, code }) => codes[cell] === code)) {
        hidden[cell] = 1;
      }
    }
  }
  for (const { name, categories, codes } of attributes) {
    if (name === free) continue;
    const left = new Set(codes.filter((_, cell) => hidden[cell] === 0));
    const lost = categories.findIndex((_, code) => codes.includes(code) && !left.has(code));
    if (lost >= 0) throw nothingLeft(name, categories[lost]);
  }
  return hidden;
}

function groupsOf(groups: Int32Array | undefined, cells: Int32Array, by: string): Int32Array {
  if (groups === undefined) {
    throw new StudioError(
      'bad-request',
      `Held-out cells cannot be chosen by ${by}.`,
      'The file has no such column of categories.',
      { column: by },
    );
  }
  return Int32Array.from(cells, (cell) => groups[cell]);
}

/**
 * Holds out whole groups in random order until their cells reach the share, but none that would take a category's last training cells, nor
 * more than twice the share when a smaller one has been taken. Cells without a group stay in training.
 */
function holdOutGroups(
  groups: Int32Array,
  attributes: readonly AttributeData[],
  share: number,
  seed: number,
  by: string,
): Uint8Array {
  const random = createRandom(seed, SPLIT_STREAM);
  const known = [...new Set(groups)].filter((group) => group >= 0).sort((a, b) => a - b);
  const heldOut = new Uint8Array(groups.length);
  let taken = 0;
  for (const k of random.permutation(known.length)) {
    if (taken >= share * groups.length) break;
    const trial = heldOut.map((mark, cell) => (groups[cell] === known[k] ? 1 : mark));
    const size = trial.reduce((a, b) => a + b, 0);
    const tooMany = taken > 0 && size > 2 * share * groups.length;
    if (tooMany || !everyCategoryTrained(attributes, trial)) continue;
    heldOut.set(trial);
    taken = size;
  }
  if (taken > 0) return heldOut;
  throw new StudioError(
    'bad-request',
    `Held-out cells cannot be chosen by ${by}.`,
    `It has ${known.length} ${known.length === 1 ? 'group' : 'groups'} of cells, and some are needed on both sides. Hold out single cells instead.`,
    { column: by, groups: known.length },
  );
}

/** Whether every category that occurs has a cell that is not held out. */
function everyCategoryTrained(attributes: readonly AttributeData[], heldOut: Uint8Array): boolean {
  if (heldOut.every((mark) => mark === 1)) return false;
  return attributes.every(({ codes }) => {
    const trained = new Set(codes.filter((_, cell) => heldOut[cell] === 0));
    return codes.every((code) => code < 0 || trained.has(code));
  });
}

function noSuchValue(name: string, value: string): StudioError {
  return new StudioError(
    'bad-request',
    `There are no cells of ${name} ${value} to hide.`,
    'Only values of chosen attributes can be hidden.',
    { attribute: name, value },
  );
}

function nothingLeft(name: string, value: string): StudioError {
  return new StudioError(
    'bad-request',
    `Nothing would be left of ${value}.`,
    `The hidden combinations take every cell of ${name} ${value}, so the model could not learn it. Hide it together with a value of another attribute.`,
    { attribute: name, value },
  );
}

/**
 * Chooses held-out cells, the same share of every combination of categories; not being labelled counts as a combination of its own here.
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
