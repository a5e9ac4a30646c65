/**
 * @file Corrects what is carried over to contexts where a perturbation was never seen: where components say nothing, genes' means are brought
 * halfway from what all contexts together have to what the perturbation changed in those with similar control cells.
 */
import type { NamedArray } from '../../engine/named-array.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import { membersOf } from '../../protocol/screen-labels.ts';
import { unwhiten } from '../flow/sampled-model.ts';
import type { SampledCells } from '../flow/sample.ts';
import { levelsIn, meanOfPositive, offsetFor } from './calibrate.ts';
import { CarryOver, type ContextShare } from './carry-over.ts';
import { project, projectDense, type Components } from './components.ts';
import { geneMoments, logNormalised } from './expression.ts';
import {
  readStates,
  storeCarried,
  type CarriedEffects,
  type ScdfmModel,
  type StateArrays,
} from './model.ts';
import type { Screen } from './screen.ts';
import { offsetsBySet } from './set-offsets.ts';
import { meanState } from './shifts.ts';

/** So many combinations get all cells of their own; more share these, each an eighth at least, and the rest is not corrected. */
const WHOLE_COMBINATIONS = 48;
const LEAST_PART = 1 / 8;

/** How far means of genes are brought from the network's to the rule's, beyond the components. */
const TOWARDS_RULE = 0.5;

/** A trained model and the cells it was trained on. */
export interface CarriedTask {
  readonly model: ScdfmModel;
  readonly counts: CsrSource;
  readonly attributes: readonly AttributeData[];
  readonly cellIndex: Int32Array;
  readonly screen: Screen;
  /** Cells generated of each combination, at most. */
  readonly cellsEach: number;
  /** Paths begin at noise, not at control cells. */
  readonly fromNoise: boolean;
  /** Told before and after each combination: the share that is done, 0–1. */
  readonly onShare?: (share: number) => void;
  /** Cells of the network with these values of attributes. */
  readonly generate: (
    cells: number,
    codes: Readonly<Record<string, Int32Array>>,
  ) => Promise<SampledCells>;
}

/** A set in a context, and the contexts that stand in. */
interface Combination {
  readonly label: number;
  readonly context: number;
  readonly shares: readonly ContextShare[];
}

/** The stored arrays of the model with corrections; as they are where nothing can be carried over. */
export async function withCarriedEffects(task: CarriedTask): Promise<readonly NamedArray[]> {
  const { model } = task;
  const arrays = readStates(model.autoencoder, model.architecture.genes);
  const found = combinationsOf(task, new CarryOver(model, arrays));
  if (arrays.components === null || found.length === 0) return model.autoencoder;
  const { genes } = model.architecture;
  const effects: CarriedEffects = {
    combinations: Float32Array.from(found.flatMap(({ label, context }) => [label, context])),
    offset: new Float32Array(found.length * genes),
  };
  const meansOf = rememberMeans(task.counts);
  const cellsEach = Math.floor(task.cellsEach * Math.min(1, WHOLE_COMBINATIONS / found.length));
  const own = { ...arrays, components: arrays.components };
  task.onShare?.(0);
  for (const [k, one] of found.entries()) {
    effects.offset.set(await correct({ ...task, cellsEach }, one, own, meansOf), k * genes);
    task.onShare?.((k + 1) / found.length);
  }
  return [...model.autoencoder, ...storeCarried(effects)];
}

function combinationsOf(
  { model, attributes, screen }: CarriedTask,
  over: CarryOver,
): Combination[] {
  if (screen.context < 0) return [];
  const contexts = attributes[screen.context].categories.map((_, context) => context);
  return attributes[screen.perturbation].categories
    .flatMap((label, code) => {
      if (screen.sets[code] === null) return [];
      const members = membersOf(label, model.screen);
      return contexts.map((context) => ({
        label: code,
        context,
        shares: over.shares(members, context),
      }));
    })
    .filter(({ shares }) => shares.length > 0)
    .slice(0, WHOLE_COMBINATIONS / LEAST_PART);
}

/** Genes' means of groups of cells, each made once: contexts stand in for one another again and again. */
function rememberMeans(counts: CsrSource): (cells: Uint32Array) => Float64Array {
  const made = new Map<Uint32Array, Float64Array>();
  return (cells) => {
    const known = made.get(cells) ?? geneMoments(counts, cells).mean;
    made.set(cells, known);
    return known;
  };
}

