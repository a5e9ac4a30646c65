/** @file Highly variable genes by the variance-stabilising score of Seurat v3. */
import type { CsrMatrix } from '../numerics/csr.ts';
import { loess } from './loess.ts';

/** Moments, trend and score of each gene. */
export interface GeneVariability {
  readonly mean: Float64Array;
  /** Unbiased variance. */
  readonly variance: Float64Array;
  /** log10 of the variance expected at this mean; 0 where the variance is 0. */
  readonly trend: Float64Array;
  /** Variance of the clipped standardised counts; 0 where the variance is 0. */
  readonly score: Float64Array;
}

/** Mean and unbiased variance of each gene over all cells. */
function moments(counts: CsrMatrix): { mean: Float64Array; variance: Float64Array } {
  const { rows, cols, indices, values } = counts;
  const mean = new Float64Array(cols);
  const squares = new Float64Array(cols);
  for (let k = 0; k < counts.indptr[rows]; k++) {
    mean[indices[k]] += values[k];
    squares[indices[k]] += values[k] * values[k];
  }
  const variance = squares.map((sum, gene) => {
    const m = mean[gene] / rows;
    return Math.max(0, (sum - rows * m * m) / (rows - 1));
  });
  return { mean: mean.map((sum) => sum / rows), variance };
}

/**
 * Scores genes on raw counts: counts are standardised by the variance that a loess (degree 2) of log10 variance on log10 mean
 * expects, clipped at √cells above, and their variance is the score.
 *
 * @param span share of genes in each neighbourhood of the loess
 * Source: Stuart et al. 2019, "Preprocessing"; scanpy's flavor seurat_v3.
 */
export function scoreGenes(counts: CsrMatrix, span = 0.3): GeneVariability {
  const { rows, cols } = counts;
  const { mean, variance } = moments(counts);
  const varying = Uint32Array.from(variance.keys()).filter((gene) => variance[gene] > 0);
  const fitted = loess(
    Float64Array.from(varying, (gene) => Math.log10(mean[gene])),
    Float64Array.from(varying, (gene) => Math.log10(variance[gene])),
    span,
  );
  const trend = new Float64Array(cols);
  varying.forEach((gene, i) => (trend[gene] = fitted[i]));
  const sd = trend.map((log) => Math.sqrt(10 ** log));
  const clip = sd.map((value, gene) => value * Math.sqrt(rows) + mean[gene]);
  const sum = new Float64Array(cols);
  const squares = new Float64Array(cols);
  for (let k = 0; k < counts.indptr[rows]; k++) {
    const gene = counts.indices[k];
    const value = Math.min(counts.values[k], clip[gene]);
    sum[gene] += value;
    squares[gene] += value * value;
  }
  const score = new Float64Array(cols);
  for (const gene of varying) {
    const spread = rows * mean[gene] ** 2 + squares[gene] - 2 * sum[gene] * mean[gene];
    score[gene] = spread / ((rows - 1) * sd[gene] ** 2);
  }
  return { mean, variance, trend, score };
}

/** Positions of the `n` genes with the highest score, ascending; ties go to the earlier gene. */
export function pickVariableGenes(counts: CsrMatrix, n: number): Int32Array {
  const { score } = scoreGenes(counts);
  const order = Int32Array.from(score.keys()).sort((a, b) => score[b] - score[a] || a - b);
  return order.slice(0, n).sort();
}
