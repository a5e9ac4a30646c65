/** @file The last stage of a training: generated cells are compared with the training cells, and the decoder takes the offsets. */
import type { NamedArray } from '../../engine/named-array.ts';
import { createRandom } from '../../numerics/random.ts';
import { rowSums } from '../../numerics/csr.ts';
import { memorySource, type CsrSource } from '../../numerics/csr-source.ts';
import { RANGE_CELLS, type SampleRequest } from '../../protocol/model.ts';
import { rakeOffsets, type LabelledSums } from './calibration.ts';
import {
  fitCellDispersion,
  type CellDispersion,
  type CellZeros,
} from '../decoding/cell-dispersion.ts';
import { visitShares } from '../decoding/decode.ts';
import type { AutoencoderRuntime, FieldRuntime } from '../backend.ts';
import type { DecodingRuntime } from '../decoding/decoding-runtime.ts';
import { whiten, type SampledModel, type Whitening } from '../flow/sampled-model.ts';
import { sampleCells } from '../flow/sample.ts';
import { watched, type CalibrationPart } from '../training/calibration-progress.ts';
import { combinationKey } from '../training/split.ts';

/** Training cells whose counts are summed, at most. */
const MOST_OBSERVED = 20_000;

/** Generated cells, and steps of the solver. */
export const USUAL = { cells: 4096, steps: 12 };

/** Training cells whose zeros are compared with what is expected of them. */
const MOST_FITTED = 400;

/** Cells that are read together. */
const CELLS_AT_ONCE = 1024;

/** Combinations of labels that are told apart at most. */
const MOST_GROUPS = 256;

/** Attributes of more categories than this have no offsets. */
const MOST_CATEGORIES = 256;

/** Streams of the training seed. */
const CALIBRATION_STREAM = 12;

/** A model whose decoder can be calibrated: its shares of genes come from a softmax over logits, to which the last bias is added. */
export interface CalibratedModel extends SampledModel {
  readonly architecture: SampledModel['architecture'] & {
    readonly genes: number;
    readonly categories: readonly number[];
    readonly modalities?: readonly unknown[] | undefined;
  };
  readonly whitening: Whitening;
  /** Weights of the autoencoder. */
  readonly autoencoder: readonly NamedArray[];
  /** Offsets of log expression by category, [categories, genes], named by the attribute's place; left out: none. */
  readonly calibration?: readonly NamedArray[] | undefined;
}

/** What is compared. */
export interface CalibrationTask {
  /** The uncalibrated model on the device. */
  readonly runtime: DecodingRuntime & {
    readonly autoencoder: Pick<AutoencoderRuntime, 'encode'>;
    readonly velocity: FieldRuntime;
  };
  readonly counts: CsrSource;
  /** Category of every cell, per attribute; −1 where it is not labelled. */
  readonly codes: readonly Int32Array[];
  readonly trainingCells: Uint32Array;
  readonly seed: number;
  readonly breathe: () => Promise<void>;
  /** Generated cells and the solver's steps, where the usual ones would take long. */
  readonly effort?: { readonly cells: number; readonly steps: number } | undefined;
  /** Told how much of a part is done. */
  readonly onPart?: ((part: CalibrationPart, done: number, of: number) => void) | undefined;
}

interface Group {
  readonly codes: readonly number[];
  cells: number;
  readonly observed: Float64Array;
  readonly expected: Float64Array;
}

/** The model with a calibrated decoder. Only training cells are looked at. Models of several kinds of features stay as they are. */
export async function calibrate<Model extends CalibratedModel>(
  model: Model,
  task: CalibrationTask,
): Promise<Model> {
  const { library: learnt } = model;
  const { genes, modalities, categories } = model.architecture;
  if (modalities !== undefined) return model;
  const groups = new Groups(chosenAttributes(model, task), task.codes, genes);
  const random = createRandom(task.seed, CALIBRATION_STREAM);
  const order = random.permutation(task.trainingCells.length).subarray(0, MOST_OBSERVED);
  const cells = order.map((i) => task.trainingCells[i]);
  await observe(groups, cells, task);
  await expect(groups, cells, model, task);
  const sums: LabelledSums[] = groups.all();
  const { all, tables } = rakeOffsets(sums, categories, genes);
  const dispersion = await cellDispersion(cells.subarray(0, MOST_FITTED), model, task);
  const calibration = groups.attributes.flatMap((used, a): NamedArray[] =>
    used ? [{ name: String(a), shape: [categories[a], genes], values: tables[a] }] : [],
  );
  return {
    ...model,
    library: dispersion === null ? learnt : { ...learnt, dispersion },
    autoencoder: withOffsets(model.autoencoder, all),
    calibration,
  };
}

/** Which attributes have offsets: in their order, while the combinations are few enough to be told apart. */
function chosenAttributes(
  { architecture: { categories } }: CalibratedModel,
  { codes, trainingCells }: CalibrationTask,
): boolean[] {
  const used = categories.map(() => false);
  categories.forEach((count, a) => {
    if (count > MOST_CATEGORIES) return;
    used[a] = true;
    const keys = new Set<string>();
    for (const cell of trainingCells) {
      keys.add(combinationKey(codes.map((own, b) => (used[b] ? own[cell] : -1))));
    }
    if (keys.size > MOST_GROUPS) used[a] = false;
  });
  return used;
}

