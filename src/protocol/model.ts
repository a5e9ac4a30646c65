/** @file What the page and the model worker say to each other. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { DiskTrainingData, Modality, TrainingData } from './dataset.ts';
import type { ScreenInfo, ScreenSettings } from './perturb.ts';

/** On what the model runs, and why not on something better. */
export interface DeviceReport {
  readonly kind: 'webgpu' | 'wasm-threads' | 'wasm';
  readonly threads: number;
  /** Adapter name, for the tooltip. */
  readonly name: string;
  /** Why no GPU is used, a sentence for a person; null when one is. */
  readonly whyNoGpu: string | null;
  /** Speed at one large matrix product, GFLOP/s; left out until it is measured. */
  readonly gflops?: number | undefined;
}

/** Which cells are held out, beyond a share of every combination. */
export interface SplitSettings {
  /** Name of an obs column (a donor, a batch) of which whole groups are held out; null: single cells, a share of every combination. */
  readonly by: string | null;
  /** Combinations hidden from training on purpose: every cell with all of these values is held out. */
  readonly hide: readonly Readonly<Record<string, string>>[];
}

/** The models that can be trained. */
export type ModelId = 'cfgen' | 'scldm' | 'scdfm';

/** Sizes of scLDM: small for any device, medium, and one for whole genomes. */
export type ModelSize = 'S' | 'M' | 'G';

/** How a model is trained. `recommended` is Cellsmith's own recipe; `faithful` reproduces the original program. */
export interface TrainSettings {
  readonly model: ModelId;
  /** scLDM's size; left out: S. */
  readonly size?: ModelSize | undefined;
  /** scLDM: minutes that training may take on this device, by measured speed; left out: the recipe's own steps. */
  readonly minutes?: number | undefined;
  /** scLDM: go on from the worker's present model, which must be of the same kind, size, recipe, genes and cells; left out: begin anew. */
  readonly goOn?: boolean | undefined;
  readonly recipe: 'recommended' | 'faithful';
  readonly seed: number;
  /** Autoencoder epochs at most; early stopping usually ends sooner. null: the recipe's own. */
  readonly maxEpochs: number | null;
  /** Flow steps. null: the recipe's own, fitted to the number of cells. */
  readonly flowSteps: number | null;
  /** Share of the cells held out for validation and checks, 0.05–0.5. */
  readonly heldOut: number;
  readonly split?: SplitSettings | undefined;
  /** scDFM: how the perturbation screen is read and modelled. */
  readonly screen?: ScreenSettings | undefined;
}

/** The parts of a training, in their order. */
export type TrainStage = 'prepare' | 'autoencoder' | 'encode' | 'flow' | 'calibrate';

/** What training reports while it runs. Progress comes at most ten times a second. */
export type TrainEvent =
  | {
      readonly type: 'stage';
      readonly stage: TrainStage;
      readonly seconds: Readonly<Partial<Record<TrainStage, number>>>;
    }
  | {
      readonly type: 'progress';
      readonly stage: TrainStage;
      /** Share of the whole training, 0–1. */
      readonly overall: number;
      /** Epoch (autoencoder), step (flow) or hundredth (calibration), and its maximum. */
      readonly at: number;
      readonly of: number;
      readonly cellsPerSecond: number;
      readonly stepsPerSecond: number;
      readonly secondsLeft: number;
    }
  /** One point of a loss curve; autoencoder: nats per cell by epoch, flow: mean squared error by step. */
  | {
      readonly type: 'loss';
      readonly stage: 'autoencoder' | 'flow';
      readonly at: number;
      readonly train: number;
      readonly heldOut: number | null;
    }
  /** The autoencoder is done: latents of all training-data cells, [cells, latentDim], whitened. */
  | {
      readonly type: 'latents';
      readonly latents: Float32Array;
      readonly latentDim: number;
      readonly heldOut: Uint8Array;
    }
  /** Test cells with fixed noise at the present step. */
  | { readonly type: 'preview'; readonly step: number; readonly sample: SampleResult }
  | { readonly type: 'paused'; readonly at: number }
  | { readonly type: 'resumed' }
  /** Loss became infinite; went back to the last good state with half the learning rate. */
  | { readonly type: 'setback'; readonly at: number; readonly backTo: number };

