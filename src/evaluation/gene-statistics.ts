/** @file What counts say without any map: zeros, library sizes, and how genes vary and move together. */
import { columnCounts, rowSums, selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import { columnMoments } from '../maps/log-counts.ts';
import { Pacer } from '../maps/pacer.ts';
import { wasserstein1d } from '../numerics/statistics.ts';
import type { Measures } from '../protocol/judge.ts';

/** Per-cell facts of counts. */
export interface CellFacts {
  /** Genes without counts. */
  readonly zeros: Float64Array;
  /** Natural log of total counts (at least 1). */
  readonly logLibrary: Float64Array;
}

/** Zeros and library size of every cell. */
export function cellFacts(counts: CsrMatrix): CellFacts {
  return {
    zeros: Float64Array.from({ length: counts.rows }, (_, r) => {
      return counts.cols - (counts.indptr[r + 1] - counts.indptr[r]);
    }),
    logLibrary: rowSums(counts).map((sum) => Math.log(Math.max(sum, 1))),
  };
}

/** Facts of some cells, in the order given. */
export function pickFacts(facts: CellFacts, rows: ArrayLike<number>): CellFacts {
  const pick = (all: Float64Array): Float64Array =>
    Float64Array.from({ length: rows.length }, (_, i) => all[rows[i]]);
  return { zeros: pick(facts.zeros), logLibrary: pick(facts.logLibrary) };
}

function meanOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Zeros, detected genes and library sizes of two sets of cells. */
export function compareFacts(real: CellFacts, other: CellFacts): Measures {
  return {
    zeros: wasserstein1d(real.zeros, other.zeros),
    detectedShift: meanOf(real.zeros) - meanOf(other.zeros),
    logLibrary: wasserstein1d(real.logLibrary, other.logLibrary),
  };
}

/** Per-gene facts of a set of cells. */
export interface GeneFacts {
  /** Variance over mean of log-normalised expression; 0 where the mean is 0. */
  readonly varianceOverMean: Float64Array;
  /** log1p of mean counts per 10,000. */
  readonly logMean: Float64Array;
  readonly zeroFraction: Float64Array;
  /** Correlations [top · top] of the chosen genes. */
  readonly correlation: Float64Array;
}

/**
 * Facts of every gene, and correlations among `top` genes.
 *
 * @param log log1p(CP10k) of the same cells and genes @param top columns, ascending
 */
export async function geneFacts(
  counts: CsrMatrix,
  log: CsrMatrix,
  top: ArrayLike<number>,
  pacer = new Pacer(),
): Promise<GeneFacts> {
  const { mean, variance } = await columnMoments(log, pacer);
  const normalised = new Float64Array(counts.cols);
  for (let e = 0; e < log.indptr[log.rows]; e++)
    normalised[log.indices[e]] += Math.expm1(log.values[e]);
  const stored = columnCounts(counts);
  return {
    varianceOverMean: variance.map((v, g) => (mean[g] > 0 ? v / mean[g] : 0)),
    logMean: normalised.map((sum) => Math.log1p(sum / counts.rows)),
    zeroFraction: Float64Array.from(stored, (n) => 1 - n / counts.rows),
    correlation: await correlations(selectColumns(log, top), pacer),
  };
}

/** Pearson correlations of the columns of a sparse matrix, [cols · cols]; 0 with a constant column. */
export async function correlations(matrix: CsrMatrix, pacer = new Pacer()): Promise<Float64Array> {
  const { rows, cols, indptr, indices, values } = matrix;
  const sums = new Float64Array(cols);
  const products = new Float64Array(cols * cols);
  for (let r = 0; r < rows; r++) {
    if (r % 32 === 0 && pacer.due()) await pacer.rest();
    for (let a = indptr[r]; a < indptr[r + 1]; a++) {
      sums[indices[a]] += values[a];
      const at = indices[a] * cols;
      for (let b = a; b < indptr[r + 1]; b++) products[at + indices[b]] += values[a] * values[b];
    }
  }
  const covariance = (a: number, b: number): number =>
    products[Math.min(a, b) * cols + Math.max(a, b)] - (sums[a] * sums[b]) / rows;
  const spread = Float64Array.from({ length: cols }, (_, a) => Math.sqrt(covariance(a, a)));
  const out = new Float64Array(cols * cols);
  for (let a = 0; a < cols; a++) {
    for (let b = 0; b < cols; b++) {
      const scale = spread[a] * spread[b];
      out[a * cols + b] = scale > 1e-12 ? covariance(a, b) / scale : 0;
    }
  }
  return out;
}

function meanGap(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/** Pearson correlation of two equally long lists. */
export function pearson(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [meanOf(a), meanOf(b)];
  let [top, va, vb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    top += (a[i] - ma) * (b[i] - mb);
    va += (a[i] - ma) ** 2;
    vb += (b[i] - mb) ** 2;
  }
  return top / Math.sqrt(va * vb);
}

/** Genes of two sets of cells compared. */
export function compareGenes(real: GeneFacts, other: GeneFacts): Measures {
  return {
    varianceOverMean: wasserstein1d(real.varianceOverMean, other.varianceOverMean),
    zeroFraction: meanGap(real.zeroFraction, other.zeroFraction),
    geneMeans: pearson(real.logMean, other.logMean),
    geneCorrelation: meanGap(real.correlation, other.correlation),
  };
}