/** Sums by combination of labels. */
class Groups {
  readonly attributes: readonly boolean[];
  readonly #codes: readonly Int32Array[];
  readonly #genes: number;
  readonly #byKey = new Map<string, Group>();

  constructor(attributes: readonly boolean[], codes: readonly Int32Array[], genes: number) {
    this.attributes = attributes;
    this.#codes = codes;
    this.#genes = genes;
  }

  /** The group of a cell of the data. */
  of(cell: number): Group {
    const codes = this.#codes.map((own, a) => (this.attributes[a] ? own[cell] : -1));
    const key = combinationKey(codes);
    let group = this.#byKey.get(key);
    if (group === undefined) {
      const sums = (): Float64Array => new Float64Array(this.#genes);
      group = { codes, cells: 0, observed: sums(), expected: sums() };
      this.#byKey.set(key, group);
    }
    return group;
  }

  all(): Group[] {
    return [...this.#byKey.values()];
  }
}

async function observe(
  groups: Groups,
  cells: Uint32Array,
  { counts, breathe, onPart }: CalibrationTask,
): Promise<void> {
  for (let from = 0; from < cells.length; from += CELLS_AT_ONCE) {
    const some = cells.subarray(from, from + CELLS_AT_ONCE);
    const { indptr, indices, values } = counts.readRows(some);
    some.forEach((cell, r) => {
      const group = groups.of(cell);
      group.cells++;
      for (let k = indptr[r]; k < indptr[r + 1]; k++) group.observed[indices[k]] += values[k];
    });
    onPart?.('observe', from + some.length, cells.length);
    await breathe();
  }
}

/** Expected counts of generated cells that have the labels of training cells, one after the other and round again. */
async function expect(
  groups: Groups,
  cells: Uint32Array,
  model: CalibratedModel,
  { runtime, codes, seed, breathe, effort = USUAL, onPart }: CalibrationTask,
): Promise<void> {
  const shown = Uint32Array.from({ length: effort.cells }, (_, i) => cells[i % cells.length]);
  const request: SampleRequest = {
    cells: shown.length,
    seed: createRandom(seed, CALIBRATION_STREAM).fork(1).uint32(),
    guidance: [],
    library: { mode: 'chosen' },
    solver: { method: 'heun', steps: effort.steps },
    frames: 0,
    codes: Object.fromEntries(
      model.attributes.map(({ name }, a) => [name, Int32Array.from(shown, (c) => codes[a][c])]),
    ),
  };
  let evaluations = 0;
  const network = watched(runtime.velocity, () => {
    onPart?.('generate', evaluations++, 2 * effort.steps * Math.ceil(effort.cells / RANGE_CELLS));
    return breathe();
  });
  const { latents, logLibrary } = await sampleCells(model, network, request, null);
  const { genes } = model.architecture;
  await visitShares(runtime, latents, breathe, (shares, from, rows) => {
    for (let r = 0; r < rows; r++) {
      const { expected } = groups.of(shown[from + r]);
      const library = Math.exp(logLibrary[from + r]);
      for (let g = 0; g < genes; g++) expected[g] += library * shares[r * genes + g];
    }
    onPart?.('decode', from + rows, shown.length);
  });
}

/** Dispersions of single cells, from training cells that are encoded and decoded. */
async function cellDispersion(
  cells: Uint32Array,
  { whitening, architecture: { genes } }: CalibratedModel,
  { runtime, counts, breathe, onPart }: CalibrationTask,
): Promise<CellDispersion | null> {
  const own = counts.readRows(cells);
  const sums = rowSums(own);
  const latents = await runtime.autoencoder.encode(memorySource(own), breathe);
  const found: CellZeros[] = [];
  await visitShares(runtime, whiten(latents, whitening), breathe, (shares, from, rows) => {
    for (let r = 0; r < rows; r++) {
      const i = from + r;
      if (sums[i] === 0) continue;
      const means = shares.subarray(r * genes, (r + 1) * genes).map((share) => share * sums[i]);
      found.push({
        logLibrary: Math.log(sums[i]),
        zeros: genes - (own.indptr[i + 1] - own.indptr[i]),
        means,
      });
    }
    onPart?.('fit', from + rows, cells.length);
  });
  return fitCellDispersion(found, runtime.theta);
}

/** The offsets of all cells go into the decoder's last bias, scLDM's number per gene. */
function withOffsets(arrays: readonly NamedArray[], offsets: Float32Array): NamedArray[] {
  const last = arrays
    .map(({ name }) => /^decoder\.(\d+)\.bias$/.exec(name)?.[1])
    .reduce((most, at) => Math.max(most, at === undefined ? -1 : Number(at)), -1);
  return arrays.map((array) =>
    array.name === `decoder.${last}.bias` || array.name === 'gene_bias'
      ? { ...array, values: array.values.map((value, g) => value + offsets[g]) }
      : array,
  );
}
