/** @file What the page and the apply worker say to each other: a trained model used on real cells. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { WriteColumn } from './dataset.ts';
import type { ErrorRecord } from './errors.ts';

/** What a model can be used for. */
export type ApplyUse = 'correct' | 'counterfactual' | 'augment' | 'impute';

/** The model and the cells it is used on. Counts and bytes are moved: do not use them afterwards. */
export interface ApplyOpen {
  /** A *.cellsmith file. */
  readonly model: Uint8Array;
  /** Real cells over the model's genes. */
  readonly counts: CsrMatrix;
  /** Columns over these cells: the model's attributes, and whatever the file shall say of them. */
  readonly columns: Readonly<Record<string, WriteColumn>>;
  readonly cellNames: readonly string[];
  /** 1 for cells that the model did not learn from. */
  readonly heldOut: Uint8Array;
  readonly device: 'auto' | 'webgpu' | 'cpu';
}

/** Progress of a use. */
export interface ApplyEvent {
  readonly doing: string;
  /** 0–1 over the whole use. */
  readonly share: number;
  /** null before there is an estimate */
  readonly secondsLeft: number | null;
}

/** Batch correction as a person asks for it. */
export interface CorrectAsk {
  readonly batch: string;
  /** Reference batch; null: the mean of the batches. */
  readonly to: string | null;
  /** Attributes whose labels are shown on both ways. */
  readonly keep: readonly string[];
  /** Column of kinds that the measures are made with; null: no measures. */
  readonly measure: string | null;
  /** Also draw counts from the corrected latents. */
  readonly counts: boolean;
  /** Where the cells are on the page's map, x and y in turn: the start of the map before. */
  readonly start: Float32Array | null;
  readonly seed: number;
}

/** The scIB measures of one embedding, 0–1, and their means. */
export type ScibNumbers = Readonly<Record<string, number>>;

/** Corrected cells as the page shows them. */
export interface CorrectAnswer {
  readonly cells: number;
  readonly batches: readonly string[];
  /** Cells whose kind never occurred in the reference batch. */
  readonly unseenCells: number;
  /** Cells on the maps, by position, and their places, x and y in turn. */
  readonly rows: Int32Array;
  readonly before: Float32Array;
  readonly after: Float32Array;
  /** In the order uncorrected, linear, latents, corrected; null without a column to measure by, or when it cannot be measured. */
  readonly measures: {
    readonly cells: number;
    readonly uncorrected: ScibNumbers;
    readonly linear: ScibNumbers;
    readonly latents: ScibNumbers;
    readonly corrected: ScibNumbers;
  } | null;
  /** Why there are no measures, in words. */
  readonly unmeasured: ErrorRecord | null;
  readonly seconds: number;
}

/** Counterfactual cells as a person asks for them. */
export interface CounterfactualAsk {
  readonly set: Readonly<Record<string, string>>;
  readonly where: Readonly<Record<string, string>>;
  /** Only these cells, by position; null: all. */
  readonly among: Int32Array | null;
  readonly seed: number;
}

/** How a predicted effect agrees with the real one. */
export interface AgreementNumbers {
  readonly pearson: number;
  readonly pearsonTop: number;
  readonly directionTop: number;
  readonly error: number;
}

/** Changed cells as the page shows them. */
export interface CounterfactualAnswer {
  /** Positions of the changed cells. */
  readonly rows: Int32Array;
  /** Whitened latents after the change, [rows, latentDim]: to be placed on the map. */
  readonly after: Float32Array;
  readonly latentDim: number;
  readonly extrapolated: boolean;
  readonly realCells: number;
  /** Genes with the largest predicted or real effects: change of mean log1p(CP10k). */
  readonly effects: readonly {
    readonly gene: string;
    readonly effect: number;
    readonly observed: number | null;
    readonly additive: number | null;
  }[];
  readonly model: AgreementNumbers | null;
  readonly additive: AgreementNumbers | null;
  /** The model learnt from real cells of the new condition, so the comparison is no test. */
  readonly seenInTraining: boolean;
  readonly seconds: number;
}

/** A value of each of some attributes. */
export type Combination = Readonly<Record<string, string>>;

/** More cells of a kind as a person asks for them. */
export interface AugmentAsk {
  readonly attribute: string;
  readonly values: readonly string[];
  readonly cells: number;
  /** Attributes spread evenly over all their values. */
  readonly fill: readonly string[];
  /** Combinations of values to add instead of kinds, `cells` of each; then `values` are not looked at. */
  readonly combinations?: readonly Combination[];
  readonly check: boolean;
  readonly seed: number;
}

/** A share with its 90 % interval. */
export interface ShareNumbers {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** Added cells as the page shows them. */
export interface AugmentAnswer {
  readonly added: number;
  readonly extrapolated: boolean;
  /** Whitened latents, [added, latentDim]. */
  readonly latents: Float32Array;
  readonly latentDim: number;
  /** null when it was not asked for, or cannot be made */
  readonly check: {
    readonly classes: readonly {
      readonly name: string;
      readonly trainingCells: number;
      readonly heldOutCells: number;
      readonly real: ShareNumbers;
      readonly oversampled: ShareNumbers;
      readonly synthetic: ShareNumbers;
    }[];
    readonly verdict: string;
    readonly summary: string;
  } | null;
  readonly unchecked: ErrorRecord | null;
  readonly seconds: number;
}

/** Imputation as a person asks for it. */
export interface ImputeAsk {
  /** Names of genes; empty: all genes of the model. */
  readonly genes: readonly string[];
  readonly passes: number;
  readonly test: boolean;
  readonly seed: number;
}

/** Filled genes as the page shows them. */
export interface ImputeAnswer {
  readonly cells: number;
  readonly genes: number;
  readonly referenceCells: number;
  readonly test: {
    readonly trainingCells: number;
    readonly heldOutCells: number;
    readonly entries: number;
    readonly positive: number;
    readonly scores: readonly {
      readonly method: 'combined' | 'model' | 'nearest' | 'kind' | 'overall';
      readonly spearman: number;
      readonly spearmanPositive: number;
      readonly spearmanWithin: number | null;
      readonly error: number;
      readonly errorPositive: number;
    }[];
    readonly genes: readonly {
      readonly name: string;
      readonly entries: number;
      readonly spearman: Readonly<Record<string, number>> | null;
    }[];
    /** Mean estimates by the hidden count; between low and high lie 80 % of what is written. */
    readonly byCount: readonly {
      readonly from: number;
      readonly to: number;
      readonly entries: number;
      readonly hidden: number;
      readonly means: Readonly<
        Partial<Record<'combined' | 'model' | 'nearest' | 'kind' | 'overall', number>>
      >;
      readonly low: number;
      readonly high: number;
    }[];
  } | null;
  readonly untested: ErrorRecord | null;
  readonly seconds: number;
}

type OnApply = (event: ApplyEvent) => void;

/** The apply worker: a model, real cells, and the newest outcome, which can be saved. Errors besides those of each task: bad-model, device-lost. */
export interface ApplyApi {
  open(request: ApplyOpen): Promise<void>;
  correct(ask: CorrectAsk, onEvent: OnApply): Promise<CorrectAnswer>;
  counterfactual(ask: CounterfactualAsk, onEvent: OnApply): Promise<CounterfactualAnswer>;
  augment(ask: AugmentAsk, onEvent: OnApply): Promise<AugmentAnswer>;
  impute(ask: ImputeAsk, onEvent: OnApply): Promise<ImputeAnswer>;
  /** The newest outcome of a use as an .h5ad file. Errors: bad-request (there is none), export-failed. */
  save(use: ApplyUse): Promise<Blob>;
}
