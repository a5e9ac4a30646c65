/** @file Quality measures of cells and genes, as scanpy's calculate_qc_metrics defines them. */
import { columnCounts, type CsrMatrix } from '../numerics/csr.ts';
import type { QcColumns } from '../protocol/dataset.ts';

const mitochondrial = /^(MT|Mt|mt)-/;

/** 1 where a gene's name has the prefix of mitochondrial genes (MT- or mt-). */
export function markMitochondrial(geneNames: readonly string[]): Uint8Array {
  return Uint8Array.from(geneNames, (name) => (mitochondrial.test(name) ? 1 : 0));
}

/**
 * Total counts, genes with counts and percentage of marked counts of each cell.
 *
 * @param marked 1 for each gene of the marked group, [genes]; null, or no gene marked, gives mito null
 * @returns percentages 0–100; an empty cell has 0
 */
export function measureCells(counts: CsrMatrix, marked: Uint8Array | null): QcColumns {
  const total = new Float32Array(counts.rows);
  const genes = new Float32Array(counts.rows);
  const anyMarked = marked?.some((mark) => mark !== 0) ?? false;
  const share = anyMarked ? new Float32Array(counts.rows) : null;
  for (let cell = 0; cell < counts.rows; cell++) {
    let sum = 0;
    let markedSum = 0;
    for (let k = counts.indptr[cell]; k < counts.indptr[cell + 1]; k++) {
      sum += counts.values[k];
      if (marked?.[counts.indices[k]]) markedSum += counts.values[k];
    }
    total[cell] = sum;
    genes[cell] = counts.indptr[cell + 1] - counts.indptr[cell];
    if (share && sum > 0) share[cell] = (100 * markedSum) / sum;
  }
  return { counts: total, genes, mito: share };
}

/** n_cells_by_counts: cells in which each gene has a count, [genes]. */
export function measureGenes(counts: CsrMatrix): Float32Array {
  return Float32Array.from(columnCounts(counts));
}
