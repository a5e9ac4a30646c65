/** @file The last stage of a training: generated cells are compared with the training cells, and the decoder takes the offsets. */
import type { NamedArray } from '../../engine/named-array.ts';
import { createRandom } from '../../numerics/random.ts';
import { rowSums } from '../../numerics/csr.ts';
import { memorySource, type CsrSource } from '../../numerics/csr-source.ts';
import { RANGE_CELLS, type SampleRequest } from '../../protocol/model.ts';
import { rakeOffsets, type LabelledSums, type LabelOffsets } from './label-offsets.ts';
import {
  fitCellDispersion,
  type CellDispersion,
  type CellZeros,
} from '../decoding/cell-dispersion.ts';
import { visitShares } from '../decoding/decode.ts';
import { offsetShares } from '../decoding/label-tables.ts';
import type { AutoencoderRuntime, FieldRuntime } from '../backend.ts';
import type { DecodingRuntime } from '../decoding/decoding-runtime.ts';
import { whiten, type SampledModel, type Whitening } from '../flow/sampled-model.ts';
import { sampleCells } from '../flow/sample.ts';
import { watched, type CalibrationPart } from './calibration-progress.ts';
import { chosenAttributes, Groups } from './label-groups.ts';
import {
  chooseFit,
  fitZeros,
  generatedZeros,
  type GeneratedZeros,
  type ZeroFit,
} from './zero-calibration.ts';

/** Training cells whose counts are summed, at most. */
const MOST_OBSERVED = 20_000;

/** Generated cells, and steps of the solver. */
export const USUAL = { cells: 4096, steps: 12 };

/** Training cells whose zeros are compared with what is expected of them. */
const MOST_FITTED = 400;

/** Generated cells whose zeros are compared: as many as have this many expected counts, but no fewer than the second number. */
const [MOST_EXPECTED, LEAST_COMPARED] = [16e6, 512];

/** Zeros of fewer training cells say too little. */
const LEAST_TRAINING = 50;

/** Cells that are read together. */
const CELLS_AT_ONCE = 1024;

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
  /** Widths of the starting noise, of which the one with the nearest zeros is kept, the first unless others gain; left out: zeros stay as they are. */
  readonly widths?: readonly number[] | undefined;
  /** Told how much of a part is done. */
  readonly onPart?: ((part: CalibrationPart, done: number, of: number) => void) | undefined;
}

/** Training cells in the order in which their labels are generated, with their zeros and log library sizes. */
interface Observed {
  readonly cells: Uint32Array;
  readonly zeros: Float64Array;
  readonly logLibrary: Float64Array;
}

/** Cells generated with the labels of the training cells `shown`. */
interface Generated {
  readonly shown: Uint32Array;
  readonly latents: Float32Array;
  readonly logLibrary: Float32Array;
}

/** Generated cells and the offsets that they ask for. */
interface Calibrated extends Generated {
  readonly offsets: LabelOffsets;
}

/** The model with a calibrated decoder. Only training cells are looked at. Models of several kinds of features stay as they are. */
export async function calibrate<Model extends CalibratedModel>(
  model: Model,
  task: CalibrationTask,
): Promise<Model> {
  const { genes, modalities, categories } = model.architecture;
  if (modalities !== undefined) return model;
  const groups = new Groups(chosenAttributes(categories, task), task.codes, genes);
  const random = createRandom(task.seed, CALIBRATION_STREAM);
  const order = random.permutation(task.trainingCells.length).subarray(0, MOST_OBSERVED);
  const observed = await observe(groups, order.map((i) => task.trainingCells[i]), task); // prettier-ignore
  const widths = task.widths ?? [1];
  const made: Generated[] = [];
  for (const [k, width] of widths.entries()) {
    made.push(await generate(observed.cells, withNoise(model, width), task, k, widths.length));
  }
  const tried: Calibrated[] = [];
  for (const [k, own] of made.entries()) {
    const sums = await expect(groups, own, genes, task, k, widths.length);
    tried.push({ ...own, offsets: rakeOffsets(sums, categories, genes) });
  }
  const fitted = observed.cells.subarray(0, MOST_FITTED);
  const dispersion = (await cellDispersion(fitted, model, task)) ?? undefined;
  // Where cells have dispersions of their own, these have met the training cells' zeros.
  const asked = dispersion === undefined ? tried : tried.slice(0, 0);
  const { kept, level } = await nearest(asked, observed, groups, genes, task);
  const { all, tables } = tried[kept].offsets;
  const calibration = groups.attributes.flatMap((used, a): NamedArray[] =>
    used ? [{ name: String(a), shape: [categories[a], genes], values: tables[a] }] : [],
  );
  const noisy = withNoise(model, widths[kept]);
  return {
    ...noisy,
    library: dispersion === undefined ? noisy['library'] : { ...noisy['library'], dispersion },
    autoencoder: withOffsets(model.autoencoder, all, level),
    calibration,
  };
}

/** The model with another width of its starting noise. */
function withNoise<Model extends CalibratedModel>(model: Model, width: number): Model {
  const { library: learnt } = model;
  return width === 1 ? model : { ...model, library: { ...learnt, noise: width } };
}

