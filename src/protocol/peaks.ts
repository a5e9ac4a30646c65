/** @file What is said of cells by their peaks, and of what ties genes to the peaks beside them. */
import type { Modality } from './dataset.ts';

/** One set of cells against the held-out ones. Lower is better but for precision, recall, density, coverage and the correlation. */
export interface PeakMeasures {
  /** In the space of TF-IDF and LSI: energy distance, two-sample 1-NN accuracy (0.5 ideal), PRDC. */
  readonly energy: number;
  readonly toldApart: number;
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
  /** Peaks detected per cell: Wasserstein-1 distance, and mean over the real mean. */
  readonly peaksPerCell: number;
  readonly peaksRatio: number;
  /** Share of cells that have a peak, over peaks: Pearson correlation and mean absolute difference. */
  readonly frequencyCorrelation: number;
  readonly frequencyError: number;
}

/** What a comparison by peaks says. */
export interface PeakVerdict {
  readonly cells: {
    readonly heldOut: number;
    readonly training: number;
    readonly synthetic: number;
    readonly compared: number;
  };
  readonly peaks: number;
  readonly components: number;
  readonly depthLeftOut: boolean;
  readonly synthetic: PeakMeasures;
  /** The same of training cells, as many as generated ones were compared; null without training cells. */
  readonly floor: PeakMeasures | null;
  readonly notes: readonly string[];
}

/** A gene with a peak near it. */
export interface Link {
  readonly gene: string;
  readonly peak: string;
  /** Pearson correlation over cells of log1p(CP10k) and of the peak's being there. */
  readonly real: number;
  readonly synthetic: number;
}

/** How well correlations agree. */
export interface LinkAgreement {
  /** Pearson correlation over pairs, and mean absolute difference. */
  readonly correlation: number;
  readonly difference: number;
}

/** What the comparison of ties says. */
export interface LinkVerdict {
  /** Pairs of a gene and a peak within 100,000 bases, both in at least 5 % of the real cells. */
  readonly pairs: number;
  readonly cells: number;
  readonly synthetic: LinkAgreement;
  /** Other real cells instead of generated ones; null without training cells. */
  readonly floor: LinkAgreement | null;
  /** The same peaks paired with genes of other cells: what no tie at all gives. */
  readonly untied: LinkAgreement;
  /** The ten strongest real pairs. */
  readonly strongest: readonly Link[];
}

/** The part of a verdict that is about peaks. */
export interface PeaksPart {
  /** What the file calls them. */
  readonly name: string;
  readonly verdict: PeakVerdict;
  /** Null without genes, or where fewer than three near pairs have known places. */
  readonly together: LinkVerdict | null;
  /** In a few words, how close these cells are by their peaks. */
  readonly headline: string;
  /** The same with its numbers. */
  readonly sentences: readonly string[];
}

/** Which columns of the judged counts are what, when they are not genes alone. */
export interface JudgedKinds {
  readonly modalities: readonly Modality[];
  /** Names of all features in order. */
  readonly names: readonly string[];
  /** Places of all features ("chr1:100-200"), null where unknown; null when the file has no places. */
  readonly places: readonly (string | null)[] | null;
}
