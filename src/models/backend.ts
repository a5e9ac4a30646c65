/** @file What a model needs of whatever computes for it: learners for the two stages, and the trained networks in use. All take their noise from the same counters. */
import type { NamedArray } from '../engine/named-array.ts';
import type { CsrSource } from '../numerics/csr-source.ts';
import type { VectorSpace } from '../numerics/ode.ts';
import type { GuidanceBranch } from './flow/guidance.ts';
import type { FlowRecipe } from './recipes.ts';

/** Where noise comes from: row `row` of stream `stream` of `normalsAt`. */
export interface NoiseKey {
  readonly seed: number;
  readonly stream: number;
  readonly row: number;
}

/** A network that learns. Losses are summed on the device and read rarely. */
export interface Learner {
  /** Waits until the device has little left of the steps it was given; at once where a step is done when it returns. */
  settle(): Promise<void>;
  /** Mean loss of the steps since the last call. */
  takeLoss(): Promise<number>;
  /** Copies of all arrays as they are now, running statistics included. */
  read(): Promise<NamedArray[]>;
  /** Overwrites all arrays and starts the optimiser anew. */
  restart(arrays: readonly NamedArray[]): void;
  dispose(): void;
}

/** The first stage. */
export interface AutoencoderLearner extends Learner {
  /** One optimiser step on a full batch of cells. */
  step(cells: Uint32Array, rate: number, noise: NoiseKey): void;
  /** Mean loss over at most a batch of cells in evaluation mode, nats per cell. */
  evaluate(cells: Uint32Array): Promise<number>;
}

/** What an autoencoder learner is made for. */
export interface AutoencoderSpec<Shape, Recipe> {
  readonly shape: Shape;
  readonly recipe: Recipe;
  readonly initial: readonly NamedArray[];
  readonly counts: CsrSource;
  /** Cells of a batch. */
  readonly rows: number;
}

/** One batch of the flow. A condition is a time with the labels that are shown at it; cells may share one. */
export interface FlowChoice {
  readonly cells: Uint32Array;
  /** Condition of each cell, in the order of `cells`. */
  readonly conditionOf: Uint32Array;
  /** Time of each condition, in [0, 1]. */
  readonly times: Float64Array;
  /** One bit per attribute that is shown, per condition. */
  readonly masks: Uint32Array;
  /** A cell whose categories the condition has, per condition. */
  readonly labelled: Uint32Array;
  readonly noise: NoiseKey;
}

/** The second stage. */
export interface FlowLearner extends Learner {
  step(batch: FlowChoice, rate: number): void;
  evaluate(batch: FlowChoice): Promise<number>;
  /** The network that would be kept now. */
  averages(): Promise<NamedArray[]>;
}

/** What a flow learner is made for. */
export interface FlowSpec<Shape> {
  readonly shape: Shape;
  readonly recipe: FlowRecipe;
  readonly initial: readonly NamedArray[];
  /** Flow targets of all cells, [cells, dims]. */
  readonly latents: Float32Array;
  /** Category of each cell, per attribute. */
  readonly codes: readonly Int32Array[];
}

/** Which field a set of cells is moved by. */
export interface FieldQuestion {
  /** Category of each cell per attribute; read only where a branch shows the attribute. */
  readonly codes: readonly (Int32Array | null)[];
  /** Guidance groups; each cell belongs to one. */
  readonly groups: readonly (readonly GuidanceBranch[])[];
  /** Group of each cell, [cells]. */
  readonly groupOf: Uint16Array;
  /** Last dimension: its constant velocity per cell, [cells], instead of the network's; null: the network's. */
  readonly lastVelocity: Float32Array | null;
}

/** States of many cells and the velocity that moves them. */
export interface Carrier<State> {
  readonly space: VectorSpace<State>;
  create(values: Float32Array): State;
  read(state: State): Promise<Float32Array>;
  /** Velocities at time t, a new state. */
  velocity(t: number, x: State): State;
  /** Waits until the device has little left to do, so that an order to stop comes in time. */
  settle(): Promise<void>;
  free(state: State): void;
  dispose(): void;
}

/** Something that moves cells. `carry` is handed a carrier of whatever kind of state the network computes with. */
export interface FieldRuntime {
  readonly shape: { readonly dims: number };
  /** States at t = 0 of the cells from … on, made of their noise [cells, dims]; called before `carry`. Left out: the noise itself. */
  begin?(noise: Float32Array, from: number): Float32Array;
  carry<Result>(
    question: FieldQuestion,
    work: <State>(carrier: Carrier<State>) => Promise<Result>,
  ): Promise<Result>;
}

/** At most BLOCK cells whose counts are to be drawn. */
export interface DrawBlock {
  /** [cells, latentDim], not whitened */
  readonly latents: Float32Array;
  /** Library sizes, [cells]. */
  readonly library: Float64Array;
  /** Inverse dispersions, [genes]. */
  readonly theta: Float32Array;
  /** The two words that each cell's draws are keyed by, [cells, 2]. */
  readonly keys: Uint32Array;
  /** Category of each cell per attribute, −1 where it shows none, for networks that have offsets by category; left out: none is shown. */
  readonly codes?: readonly Int32Array[] | undefined;
}

/** Drawn counts: counts[r] entries of row r, row after row. */
export interface DrawnBlock {
  readonly counts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  /** Shares of genes of one row, [genes]; may be asked for until the next draw. */
  readonly shares: (row: number) => Promise<Float32Array>;
}

/** A trained autoencoder in use. */
export interface AutoencoderRuntime {
  /** Latents before whitening, [cells, latentDim]. */
  encode(counts: CsrSource, breathe: () => Promise<void>): Promise<Float32Array>;
  /** Shares of genes of at most BLOCK cells, [cells, genes]. @param latents not whitened */
  shares(latents: Float32Array): Promise<Float32Array>;
  /** Draws the counts of `drawSparseCounts` from its shares; null where that is left to the caller. */
  readonly draw: ((block: DrawBlock) => Promise<DrawnBlock>) | null;
  dispose(): void;
}