async function observe(
  groups: Groups,
  cells: Uint32Array,
  { counts, breathe, onPart }: CalibrationTask,
): Promise<Observed> {
  const [zeros, logLibrary] = [new Float64Array(cells.length), new Float64Array(cells.length)];
  for (let from = 0; from < cells.length; from += CELLS_AT_ONCE) {
    const some = cells.subarray(from, from + CELLS_AT_ONCE);
    const { indptr, indices, values, cols } = counts.readRows(some);
    some.forEach((cell, r) => {
      const group = groups.of(cell);
      group.cells++;
      let sum = 0;
      for (let k = indptr[r]; k < indptr[r + 1]; k++) {
        group.observed[indices[k]] += values[k];
        sum += values[k];
      }
      zeros[from + r] = cols - (indptr[r + 1] - indptr[r]);
      logLibrary[from + r] = Math.log(Math.max(1, sum));
    });
    onPart?.('observe', from + some.length, cells.length);
    await breathe();
  }
  return { cells, zeros, logLibrary };
}

/** Generated cells that have the labels of training cells, one after the other and round again. @param turn of `turns` generations */
async function generate(
  cells: Uint32Array,
  model: CalibratedModel,
  { runtime, codes, seed, breathe, effort = USUAL, onPart }: CalibrationTask,
  turn: number,
  turns: number,
): Promise<Generated> {
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
  const one = 2 * effort.steps * Math.ceil(effort.cells / RANGE_CELLS);
  let evaluations = turn * one;
  const network = watched(runtime.velocity, () => {
    onPart?.('generate', evaluations++, turns * one);
    return breathe();
  });
  const { latents, logLibrary } = await sampleCells(model, network, request, null);
  return { shown, latents, logLibrary };
}

/** Counts of training cells and expected counts of generated ones, by group. */
async function expect(
  groups: Groups,
  { shown, latents, logLibrary }: Generated,
  genes: number,
  { runtime, breathe, onPart }: CalibrationTask,
  turn: number,
  turns: number,
): Promise<LabelledSums[]> {
  const sums = groups.all().map((group) => ({ ...group, expected: new Float64Array(genes) }));
  await visitShares(runtime, latents, breathe, (shares, from, rows) => {
    for (let r = 0; r < rows; r++) {
      const { expected } = sums[groups.of(shown[from + r]).place];
      const library = Math.exp(logLibrary[from + r]);
      for (let g = 0; g < genes; g++) expected[g] += library * shares[r * genes + g];
    }
    onPart?.('decode', turn * shown.length + from + rows, turns * shown.length);
  });
  return sums;
}

/** Which of the generated sets has zeros nearest to the training cells', and the change of inverse dispersions that it asks for. */
async function nearest(
  tried: readonly Calibrated[],
  { cells, zeros, logLibrary }: Observed,
  groups: Groups,
  genes: number,
  task: CalibrationTask,
): Promise<{ readonly kept: number; readonly level: number }> {
  if (task.widths === undefined || tried.length === 0 || cells.length < LEAST_TRAINING) {
    task.onPart?.('zeros', 1, 1);
    return { kept: 0, level: 0 };
  }
  const most = Math.max(LEAST_COMPARED, Math.floor(MOST_EXPECTED / genes));
  const fits: ZeroFit[] = [];
  for (const own of tried) {
    const generated = await zerosOf(own, most, groups, genes, {
      ...task,
      onPart: (part, done, of) => task.onPart?.(part, fits.length * of + done, tried.length * of),
    });
    const real = generated.map((_, i) => i % cells.length);
    const observed = { zeros: real.map((i) => zeros[i]), logLibrary: real.map((i) => logLibrary[i]) }; // prettier-ignore
    const random = createRandom(task.seed, CALIBRATION_STREAM).fork(2);
    fits.push(fitZeros(observed, generated, random));
  }
  const kept = chooseFit(fits);
  return { kept, level: fits[kept].level };
}

/** Expected zeros of the first generated cells under their offsets. @param most how many of them */
async function zerosOf(
  { shown, latents, logLibrary, offsets }: Calibrated,
  most: number,
  groups: Groups,
  genes: number,
  { runtime, codes, breathe, onPart }: CalibrationTask,
): Promise<GeneratedZeros[]> {
  const width = latents.length / shown.length;
  const tables = [...groups.attributes.map((used, a) => (used ? offsets.tables[a] : null)), offsets.all]; // prettier-ignore
  const found: GeneratedZeros[] = [];
  await visitShares(runtime, latents.subarray(0, most * width), breathe, (shares, from, rows) => {
    for (let r = 0; r < rows; r++) {
      const i = from + r;
      const means = shares.slice(r * genes, (r + 1) * genes);
      offsetShares(means, tables, [...codes.map((own) => own[shown[i]]), 0]);
      const library = Math.exp(logLibrary[i]);
      for (let g = 0; g < genes; g++) means[g] *= library;
      found.push(generatedZeros(means, runtime.theta, logLibrary[i]));
    }
    onPart?.('zeros', from + rows, Math.min(most, shown.length));
  });
  return found;
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

/** The offsets of all cells go into the decoder's last bias, scLDM's number per gene; a level goes into all log inverse dispersions. */
function withOffsets(
  arrays: readonly NamedArray[],
  offsets: Float32Array,
  level: number,
): NamedArray[] {
  const last = arrays
    .map(({ name }) => /^decoder\.(\d+)\.bias$/.exec(name)?.[1])
    .reduce((most, at) => Math.max(most, at === undefined ? -1 : Number(at)), -1);
  return arrays.map((array) => {
    const { name, values } = array;
    if (name === `decoder.${last}.bias` || name === 'gene_bias') {
      return { ...array, values: values.map((value, g) => value + offsets[g]) };
    }
    if (name !== 'log_theta' || level === 0) return array;
    return { ...array, values: values.map((value) => value + level) };
  });
}
