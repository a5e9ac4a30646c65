/** @file What a training will take in time and memory on this device, told before it starts; constants are measured ones (docs/decisions.md). */
import type { DeviceReport, ModelId, ModelSize, TrainSettings } from '../protocol/model.ts';
import type { ScreenTier } from '../protocol/perturb.ts';
import { scdfmSteps } from '../protocol/recipe.ts';
import {
  SCLDM_CHANNELS,
  SCLDM_FAITHFUL_BATCH,
  SCLDM_FLOW_BATCH,
  SCLDM_LAYERS,
  scldmGenesPerStep,
  scldmSizes,
} from '../protocol/scldm-sizes.ts';
import { formatAbout, formatPercent } from './format.ts';

/** What is to be learnt. */
export interface TrainingLoad {
  /** Cells that teach. */
  readonly cells: number;
  readonly genes: number;
  /** Genes with a count in a cell, on average. */
  readonly expressed: number;
}

/** What a training takes. */
export interface TrainingCost {
  readonly seconds: number;
  /** Memory at the most, counts included. */
  readonly bytes: number;
}

type DeviceKind = DeviceReport['kind'];

/** CFGen: milliseconds per autoencoder step (fixed, per gene) and per flow step, on each kind of device. */
const speeds: Readonly<Record<DeviceKind, readonly [number, number, number]>> = {
  webgpu: [25, 0.002, 9],
  'wasm-threads': [8, 0.02, 7],
  wasm: [12, 0.035, 10],
};

/** GFLOP/s at one large product of the devices on which these were measured. */
const usualSpeed: Readonly<Record<DeviceKind, number>> = {
  webgpu: 1200,
  'wasm-threads': 110,
  wasm: 60,
};

/** Early stopping usually ends after this many autoencoder steps on small data, or epochs on large. */
const typicalSteps = 270;
const typicalEpochs = 20;
const batch = 256;

/** Seconds that CFGen is expected to take. */
export function estimateSeconds(
  device: DeviceReport,
  cells: number,
  genes: number,
  flowSteps: number,
): number {
  const [fixed, perGene, flow] = speeds[device.kind];
  const steps = Math.max(typicalSteps, typicalEpochs * Math.floor(cells / batch));
  const autoencoder = steps * (fixed + perGene * genes);
  return ((autoencoder + flowSteps * flow) / 1000) * slowness(device);
}

/** Milliseconds of a step of scDFM's networks on two CPU threads of the usual speed, with what comes before and between steps. */
const scdfmStep: Readonly<Record<ScreenTier, number>> = { fast: 7.5, 'pad-lite': 450 };

/** Seconds that scDFM is expected to take; its steps do not grow with the cells. Null on a GPU, where it was never timed. @param flowSteps null: the network's own for so many `sets` */
export function scdfmSeconds(
  device: DeviceReport,
  tier: ScreenTier,
  flowSteps: number | null,
  sets: number,
): number | null {
  if (device.kind === 'webgpu') return null;
  const steps = flowSteps ?? scdfmSteps(tier, sets);
  const times = device.kind === 'wasm' ? 1.7 : 1;
  return ((steps * scdfmStep[tier] * times) / 1000) * slowness(device);
}

/** Bytes that training held beyond the counts, most at a time, in Node on 20,729 cells (papalexi). */
const scdfmHeld: Readonly<Record<ScreenTier, number>> = { fast: 700e6, 'pad-lite': 800e6 };

/** How much slower than the usual one a device of its kind is, by its measured speed. */
function slowness({ kind, gflops }: DeviceReport): number {
  return gflops === undefined ? 1 : usualSpeed[kind] / Math.max(gflops, 1);
}

/** Memory that the page and a training's small parts take, whatever its size. */
const BASE_BYTES = 60e6;

/** Counts as entries of four and four bytes, once for the page's worker and once for the training. */
function countBytes({ cells, expressed }: TrainingLoad): number {
  return cells * expressed * 8 * 2;
}

/** scDFM: logarithms beside the counts, and what its networks were measured to hold. */
export function scdfmBytes(tier: ScreenTier, load: TrainingLoad): number {
  return BASE_BYTES + 1.5 * countBytes(load) + scdfmHeld[tier];
}

/** CFGen: weights, gradients and moments of layers of 512 and 256, a batch of counts with its likelihood. */
export function cfgenBytes(load: TrainingLoad): number {
  const { genes } = load;
  const hidden = genes < 1000 ? 256 : 512;
  const parameters = 2 * genes * hidden + 500_000;
  return BASE_BYTES + countBytes(load) + 4 * (5 * parameters + 5 * batch * genes);
}

interface Reached {
  /** Shares of the speed at one large product that steps of each stage reach. */
  readonly autoencoder: number;
  readonly flow: number;
  /** Milliseconds that a step's calls take. */
  readonly fixed: number;
}

/** scLDM's many small products against one large one; the first line is a guess, no GPU having been at hand. */
const reached: Readonly<Record<DeviceKind, Reached>> = {
  webgpu: { autoencoder: 0.3, flow: 0.3, fixed: 15 },
  'wasm-threads': { autoencoder: 0.5, flow: 0.6, fixed: 3 },
  wasm: { autoencoder: 0.55, flow: 0.7, fixed: 2 },
};

