/** @file Counts as log1p of counts per 10,000 over the model's genes, and the choice of these genes. */
import { selectColumns, type CsrMatrix } from '../../numerics/csr.ts';
import { memorySource, type CsrSource } from '../../numerics/csr-source.ts';
import type { SourceData } from '../training/training-data.ts';

/** What counts are scaled to. */
export const SCALE = 1e4;

/** Rows that are read at once. */
const ROWS_AT_ONCE = 1024;

/** The same matrix with log1p(10,000 · count / row sum) in place of counts. */
export function logNormalised(counts: CsrMatrix): CsrMatrix {
  const { rows, indptr } = counts;
  const values = new Float32Array(counts.values.length);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let k = indptr[r]; k < indptr[r + 1]; k++) sum += counts.values[k];
    const scale = sum > 0 ? SCALE / sum : 0;
    for (let k = indptr[r]; k < indptr[r + 1]; k++)
      values[k] = Math.log1p(scale * counts.values[k]);
  }
  return { ...counts, values };
}

/** Visits cells in blocks. */
export function visitCells(
  counts: CsrSource,
  cells: ArrayLike<number>,
  visit: (block: CsrMatrix, from: number) => void,
): void {
  const all = Uint32Array.from(cells);
  for (let from = 0; from < all.length; from += ROWS_AT_ONCE) {
    visit(counts.readRows(all.subarray(from, from + ROWS_AT_ONCE)), from);
  }
}

/** Mean and variance of each gene's log expression, and the share of cells without it. */
export interface GeneMoments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly zeros: Float64Array;
}

/** Moments over some cells. */
export function geneMoments(counts: CsrSource, cells: ArrayLike<number>): GeneMoments {
  const genes = counts.cols;
  const [sums, squares, seen] = [0, 1, 2].map(() => new Float64Array(genes));
  visitCells(counts, cells, (block) => {
    const logs = logNormalised(block);
    logs.values.forEach((value, k) => {
      const gene = logs.indices[k];
      sums[gene] += value;
      squares[gene] += value * value;
      seen[gene]++;
    });
  });
  const n = cells.length;
  const mean = sums.map((sum) => sum / n);
  return {
    mean,
    variance: squares.map((sum, g) => Math.max(0, sum / n - mean[g] * mean[g])),
    zeros: seen.map((count) => 1 - count / n),
  };
}

/**
 * Columns of the genes that are modelled, ascending: perturbed ones that are measured, then those that vary most in the training cells.
 *
 * @param wanted how many; null: all
 */
export function chooseGenes(
  data: Pick<SourceData, 'counts' | 'geneNames'>,
  trainingCells: Uint32Array,
  members: readonly string[],
  wanted: number | null,
): Int32Array {
  const { counts, geneNames } = data;
  const all = Int32Array.from({ length: counts.cols }, (_, g) => g);
  if (wanted === null || wanted >= counts.cols) return all;
  const perturbed = new Set(members);
  const { variance } = geneMoments(counts, trainingCells);
  const weight = (g: number): number => (perturbed.has(geneNames[g]) ? Infinity : variance[g]);
  const order = Array.from(all).sort((a, b) => weight(b) - weight(a) || a - b);
  return Int32Array.from(order.slice(0, Math.max(2, wanted))).sort();
}

/** Data with some of its genes. */
export function withGenes<Data extends Pick<SourceData, 'counts' | 'geneNames' | 'geneIndex'>>(
  data: Data,
  columns: Int32Array,
): Data {
  if (columns.length === data.counts.cols) return data;
  return {
    ...data,
    counts: someColumns(data.counts, columns),
    geneNames: Array.from(columns, (g) => data.geneNames[g]),
    geneIndex: Int32Array.from(columns, (g) => data.geneIndex[g]),
  };
}

function someColumns(source: CsrSource, columns: Int32Array): CsrSource {
  const readRows = (wanted: ArrayLike<number>): CsrMatrix =>
    selectColumns(source.readRows(wanted), columns);
  const entries = new Uint32Array(source.rows);
  const sums = new Float64Array(source.rows);
  for (let from = 0; from < source.rows; from += ROWS_AT_ONCE) {
    const length = Math.min(ROWS_AT_ONCE, source.rows - from);
    const block = memorySource(readRows(Uint32Array.from({ length }, (_, r) => from + r)));
    entries.set(block.entries, from);
    sums.set(block.sums, from);
  }
  return { rows: source.rows, cols: columns.length, entries, sums, readRows };
}