/** One attribute a model can be steered by. */
export interface ModelAttribute {
  readonly name: string;
  readonly categories: readonly string[];
  /** Training cells per category. */
  readonly cells: readonly number[];
  /** Training cells without a value: they taught the model without this attribute. Left out when there are none. */
  readonly unlabelled?: number | undefined;
}

/** What the page knows of a trained model; small and serialisable. */
export interface ModelInfo {
  readonly id: string;
  readonly model: ModelId;
  /** scLDM's size. */
  readonly size?: ModelSize | undefined;
  readonly recipe: 'recommended' | 'faithful';
  readonly fileName: string;
  /** Size of the source file in cells and genes, to recognise it. */
  readonly sourceShape: readonly [number, number];
  readonly nGenes: number;
  /** What the model's features are, in order; left out: genes alone, negative binomial. `nGenes` counts them all. */
  readonly modalities?: readonly Modality[] | undefined;
  readonly latentDim: number;
  readonly attributes: readonly ModelAttribute[];
  /** Training cells per combination of labels, row-major over attributes in order (length = product of category counts), or null when that exceeds 100,000. */
  readonly combinations: readonly number[] | null;
  readonly trainingCells: number;
  readonly heldOutCells: number;
  /** How they were chosen, when not as a share of every combination. */
  readonly split?: SplitSettings | undefined;
  /** scDFM: what is known of the screen. */
  readonly screen?: ScreenInfo | undefined;
  readonly seed: number;
  /** Best held-out autoencoder loss in nats per cell, and its epoch. */
  readonly autoencoderLoss: number;
  readonly autoencoderEpoch: number;
  readonly flowLoss: number;
  readonly flowStep: number;
  readonly seconds: number;
  readonly device: string;
  /** ISO date. */
  readonly trainedAt: string;
  /** True if training was stopped before its end. */
  readonly stoppedEarly: boolean;
  readonly bytes: number;
}

/** One attribute's steering. value null: every value, as often as in the training cells; the share of unlabelled ones is shown none. */
export interface GuidanceTerm {
  readonly attribute: string;
  readonly value: string | null;
  /** 0 ignored, 1 as learnt, up to 4. */
  readonly weight: number;
}

/** How the flow is integrated: fixed steps, or adaptive with atol = rtol = tolerance. */
export type SolverSettings =
  | { readonly method: 'heun' | 'rk4' | 'ab3'; readonly steps: number }
  | { readonly method: 'dopri5'; readonly tolerance: number };

/** Where library sizes come from: the flow itself (joint library), a log-normal of all cells, or one fixed number. */
export type LibrarySetting =
  | { readonly mode: 'chosen' }
  | { readonly mode: 'all' }
  | { readonly mode: 'fixed'; readonly value: number };

/** A request for synthetic cells. Cell i's noise depends on (seed, i) alone, so cells keep their identity while weights move. */
export interface SampleRequest {
  readonly cells: number;
  readonly seed: number;
  readonly guidance: readonly GuidanceTerm[];
  readonly library: LibrarySetting;
  readonly solver: SolverSettings;
  /** Also return this many states between noise (t = 0) and cell (t = 1), both included. 0: none. */
  readonly frames: number;
  /** Exact category of each cell, per attribute (−1: unconditional); overrides the guidance values. For "one synthetic cell per real cell". */
  readonly codes?: Readonly<Record<string, Int32Array>>;
  /**
   * Number of the first of these cells among all that the seed makes; 0 when left out. Cells first … first + cells − 1 are those that a
   * request for more cells has there: bit for bit when `first` is a multiple of RANGE_CELLS and the range ends at one or with the request,
   * else but for rounding (at most 1e-4 in a latent).
   */
  readonly first?: number;
  /** scDFM: members of the set of perturbations, in place of the perturbation's guidance value (its weight still counts); none: control. */
  readonly perturbation?: readonly string[] | undefined;
  /** scDFM: add the velocities of single members instead of asking for the set at once. */
  readonly composed?: boolean | undefined;
}

