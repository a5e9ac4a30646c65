/** @file Highly variable genes by the variance-stabilising score of Seurat v3. */
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
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

/** Smaller batches say nothing of a gene's spread. */
const fewestInBatch = 3;

/** How the genes stand over several batches. */
export interface BatchRanks {
  /** Median of a gene's ranks in the batches where it is among the first n; NaN where it never is. 0 is the most variable. */
  readonly median: Float64Array;
  /** Batches in which it is among the first n. */
  readonly batches: Uint16Array;
}

/**
 * Ranks genes batch by batch, each by its own trend.
 *
 * @param batchOf batch of each cell, −1 for none; cells without a batch, and batches of fewer than 3 cells, do not take part
 * @param n genes wanted: only ranks below it count
 * Source: Stuart et al. 2019, "Feature selection for integrated analysis"; scanpy's flavor seurat_v3 with a batch key.
 */
export function rankByBatch(counts: CsrMatrix, batchOf: ArrayLike<number>, n: number): BatchRanks {
  const median = new Float64Array(counts.cols).fill(NaN);
  const batches = new Uint16Array(counts.cols);
  const ranks: number[][] = Array.from({ length: counts.cols }, () => []);
  for (const rows of batchRows(batchOf)) {
    const { score } = scoreGenes(selectRows(counts, rows));
    ranking(score)
      .subarray(0, n)
      .forEach((gene, rank) => ranks[gene].push(rank));
  }
  ranks.forEach((own, gene) => {
    if (own.length === 0) return;
    own.sort((a, b) => a - b);
    batches[gene] = own.length;
    median[gene] = (own[(own.length - 1) >> 1] + own[own.length >> 1]) / 2;
  });
  return { median, batches };
}

function batchRows(batchOf: ArrayLike<number>): readonly (readonly number[])[] {
  const groups: number[][] = [];
  for (let cell = 0; cell < batchOf.length; cell++) {
    if (batchOf[cell] >= 0) (groups[batchOf[cell]] ??= []).push(cell);
  }
  return Object.values(groups).filter((rows) => rows.length >= fewestInBatch);
}

/** Genes by falling score; ties go to the earlier gene. */
function ranking(score: Float64Array): Int32Array {
  return Int32Array.from(score.keys()).sort((a, b) => score[b] - score[a] || a - b);
}

/**
 * Positions of the `n` most variable genes, ascending; ties go to the earlier gene.
 *
 * @param batchOf with batches, genes are ordered by their median rank over those in which they are among the first n, then by how many
 *   these are; genes that never are come last
 */
export function pickVariableGenes(
  counts: CsrMatrix,
  n: number,
  batchOf: ArrayLike<number> | null = null,
): Int32Array {
  if (batchOf === null || batchRows(batchOf).length === 0) {
    return ranking(scoreGenes(counts).score).slice(0, n).sort();
  }
  const { median, batches } = rankByBatch(counts, batchOf, n);
  const last = median.map((rank) => (Number.isNaN(rank) ? Infinity : rank));
  const order = Int32Array.from(last.keys()).sort(
    (a, b) => (last[a] === last[b] ? 0 : last[a] - last[b]) || batches[b] - batches[a] || a - b,
  );
  return order.slice(0, n).sort();
}