/** Checks, encoding and previews beside the steps. */
const BESIDE = 1.15;

/** What a gated value costs in the gene decoder beside products, in multiply-adds. */
const GATE_WORK = 20;

type Recipe = TrainSettings['recipe'];

/** Cells of a batch of the autoencoder, genes that teach a step, tokens that the flow sees. */
function scldmSteps(size: ModelSize, genes: number, recipe: Recipe) {
  const { tokens, batch: rows, components } = scldmSizes[size];
  if (recipe === 'faithful') return { rows: SCLDM_FAITHFUL_BATCH, part: genes, seen: tokens };
  return { rows, part: scldmGenesPerStep(genes), seen: components / SCLDM_CHANNELS + 1 };
}

/** Multiply-adds of scLDM's steps. A step goes through everything three times: there, and back to inputs and weights. */
function scldmWork(size: ModelSize, { genes, expressed }: TrainingLoad, recipe: Recipe) {
  const { width, gated, tokens, flow } = scldmSizes[size];
  const { rows, part, seen } = scldmSteps(size, genes, recipe);
  // The gated layer's first product is made of genes and tokens, then mixed; keys and values of genes, not of counts.
  const decoder = rows * part * (2 * tokens * width + (2 * tokens + GATE_WORK) * gated);
  // The original's tokens have keys and values each of their own.
  const perCount = recipe === 'faithful' ? 2 * width * (width + tokens) : tokens * (width + 10);
  const pooling = rows * expressed * perCount + genes * width * (4 * width + tokens);
  const blocks = 2 * SCLDM_LAYERS * rows * tokens * (4 * width ** 2 + 3 * width * gated);
  const flowTokens = SCLDM_FLOW_BATCH * seen;
  const perToken = 4 * flow.width ** 2 + 3 * flow.width * flow.gated + 2 * seen * flow.width;
  const modulation = 6 * flow.width ** 2 * SCLDM_FLOW_BATCH;
  return {
    autoencoder: 3 * (decoder + pooling + blocks),
    flow: 3 * flow.layers * (flowTokens * perToken + modulation),
  };
}

/** Seconds of one step of each of scLDM's stages. */
export function scldmStepSeconds(
  device: DeviceReport,
  size: ModelSize,
  load: TrainingLoad,
  recipe: Recipe = 'recommended',
): { readonly autoencoder: number; readonly flow: number } {
  const { fixed, ...share } = reached[device.kind];
  const speed = (device.gflops ?? usualSpeed[device.kind]) * 1e9;
  const work = scldmWork(size, load, recipe);
  return {
    autoencoder: fixed / 1000 + (2 * work.autoencoder) / (speed * share.autoencoder),
    flow: fixed / 1000 + (2 * work.flow) / (speed * share.flow),
  };
}

/** scLDM's memory: tokens of a batch, logits of a check, blocks, four copies of the weights, latents. */
function scldmBytes(size: ModelSize, load: TrainingLoad, recipe: Recipe): number {
  const { width, tokens, flow } = scldmSizes[size];
  const { cells, genes, expressed } = load;
  const { rows, seen } = scldmSteps(size, genes, recipe);
  const floats =
    12 * rows * expressed * width +
    190 * rows * tokens * width +
    8 * genes * width +
    4 * rows * genes;
  const flowFloats = 110 * SCLDM_FLOW_BATCH * seen * flow.layers * (flow.width / 4);
  const latents = 3 * cells * tokens * SCLDM_CHANNELS;
  return BASE_BYTES + countBytes(load) + 4 * (Math.max(floats, flowFloats) + latents);
}

/** Time and memory of scLDM's full training. */
export function scldmCost(
  device: DeviceReport,
  size: ModelSize,
  load: TrainingLoad,
  recipe: Recipe = 'recommended',
): TrainingCost {
  const { steps, flowSteps } = scldmSizes[size];
  const step = scldmStepSeconds(device, size, load, recipe);
  return {
    seconds: BESIDE * (steps * step.autoencoder + flowSteps * step.flow),
    bytes: scldmBytes(size, load, recipe),
  };
}

/** What to train in the minutes granted. */
export interface Proposal {
  readonly size: ModelSize;
  /** Steps of the autoencoder and of the flow that fit. */
  readonly steps: number;
  readonly flowSteps: number;
  /** Share of a full training, at most 1. */
  readonly share: number;
}

/** Above so many genes the whole-genome size takes the place of the medium one. */
export const MANY_GENES = 5000;

/** Whether a size is meant for so many genes. */
export function fitsGenes(size: ModelSize, genes: number): boolean {
  return size === 'S' || (size === 'G') === genes > MANY_GENES;
}

/** Below so many cells that teach, larger sizes won nothing with more time (docs/fidelity.md); above it was not measured. */
export const MANY_CELLS = 10_000;