/** Offsets of a combination, [genes]. */
async function correct(
  task: CarriedTask,
  { label, context, shares }: Combination,
  arrays: StateArrays & { readonly components: Components },
  meansOf: (cells: Uint32Array) => Float64Array,
): Promise<Float32Array> {
  const { model, counts, attributes, screen, cellsEach: cells } = task;
  const { components } = arrays;
  const { genes, dims, loadings } = components;
  const own = controlsOf(screen, context);
  const control = meansOf(own);
  const rule = new Float64Array(genes);
  for (const [other, share] of shares) {
    const changed = meansOf(cellsOf(screen, label, other));
    const untreated = meansOf(controlsOf(screen, other));
    for (let g = 0; g < genes; g++) rule[g] += share * (changed[g] - untreated[g]);
  }
  const { latents, starts } = await task.generate(cells, {
    [attributes[screen.perturbation].name]: new Int32Array(cells).fill(label),
    [attributes[screen.context].name]: new Int32Array(cells).fill(context),
  });
  const ends = unwhiten(latents, model.whitening);
  const isExpression = model.architecture.network.tier === 'pad-lite';
  const places = isExpression ? projectDense(ends, components) : ends;
  const placesOf = (some: Uint32Array): Float32Array =>
    project(logNormalised(counts.readRows(some)), components);
  const every = Uint32Array.from({ length: cells }, (_, i) => i);
  const untreated = meanState(placesOf(own), dims, sequence(own.length));
  const begunAt = task.fromNoise ? null : (starts ?? null);
  if (begunAt !== null) {
    // Which control cells they began from does not count.
    const rowOf = new Map(Array.from(task.cellIndex, (cell, row) => [cell, row]));
    const begun = placesOf(Uint32Array.from(begunAt, (cell) => rowOf.get(cell) as number));
    const mean = meanState(begun, dims, every);
    places.forEach((_, k) => (places[k] += untreated[k % dims] - mean[k % dims]));
  }
  const { contextOffset } = arrays;
  const added = offsetsBySet(model, arrays)(label);
  const baseOf = (g: number): number => contextOffset?.[context * genes + g] ?? 0;
  const levelsOf = levelsIn(places, components);
  const before = rule.map((_, g) => meanOfPositive(levelsOf(g), baseOf(g) + (added?.[g] ?? 0)));
  const apart = rule.map((change, g) => control[g] + change - before[g]);
  const along = new Float64Array(dims);
  loadings.forEach((loading, k) => (along[k % dims] += loading * apart[Math.floor(k / dims)]));
  return Float32Array.from(apart, (whole, g) => {
    let held = 0;
    for (let d = 0; d < dims; d++) held += loadings[g * dims + d] * along[d];
    return offsetFor(levelsOf(g), before[g] + TOWARDS_RULE * (whole - held)) - baseOf(g);
  });
}

function cellsOf({ conditions }: Screen, label: number, context: number): Uint32Array {
  const found = conditions.find((one) => one.label === label && one.context === context);
  return found?.cells ?? new Uint32Array(0);
}

function controlsOf(screen: Screen, context: number): Uint32Array {
  const control = screen.sets.findIndex((set) => set?.length === 0);
  const own = cellsOf(screen, control, context);
  return own.length > 0 ? own : screen.controls;
}

function sequence(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i);
}

/** Which correction a cell gets by its categories of the perturbation column and of the context's; −1: none. */
export function carriedRows(
  model: Pick<ScdfmModel, 'attributes' | 'screen'>,
  carried: CarriedEffects | null,
): (codes: Readonly<Record<string, Int32Array>> | undefined, cell: number) => number {
  const { attribute, context } = model.screen;
  if (carried === null || context === null) return () => -1;
  const rows = new Map<string, number>();
  for (let k = 0; 2 * k < carried.combinations.length; k++) {
    rows.set(`${carried.combinations[2 * k]} ${carried.combinations[2 * k + 1]}`, k);
  }
  return (codes, cell) =>
    rows.get(`${codes?.[attribute]?.[cell] ?? -1} ${codes?.[context]?.[cell] ?? -1}`) ?? -1;
}
