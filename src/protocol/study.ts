/** @file What the page and the study worker say to each other: expression of chosen cells, real beside synthetic. */
import type { CsrMatrix } from '../numerics/csr.ts';

/** Cells to study. Counts are moved: do not use them afterwards. */
export interface StudyLoad {
  /** Real cells over all genes of the file; null keeps those of the last load. */
  readonly real: CsrMatrix | null;
  /** Synthetic cells over the model's genes; null when there are none. */
  readonly synthetic: CsrMatrix | null;
  /** Rows of `synthetic` to keep; null keeps all. */
  readonly syntheticRows?: Int32Array | null;
  /** Column j of `synthetic` is gene geneIndex[j] of the real counts, −1 for one they do not have; null without synthetic cells. */
  readonly geneIndex: Int32Array | null;
}

/** Per-cell sums of the loaded cells, over the genes that both kinds have. */
export interface StudySummary {
  readonly realTotals: Float32Array;
  readonly realDetected: Float32Array;
  readonly syntheticTotals: Float32Array;
  readonly syntheticDetected: Float32Array;
  /** Number of genes that both kinds have. */
  readonly sharedGenes: number;
}

/** Some of the loaded cells of one kind, by their position among the loaded ones. */
export interface CellSet {
  readonly kind: 'real' | 'synthetic';
  readonly rows: Int32Array;
}

/** Genes that tell one set of cells from another. */
export interface MarkerRequest {
  readonly cells: CellSet;
  readonly others: CellSet;
  /** Correct the variance of the rank sum for ties (scanpy's tie_correct). */
  readonly tieCorrect: boolean;
  /** How many genes to return from each end of the list. */
  readonly most: number;
}

/** One gene of a marker table. */
export interface Marker {
  /** Position of the gene in the file. */
  readonly gene: number;
  /** z of the Wilcoxon rank sum; above 0: higher in the cells. */
  readonly score: number;
  readonly pValue: number;
  /** Benjamini–Hochberg over all genes tested. */
  readonly adjusted: number;
  /** log2 of the ratio of mean counts per 10,000 as scanpy forms it: means of logarithms, undone, plus 1e-9. */
  readonly logFold: number;
  /** Share of cells with a count, in the cells and in the others. */
  readonly fraction: number;
  readonly otherFraction: number;
  /** Mean log(1 + count per 10,000). */
  readonly mean: number;
  readonly otherMean: number;
}

/** Highest genes first, and the lowest ones. */
export interface MarkerTable {
  readonly tested: number;
  readonly cells: number;
  readonly others: number;
  readonly up: readonly Marker[];
  readonly down: readonly Marker[];
}

/** Expression of genes in sets of cells, log(1 + count per 10,000). */
export interface DescribeRequest {
  /** Positions in the file. */
  readonly genes: readonly number[];
  readonly sets: readonly CellSet[];
  /** Normalise over the genes that both kinds have (as must be when kinds are compared), or over all genes of the file. */
  readonly shared: boolean;
}

/** One gene in one set. */
export interface SetExpression {
  readonly cells: number;
  readonly mean: number;
  /** Share of cells with a count. */
  readonly fraction: number;
  readonly low: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly high: number;
  /** Density at 48 even points between `low` and `high`; area 1. Empty when all values are equal. */
  readonly density: Float32Array;
}

/** Gene-wise mean and variance (n − 1) of counts over the shared genes. */
export interface GeneMoments {
  /** Positions in the file. */
  readonly genes: Int32Array;
  readonly realMean: Float32Array;
  readonly realVariance: Float32Array;
  readonly syntheticMean: Float32Array;
  readonly syntheticVariance: Float32Array;
}

/** Lines of equal density of cells on a map. */
export interface ContourRequest {
  /** x, y pairs; NaN where a cell has no place. */
  readonly positions: Float32Array;
  /** Category of each cell, −1: in no group. */
  readonly codes: Int32Array;
  readonly categories: number;
  /** Lines a category. */
  readonly levels: number;
}

/** Line strips of one category: all x, y pairs in a row, cut at `starts`. */
export interface ContourLines {
  readonly category: number;
  /** 0 … levels − 1, outermost first. */
  readonly level: number;
  readonly points: Float32Array;
  /** First point of every strip, ascending. */
  readonly starts: Uint32Array;
}

/** Progress of a joint map. */
export interface JointEvent {
  readonly real: Float32Array;
  readonly synthetic: Float32Array;
  readonly share: number;
}

/** A map made anew from real and synthetic cells together. */
export interface JointMap {
  /** x, y pairs of the loaded cells. */
  readonly real: Float32Array;
  readonly synthetic: Float32Array;
  /** Share of real cells among the 15 nearest others of synthetic cells, mean. */
  readonly realNearSynthetic: number;
  /** What it would be if both kinds were perfectly mixed. */
  readonly expected: number;
  /** The same for real cells: share of real among their 15 nearest. */
  readonly realNearReal: number;
  readonly seconds: number;
}

/** The study worker: holds some cells' counts and answers questions about them. Errors: bad-request, no-gene, cancelled. */
export interface StudyApi {
  load(request: StudyLoad): Promise<StudySummary>;
  markers(request: MarkerRequest): Promise<MarkerTable>;
  /** [gene][set] */
  describe(request: DescribeRequest): Promise<readonly (readonly SetExpression[])[]>;
  /** Values of one gene, one array a set. */
  values(request: DescribeRequest): Promise<readonly Float32Array[]>;
  moments(): Promise<GeneMoments>;
  contours(request: ContourRequest): Promise<readonly ContourLines[]>;
  /** A newer call ends an older one. */
  joint(seed: number, onEvent: (event: JointEvent) => void): Promise<JointMap>;
  cancel(): Promise<void>;
}
