/** @file What the page and the judge worker say to each other: sets of cells in, measures and a verdict out. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { JudgedKinds, PeaksPart } from './peaks.ts';
import type { CurveFrame, CurvePoint, CurvePointRequest, CurveRequest } from './curves.ts';
import type { SolverSettings } from './model.ts';

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
  /** Another program made the synthetic cells; changes the advice only. */
  readonly foreign?: boolean;
  /** Also repeat the arithmetic of CFGen's published tables (see PaperTables). */
  readonly paperCompat?: boolean;
  /** Which columns are what, when they are not genes alone. */
  readonly kinds?: JudgedKinds;
}

/** 5 and 95 % points. */
export type Interval = readonly [number, number];

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
  /** Natural log of total counts: Wasserstein-1; and mean of these cells minus mean of held-out ones. */
  | 'logLibrary'
  | 'libraryShift'
  /** Over genes: Wasserstein-1 of variance/mean of log expression, mean error of zero fractions, Pearson of log mean expression. */
  | 'varianceOverMean'
  | 'zeroFraction'
  | 'geneMeans'
  /** Mean error of the correlations between the 200 most expressed variable genes. */
  | 'geneCorrelation'
  /** The same between up to 200 marker genes of the first attribute's categories. */
  | 'markerCorrelation'
  /** Share of each category's 20 best marker genes in other real cells that are among the 20 best in these cells; Pearson of their fold changes. */
  | 'markers'
  | 'markerFolds'
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
  readonly interval: Interval | null;
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

/** What is known of each measure of some cells, beside the measure itself. */
export interface Surroundings {
  /** 90 % bootstrap intervals of the measures. */
  readonly intervals: Readonly<Partial<Record<MeasureName, Interval>>>;
  readonly floor: Readonly<Partial<Record<MeasureName, FloorValue>>>;
  readonly baselines: Readonly<Partial<Record<BaselineName, Measures>>>;
}

/** Held-out against synthetic cells with the same categories. */
export interface GroupResult extends Surroundings {
  /** Attribute, or attributes joined by " × " for a combination. */
  readonly attribute: string;
  readonly value: string;
  readonly heldOut: number;
  readonly synthetic: number;
  /** Always with an energy that has a floor. */
  readonly measures: Measures;
}

/** A combination that was held out as a whole: the model never saw one such cell. */
export interface UnseenResult {
  /** Values joined by " × ". */
  readonly value: string;
  readonly heldOut: number;
  readonly synthetic: number;
  /** Squared energy distance, its 90 % interval, and that of one half of these real cells to the other. */
  readonly energy: number;
  readonly interval: Interval | null;
  readonly floor: FloorValue;
  /** Share of cells recognised in all attributes, synthetic and real. */
  readonly hits: number | null;
  readonly realHits: number | null;
  /**
   * Two simple guesses, as energies: real training cells that differ in one value only, and the same moved by the mean difference that this
   * value makes elsewhere. Null where no such training cells exist.
   */
  readonly nearest: number | null;
  readonly shifted: number | null;
}

/** One row of CFGen's tables: distances overall, and their means over the categories of the first attribute with 20 cells on both sides. */
export interface PaperRow {
  readonly name: string;
  readonly wasserstein1: number;
  readonly wasserstein2: number;
  /** Biased, squared, five widths. */
  readonly mmd: number;
  readonly classWasserstein2: number | null;
  readonly classMmd: number | null;
}

/**
 * CFGen's published arithmetic: genes and components fitted on the held-out cells, held-out cells centred, the others not. The first row are
 * the synthetic cells, the second a set of real cells; the third and fourth are the same, centred as they should be.
 */
export interface PaperTables {
  readonly rows: readonly PaperRow[];
  /** Length of the mean that is left out: by how far any set lies off. */
  readonly offset: number;
  readonly says: string;
}

/** How often a classifier trained on real cells names one attribute as asked. */
export interface AttributeHits {
  readonly synthetic: number | null;
  readonly interval: Interval | null;
  readonly real: number;
  readonly baselines: Readonly<Partial<Record<BaselineName, number>>>;
}

/** The verdict: texts for a person, seven checks, every measure with its floor. Serialisable. */
export interface Verdict extends Surroundings {
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
  /** The numbers behind it in plain words: how far real cells are apart, how far these; what is off and what is right. */
  readonly numbers: string;
  readonly fitFor: string;
  readonly weakest: string | null;
  readonly advice: readonly string[];
  readonly passed: number;
  readonly checks: readonly Check[];
  readonly measures: Measures;
  /** Per attribute: share named as asked, of these cells (with its interval) and of held-out real ones; and of each baseline. */
  readonly hits: Readonly<Record<string, AttributeHits>>;
  readonly groups: readonly GroupResult[];
  /** Combinations without a training cell; they take no part in the rest. */
  readonly unseen: readonly UnseenResult[];
  /** Null unless asked for. */
  readonly paper: PaperTables | null;
  readonly seconds: number;
  /** What limits the comparison, e.g. that only a part of the cells was used. */
  readonly notes: readonly string[];
  /** What is said by peaks; everything else is about genes, and empty where there are none. */
  readonly peaks?: PeaksPart | undefined;
}

/** How the cells of a stored verdict were made and compared. */
export interface CheckSettings {
  /** Seed of the synthetic cells. */
  readonly seed: number;
  /** Guidance weight of every attribute. */
  readonly weight: number;
  readonly solver: SolverSettings;
  /** Cells of each side and training cells at most, and cells in exact transport. */
  readonly mostCells: number;
  readonly mostTraining: number;
  readonly mostTransport: number;
}

/** The last verdict on a model, as the model's file carries it. */
export interface StoredVerdict {
  /** Id of the model that was judged. */
  readonly model: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly settings: CheckSettings;
  readonly verdict: Verdict;
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
  /** Fits the space and the classifier for guidance curves; forgets earlier ones. Errors: bad-request, cancelled. */
  openCurves(request: CurveRequest): Promise<CurveFrame>;
  /** Measures the cells of one point. Error: bad-request before openCurves. */
  measurePoint(request: CurvePointRequest): Promise<CurvePoint>;
  cancel(): Promise<void>;
  /** For so many milliseconds a helper begins with nothing more: the person steers, and the processor is wanted for that. */
  giveWay(ms: number): Promise<void>;
}
