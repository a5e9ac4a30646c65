/** @file A measured screen made ready for questions: log values, groups of cells, halves of the controls, the space of distances. */
import { logNormalise } from '../../maps/log-counts.ts';
import { Pacer } from '../../maps/pacer.ts';
import { fitExpressionPca, scoreExpression, type Pca } from '../../maps/pca.ts';
import { selectRows, type CsrMatrix } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import { keyOfMembers, membersOf, type ScreenLabels } from '../../protocol/screen-labels.ts';
import { cloudOf, type Cloud } from '../distance-table.ts';
import { takeSome } from '../draws.ts';

/** A column of categories, codes −1 where it is missing. */
export interface CodedColumn {
  readonly categories: readonly string[];
  readonly codes: Int32Array;
}

/** Real cells of a screen over the genes that are compared. */
export interface ScreenInput {
  /** Counts, or with `logged` values that are log1p(CP10k) already. */
  readonly counts: CsrMatrix;
  readonly logged?: boolean;
  readonly genes: readonly string[];
  readonly labels: CodedColumn;
  /** Cell types or lines, controls are matched within them; null: one context. */
  readonly contexts: CodedColumn | null;
  /** 1 for cells that nothing was learnt from. */
  readonly heldOut: Uint8Array;
  readonly screen: ScreenLabels;
  readonly seed: number;
}

/** One set of perturbations of the screen. */
export interface ScreenSet {
  readonly key: string;
  readonly members: readonly string[];
  /** As the column says it. */
  readonly label: string;
}

/** Control cells of one context, in two parts without a common cell: what predictions start from and what truth is compared with. */
export interface ControlHalves {
  readonly start: Int32Array;
  readonly truth: Int32Array;
}

/** The screen, ready. */
export interface PreparedScreen {
  readonly genes: readonly string[];
  /** log1p(CP10k), [cells, genes]. */
  readonly logs: CsrMatrix;
  readonly labels: ScreenLabels;
  /** Sets that occur, control first. */
  readonly sets: readonly ScreenSet[];
  /** Names of contexts; one '' without a column. */
  readonly contexts: readonly string[];
  /** Rows of a set in a context (null: in any), all, learnt from or held out; ascending. */
  rows(key: string, context: string | null, part: 'all' | 'training' | 'heldOut'): Int32Array;
  controls(context: string | null): ControlHalves;
  readonly space: Pca;
  readonly seed: number;
}

/** Held-out controls stand for the truth where there are at least so many of them. */
const ENOUGH_HELD_OUT = 50;
/** The space is fitted on at most so many training cells. */
const MOST_FITTED = 6000;
const COMPONENTS = 30;

/** Key of the empty set. */
export const CONTROL_KEY = keyOfMembers([]);

/** Groups cells, halves controls and fits the space on training cells. Error: cancelled. */
export async function prepareScreen(
  input: ScreenInput,
  pacer = new Pacer(),
): Promise<PreparedScreen> {
  const { counts, labels, contexts, heldOut, screen, seed } = input;
  const logs = input.logged === true ? counts : await logNormalise(counts, pacer);
  const sets = listSets(labels, screen);
  const setOf = labels.categories.map((label) => keyOfMembers(membersOf(label, screen)));
  const names = contexts === null ? [''] : contexts.categories;
  const groups = new Map<string, number[]>();
  const trained: number[] = [];
  labels.codes.forEach((code, cell) => {
    if (code < 0) return;
    if (heldOut[cell] === 0) trained.push(cell);
    const context = contexts === null ? 0 : contexts.codes[cell];
    const name = groupName(setOf[code], context < 0 ? null : names[context]);
    const own = groups.get(name);
    if (own) own.push(cell);
    else groups.set(name, [cell]);
  });
  const rows = rowsBy(groups, names, contexts !== null, heldOut);
  const fitted = takeSome(createRandom(seed, 71), trained, MOST_FITTED).sort();
  const space = await fitExpressionPca(selectRows(logs, fitted), {
    seed,
    components: COMPONENTS,
    pacer,
  });
  const halves = new Map<string | null, ControlHalves>();
  return {
    genes: input.genes,
    logs,
    labels: screen,
    sets,
    contexts: names,
    rows,
    controls: (context) => {
      const known = halves.get(context) ?? halveControls(rows, context, seed);
      halves.set(context, known);
      return known;
    },
    space,
    seed,
  };
}

const groupName = (key: string, context: string | null): string => JSON.stringify([key, context]);

/** Sets in the order of their first value, control first; values that name the same set are one. */
function listSets({ categories, codes }: CodedColumn, screen: ScreenLabels): ScreenSet[] {
  const used = new Set(codes);
  const sets = new Map<string, ScreenSet>([
    [CONTROL_KEY, { key: CONTROL_KEY, members: [], label: screen.control }],
  ]);
  categories.forEach((label, code) => {
    const members = membersOf(label, screen);
    const key = keyOfMembers(members);
    if (used.has(code) && !sets.has(key)) sets.set(key, { key, members, label });
  });
  return [...sets.values()];
}

function rowsBy(
  groups: ReadonlyMap<string, readonly number[]>,
  names: readonly string[],
  named: boolean,
  heldOut: Uint8Array,
): PreparedScreen['rows'] {
  return (key, context, part) => {
    const wanted = context === null ? [...names, ...(named ? [null] : [])] : [context];
    const all = wanted.flatMap((name) => groups.get(groupName(key, name)) ?? []);
    const mark = part === 'training' ? 0 : 1;
    const chosen = part === 'all' ? all : all.filter((cell) => heldOut[cell] === mark);
    return Int32Array.from(chosen).sort();
  };
}

/**
 * Held-out controls are the truth when there are enough of them; else training controls join them until each side has half. A context
 * without controls of its own takes those of all contexts.
 */
function halveControls(
  rows: PreparedScreen['rows'],
  context: string | null,
  seed: number,
): ControlHalves {
  const training = rows(CONTROL_KEY, context, 'training');
  const unseen = rows(CONTROL_KEY, context, 'heldOut');
  if (training.length + unseen.length < 4 && context !== null) {
    return halveControls(rows, null, seed);
  }
  if (unseen.length >= ENOUGH_HELD_OUT && training.length > 0) {
    return { start: training, truth: unseen };
  }
  const order = takeSome(createRandom(seed, 72), training, training.length);
  const half = Math.floor((training.length + unseen.length) / 2);
  const joined = Math.max(0, half - unseen.length);
  const truth = [...unseen, ...order.subarray(0, joined)];
  // Controls that nothing was learnt from still start predictions where there are no others.
  if (joined === 0 && training.length === 0) {
    return { start: unseen.slice(0, half), truth: unseen.slice(half) };
  }
  return { start: order.slice(joined).sort(), truth: Int32Array.from(truth).sort() };
}

/** Most cells of one side of a distance. */
const MOST_POINTS = 400;

/** Points of at most 400 cells in the space; which ones, the seed decides. Error: cancelled. */
export async function pointsOf(
  { space, seed }: Pick<PreparedScreen, 'space' | 'seed'>,
  logs: CsrMatrix,
  rows: ArrayLike<number>,
  pacer = new Pacer(),
): Promise<Cloud> {
  const some = takeSome(createRandom(seed, 73), rows, MOST_POINTS);
  return cloudOf(await scoreExpression(space, selectRows(logs, some), pacer), space.components);
}

/** For the command line, which reaches no further than this folder. */
export { logNormalise };
