/** @file What measures are called on the page, on paper and in a terminal, and in which order they are listed. */
import type { MeasureName } from './judge.ts';

/** Full names, for tables on paper; in the order in which tables list them. */
export const measureNames: Readonly<Record<MeasureName, string>> = {
  energy: 'Squared energy distance (PCA)',
  wasserstein1: 'Wasserstein-1 (PCA, exact)',
  wasserstein2: 'Wasserstein-2 (PCA, exact)',
  mmdFiveWidths: 'MMD, five widths, biased, squared',
  mmdMedian: 'MMD, median width, unbiased, squared',
  toldApart: '1-nearest-neighbour two-sample accuracy (0.5 ideal)',
  auc: 'Classifier two-sample AUC (0.5 ideal)',
  precision: 'Precision (k = 5)',
  recall: 'Recall (k = 5)',
  density: 'Density (k = 5)',
  coverage: 'Coverage (k = 5)',
  zeros: 'Zeros per cell, Wasserstein-1 (genes)',
  detectedShift: 'Detected genes, mean difference',
  logLibrary: 'Log library size, Wasserstein-1',
  libraryShift: 'Log library size, mean difference',
  varianceOverMean: 'Variance over mean per gene, Wasserstein-1',
  zeroFraction: 'Zero fraction per gene, mean error',
  geneMeans: 'Log gene means, Pearson (1 ideal)',
  geneCorrelation: 'Gene–gene correlations, mean error',
  markerCorrelation: 'Correlations of marker genes, mean error',
  markers: 'Marker genes found again (top 20 of each type)',
  markerFolds: 'Fold changes of marker genes, Pearson (1 ideal)',
  copies: 'Cells that sit on a training cell',
  exactCopies: 'Exact copies of training cells',
  nearTraining: 'Nearer to training cells than 99 % of real cells (0.01 ideal)',
  copyRatio: 'Distance to nearest training cell, over that of held-out cells',
  hits: 'Recognised as asked',
  diversity: 'Spread inside a class, over that of held-out cells',
};

/** All measures in that order. */
export const measureOrder = Object.keys(measureNames) as MeasureName[];