/** The largest size that has enough cells and of which the minutes allow a full training, else the small one, and its steps. */
export function proposeTraining(
  device: DeviceReport,
  load: TrainingLoad,
  minutes: number,
  recipe: Recipe = 'recommended',
): Proposal {
  const larger = (['G', 'M'] as const).find((size) => fitsGenes(size, load.genes)) ?? 'S';
  const full = scldmCost(device, larger, load, recipe).seconds <= minutes * 60;
  const taken = load.cells >= MANY_CELLS && full ? larger : 'S';
  return stepsWithin(device, taken, load, minutes, recipe);
}

/** What of a size's full training fits into the minutes. */
export function stepsWithin(
  device: DeviceReport,
  size: ModelSize,
  load: TrainingLoad,
  minutes: number,
  recipe: Recipe = 'recommended',
): Proposal {
  const share = Math.min(1, (minutes * 60) / scldmCost(device, size, load, recipe).seconds);
  const { steps, flowSteps } = scldmSizes[size];
  return {
    size,
    steps: Math.floor(steps * share),
    flowSteps: Math.floor(flowSteps * share),
    share,
  };
}

/** Epochs and steps that are set by hand; null: those of a full training, or what of it fits into the minutes. */
export interface ScldmLengths {
  readonly recipe: Recipe;
  readonly minutes: number;
  readonly maxEpochs: number | null;
  readonly flowSteps: number | null;
}

/** What scLDM will take: "About 9 min on 2 CPU threads", or "5 min: 40 % of a full training" where the minutes shorten it and nothing is set by hand. */
export function scldmText(
  device: DeviceReport,
  size: ModelSize,
  load: TrainingLoad,
  { recipe, minutes, maxEpochs, flowSteps }: ScldmLengths,
): string {
  const full = scldmSizes[size];
  const step = scldmStepSeconds(device, size, load, recipe);
  const { rows } = scldmSteps(size, load.genes, recipe);
  const epoch = Math.max(1, Math.floor(load.cells / rows));
  const autoencoder = step.autoencoder * (maxEpochs === null ? full.steps : maxEpochs * epoch);
  const flow = step.flow * (flowSteps ?? full.flowSteps);
  // Minutes shorten what is not set, by the share that all of it would need.
  const share = Math.min(1, (minutes * 60) / (BESIDE * (autoencoder + flow)));
  if (share < 1 && maxEpochs === null && flowSteps === null) {
    return `${minutes} min: ${formatPercent(share, 0)} of a full training`;
  }
  const part = (value: number | null): number => (value === null ? share : 1);
  const seconds = BESIDE * (autoencoder * part(maxEpochs) + flow * part(flowSteps));
  return `${aboutDuration(seconds)} on ${deviceWords(device)}`;
}

/** "About 2 min 40 s". */
export function aboutDuration(seconds: number): string {
  const unit = seconds < 60 ? 5 : seconds < 600 ? 10 : 60;
  return `About ${formatAbout(Math.ceil(seconds / unit) * unit)}`;
}

/** "About 40 s on 2 CPU threads" for scDFM, or that nobody has measured it. */
export function scdfmText(
  device: DeviceReport,
  tier: ScreenTier,
  flowSteps: number | null,
  sets: number,
): string {
  const seconds = scdfmSeconds(device, tier, flowSteps, sets);
  if (seconds === null) return 'Its time on a GPU is not measured';
  return `${aboutDuration(seconds)} on ${deviceWords(device)}`;
}

/** "this GPU", "2 CPU threads". */
export function deviceWords({ kind, threads }: DeviceReport): string {
  if (kind === 'webgpu') return 'this GPU';
  return threads > 1 ? `${threads} CPU threads` : '1 CPU thread';
}

/** "About 2 min 40 s on this GPU" for CFGen. */
export function estimateText(
  device: DeviceReport | null,
  cells: number,
  genes: number,
  flowSteps: number,
): string {
  if (!device || cells === 0) return '';
  const seconds = estimateSeconds(device, cells, genes, flowSteps);
  return `${aboutDuration(seconds)} on ${deviceWords(device)}`;
}

/** Networks of scDFM with what they are good for. */
export const screenKinds: readonly {
  readonly tier: ScreenTier;
  readonly name: string;
  readonly good: string;
}[] = [
  { tier: 'fast', name: 'scDFM Fast', good: 'perturbation screens' },
  { tier: 'pad-lite', name: 'scDFM PAD-lite', good: 'screens, gene by gene; slow' },
];

/** Kinds and sizes with what they are good for, in plain words. */
export const trainingKinds: readonly {
  readonly model: ModelId;
  readonly size: ModelSize;
  readonly name: string;
  readonly good: string;
}[] = [
  { model: 'cfgen', size: 'S', name: 'CFGen', good: 'a first look, and most files' },
  { model: 'scldm', size: 'S', name: 'scLDM small', good: 'any device, a few thousand cells' },
  { model: 'scldm', size: 'M', name: 'scLDM medium', good: 'from 10,000 cells, up to 5,000 genes' },
  { model: 'scldm', size: 'G', name: 'scLDM whole genome', good: 'from 10,000 cells, more genes' },
];
