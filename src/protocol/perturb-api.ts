/** @file What the page and the perturb worker say to each other: a screen's model, its real cells, and questions about perturbations. */
import type { ApplyEvent, ApplyOpen } from './apply.ts';
import type {
  PerturbReport,
  PerturbRequest,
  PerturbScores,
  Predictor,
  RankedSet,
  ScoredPrediction,
} from './perturb.ts';

/** A prediction as the page shows it. */
export interface PredictAnswer {
  readonly report: PerturbReport;
  /** Pearson correlation of the predicted changes of all genes with the real ones, and with the sum of the members' own; null without them. */
  readonly correlation: { readonly real: number | null; readonly additive: number | null };
  /** Whitened latents of the predicted cells, [cells, latentDim]: to be placed on the map. */
  readonly latents: Float32Array;
  readonly latentDim: number;
  /** Control cell that each predicted cell began from or stands beside, by position among the worker's cells, [cells]; −1 without one. */
  readonly starts: Int32Array;
  /** Real cells with this perturbation in this context, by position among the worker's cells. */
  readonly real: Int32Array;
  readonly seconds: number;
}

/** Which measured perturbations are predicted and scored. */
export interface ScoreAsk {
  /** `unseen`: only those that training cells do not have in their context. */
  readonly which: 'all' | 'unseen';
  /** Predicted cells of each. */
  readonly cells: number;
  readonly seed: number;
}

/** Mean of one score of one predictor. */
export interface MeanScore {
  readonly mean: number;
  /** 90 % interval over perturbations; null with fewer than three. */
  readonly interval: readonly [number, number] | null;
  /** Perturbations that have the score. */
  readonly perturbations: number;
}

/** The means of one predictor; scores that no perturbation has are left out. */
export interface PredictorMeans {
  readonly predictor: Predictor;
  readonly scores: Readonly<Partial<Record<keyof PerturbScores, MeanScore>>>;
}

/** Scores of every measured perturbation, beside the baselines. */
export interface ScoreAnswer {
  readonly scored: readonly ScoredPrediction[];
  readonly means: readonly PredictorMeans[];
  /** One sentence for a person. */
  readonly headline: string;
  /** All that could be scored, those that have too few real cells, and those that the model cannot predict. */
  readonly perturbations: number;
  readonly tooFew: number;
  readonly unknown: number;
  readonly seconds: number;
}

/** Which sets that were not measured are predicted and ranked. */
export interface RankAsk {
  /** Value of every other attribute that is fixed. */
  readonly context: Readonly<Record<string, string>>;
  readonly weight: number;
  /** Predicted cells of each set. */
  readonly cells: number;
  readonly seed: number;
  /** Sets at most; of more, those with the largest effects of their members. */
  readonly most: number;
  /** Genes whose change counts; none: all genes. */
  readonly genes: readonly string[];
}

/** Sets by predicted effect, the largest first. */
export interface RankAnswer {
  readonly sets: readonly RankedSet[];
  /** Sets there would be. */
  readonly of: number;
  readonly seconds: number;
}

type OnPerturb = (event: ApplyEvent) => void;

/** The perturb worker: one scDFM model, the cells of its file, the newest prediction. It is cancelled by ending it. */
export interface PerturbApi {
  /** Errors: bad-model (no screen), bad-attribute, device-lost. */
  open(request: ApplyOpen): Promise<void>;
  /** Reads the screen, so that the first question need not wait. Error: bad-request (nothing is open). */
  prepare(): Promise<void>;
  /** Errors: bad-request (unknown members or values, no cells). */
  predict(ask: PerturbRequest, onEvent: OnPerturb): Promise<PredictAnswer>;
  /** Errors: too-few-cells (nothing can be scored). */
  score(ask: ScoreAsk, onEvent: OnPerturb): Promise<ScoreAnswer>;
  /** Errors: bad-request (there is no set that was not measured). */
  rank(ask: RankAsk, onEvent: OnPerturb): Promise<RankAnswer>;
  /** The newest prediction as an .h5ad file: counts, latents, where it comes from, effects. Errors: bad-request (there is none), export-failed. */
  save(): Promise<Blob>;
}
