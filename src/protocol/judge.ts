/** @file What the page and the judge worker say to each other: sets of cells in, measures and a verdict out. */
import type { CsrMatrix } from '../numerics/csr.ts';

/** One attribute with the category of every cell of the three sets; −1 is missing. */
export interface JudgeAttribute {
  readonly name: string;
  readonly categories: readonly string[];
  readonly heldOut: Int32Array;
  readonly training: Int32Array;
  readonly synthetic: Int32Array;
}

/** Counts over the same genes in the same order: real cells never used for training, training cells, synthetic cells. */
export interface JudgeRequest {
  /** Equal keys give the stored verdict: model id, settings and seed in one text. */
  readonly key: string;
  readonly heldOut: CsrMatrix;
  readonly training: CsrMatrix;
  readonly synthetic: CsrMatrix;
  readonly attributes: readonly JudgeAttribute[];
  readonly seed: number;
  /** Cells of each side in distances at most (a random part beyond), and in exact transport. */
  readonly mostCells: number;
  readonly mostTransport: number;
  /** Training was ended before its end; changes the advice only. */
  readonly stoppedEarly: boolean;
}

/** Everything that is measured between held-out and other cells. */
export type MeasureName =
  /** Squared energy distance. */
  | 'energy'
  /** Exact Wasserstein distances. */
  | 'wasserstein1'
  | 'wasserstein2'
  /** CFGen's biased squared MMD, and the unbiased one of median width (can be negative). */
  | 'mmdFiveWidths'
  | 'mmdMedian'
  /** 1-nearest-neighbour two-sample accuracy, and the AUC of a trained classifier; 0.5 ideal. */
  | 'toldApart'
  | 'auc'
  | 'precision'
  | 'recall'
  | 'density'
  | 'coverage'
  /** Genes without counts per cell: Wasserstein-1; and detected genes, mean of these cells minus mean of held-out ones. */
  | 'zeros'
  | 'detectedShift'
  /** Natural log of total counts: Wasserstein-1. */
  | 'logLibrary'
  /** Over genes: Wasserstein-1 of variance/mean of log expression, mean error of zero fractions, Pearson of log mean expression. */
  | 'varianceOverMean'
  | 'zeroFraction'
  | 'geneMeans'
  /** Mean error of the correlations between the 200 most expressed variable genes. */
  | 'geneCorrelation'
  /** Share of cells that sit on one training cell: nearer than 99 % of held-out cells do and alone there, or equal to it. */
  | 'copies'
  /** Share of cells nearer to a training cell than 99 % of held-out cells are (cells in the middle of a class are, too). */
  | 'nearTraining'
  /** Share of cells whose counts equal those of a training cell. */
  | 'exactCopies'
  /** Median distance to the nearest training cell over that of held-out cells; 1 ideal. */
  | 'copyRatio'
  /** Share of categories that a classifier trained on real cells names as asked, mean over attributes. */
  | 'hits'
  /** Mean distance inside a class over that of held-out cells; below 1 is too uniform. */
  | 'diversity';

/** Values of the measures that exist for a set of cells. */
export type Measures = Readonly<Partial<Record<MeasureName, number>>>;

/** Real against real: mean and 5 and 95 % points over draws. */
export interface FloorValue {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly draws: number;
}

/** Trivial ways of making cells, and copying. */
export type BaselineName = 'independentGenes' | 'classNb' | 'gaussian' | 'copies';

/** The seven aspects of the verdict. */
export type CheckId =
  'expression' | 'toldApart' | 'coverage' | 'zeros' | 'library' | 'hits' | 'copies';

/** One check: how bad (0 is ideal), how bad real cells are, and words. */
export interface Check {
  readonly id: CheckId;
  readonly name: string;
  /** Distance from ideal; the same for a usual draw of real cells (middle), and the floor's 90 % band. */
  readonly value: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
  readonly inside: boolean;
  readonly light: 'good' | 'near' | 'far';
  /** 90 % bootstrap interval of `value`, null where none was made yet. */
  readonly interval: readonly [number, number] | null;
  /** Baselines as distance from ideal. */
  readonly baselines: Readonly<Partial<Record<BaselineName, number>>>;
  /** The measure itself as text, for these cells and for real ones. */
  readonly shown: string;
  readonly floorShown: string;
  /** What is wrong, a sentence with its number and floor; also when inside. */
  readonly says: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Held-out against synthetic cells with the same categories. */
export interface GroupResult {
  /** Attribute, or attributes joined by " × " for a combination. */
  readonly attribute: string;
  readonly value: string;
  readonly heldOut: number;
  readonly synthetic: number;
  readonly energy: number;
  readonly floor: FloorValue;
  /** Mean distance inside the group over that of held-out cells. */
  readonly diversity: number;
}

/** The verdict: texts for a person, seven checks, every measure with its floor. Serialisable. */
export interface Verdict {
  readonly key: string;
  /** False while more measures are on their way; the checks may still be incomplete. */
  readonly complete: boolean;
  /** All checks are there: the headline stands. */
  readonly decided: boolean;
  readonly cells: {
    readonly heldOut: number;
    readonly training: number;
    readonly synthetic: number;
  };
  readonly genes: number;
  readonly headline: string;
  readonly sentence: string;
  readonly fitFor: string;
  readonly weakest: string | null;
  readonly advice: readonly string[];
  readonly passed: number;
  readonly checks: readonly Check[];
  readonly measures: Measures;
  readonly floor: Readonly<Partial<Record<MeasureName, FloorValue>>>;
  readonly baselines: Readonly<Partial<Record<BaselineName, Measures>>>;
  /** Per attribute: share named as asked, of these cells and of held-out real ones. */
  readonly hits: Readonly<
    Record<string, { readonly synthetic: number | null; readonly real: number }>
  >;
  readonly groups: readonly GroupResult[];
  readonly seconds: number;
  /** What limits the comparison, e.g. that only a part of the cells was used. */
  readonly notes: readonly string[];
}

/** Progress of a judgement with the verdict so far. */
export interface JudgeEvent {
  readonly doing: string;
  readonly share: number;
  readonly verdict: Verdict | null;
}

/** The judge worker. */
export interface JudgeApi {
  /** Measures and judges; a newer call or cancel() makes it reject with cancelled. Errors: bad-request, cancelled. */
  judge(request: JudgeRequest, onEvent: (event: JudgeEvent) => void): Promise<Verdict>;
  cancel(): Promise<void>;
}