/** Cells that are carried through the flow together; ranges that begin and end at multiples of it are made bit for bit alike. */
export const RANGE_CELLS = 4096;

/** Some synthetic cells with their counts. */
export interface GeneratedRange extends Omit<SampleResult, 'sampleId'> {
  /** [cells, genes of the model]; null when they were not asked for. */
  readonly counts: CsrMatrix | null;
}

/** Synthetic cells as latents. */
export interface SampleResult {
  /** Handle for decode and gene look-ups; the worker keeps the newest few. */
  readonly sampleId: number;
  readonly cells: number;
  readonly latentDim: number;
  /** Whitened latents, [cells, latentDim]. */
  readonly latents: Float32Array;
  /** Natural log of each cell's library size. */
  readonly logLibrary: Float32Array;
  /** The category each cell was asked to be, per attribute; −1 when the attribute was ignored. */
  readonly codes: Readonly<Record<string, Int32Array>>;
  /** States over time, [frames, cells, latentDim], with their times in [0, 1]. */
  readonly trajectory: { readonly times: Float32Array; readonly latents: Float32Array } | null;
  /** The choice has a combination without a training cell. */
  readonly extrapolated: boolean;
  /** scDFM: control cell that each cell began from or stands beside, by position in the source file, [cells]. */
  readonly starts?: Int32Array | undefined;
  readonly milliseconds: number;
  readonly evaluations: number;
}

/**
 * Real cells to be carried to noise with one set of labels and back with another. Category codes per attribute: −1 leaves an attribute
 * unshown for a cell, an attribute that is not mentioned is unshown for all.
 */
export interface TransportRequest {
  /** Whitened latents, as `encode` gives them, [cells, latentDim]. */
  readonly latents: Float32Array;
  /** Natural log of each cell's library size over the model's genes, [cells]. */
  readonly logLibrary: Float32Array;
  /** The cells' own categories, shown on the way to noise. */
  readonly from: Readonly<Record<string, Int32Array>>;
  /** Categories shown on the way back. */
  readonly to: Readonly<Record<string, Int32Array>>;
  /** Attribute whose label on the way back is the mean of all its categories' labels instead of its codes in `to`; null: none. */
  readonly average: string | null;
  /** Guidance weights by attribute on both ways; 1 where not mentioned. */
  readonly weightsToNoise: Readonly<Record<string, number>>;
  readonly weightsToCells: Readonly<Record<string, number>>;
  /**
   * Models that generate library sizes: `kept` leads that dimension on a straight line between the cell's own size and the mean one, both
   * ways; `carried` lets it follow the flow, so that the cell gets the size it would have had. Other models keep every size.
   */
  readonly library: 'kept' | 'carried';
  readonly solver: SolverSettings;
  /** Seed of the counts, should they be decoded. */
  readonly seed: number;
}

/** How far a transport is. */
export interface TransportEvent {
  /** Share of both ways, 0–1. */
  readonly share: number;
  /** Estimate from the time so far; null before there is one. */
  readonly secondsLeft: number | null;
}

/** The same cells under other labels. */
export interface TransportResult {
  /** Handle for decode and gene look-ups. */
  readonly sampleId: number;
  readonly cells: number;
  readonly latentDim: number;
  /** Whitened latents, [cells, latentDim]. */
  readonly latents: Float32Array;
  readonly logLibrary: Float32Array;
  /** Where the cells were at t = 0, [cells, latentDim]. */
  readonly noise: Float32Array;
  /** Some cell's new combination has no training cell. */
  readonly extrapolated: boolean;
  readonly milliseconds: number;
  readonly evaluations: number;
}

/** A training order for the model worker. */
export interface TrainRequest {
  /** Counts in memory, or on disk when they do not fit. */
  readonly data: TrainingData | DiskTrainingData;
  readonly settings: TrainSettings;
  readonly sourceShape: readonly [number, number];
  /** Every gene of the source file in order, to be kept in the model for exports with all genes. */
  readonly sourceGenes?: readonly string[];
  /** Group of every cell in the column `settings.split.by`, −1 where it is missing; needed when that is not null. */
  readonly splitGroups?: Int32Array;
  /** Cells in each preview during training; 0: none. */
  readonly previewCells: number;
}
