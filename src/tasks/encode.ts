/** @file Latents of a file's cells by a trained model: genes are matched by name, in the model's order. */
import type { CsrMatrix } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';

/** Least share of the model's genes that a file must usually have. */
const LEAST_SHARE = 0.5;

/** Counts in the model's genes, and those that the file lacks (they count as 0). */
export interface MatchedCounts {
  readonly counts: CsrMatrix;
  readonly missing: readonly string[];
}

/**
 * Picks the model's genes, in the model's order, from counts [cells, genes].
 *
 * @param names of the counts' genes; where one comes twice the first counts
 * @param wanted the model's genes
 * @param needed least share of them that must be there
 * Error: no-gene when fewer are.
 */
export function matchGenes(
  counts: CsrMatrix,
  names: readonly string[],
  wanted: readonly string[],
  needed = LEAST_SHARE,
): MatchedCounts {
  const at = new Map<string, number>();
  names.forEach((name, g) => {
    if (!at.has(name)) at.set(name, g);
  });
  const missing = wanted.filter((name) => !at.has(name));
  if (wanted.length - missing.length < needed * wanted.length) throw tooFew(wanted, missing);
  const target = new Int32Array(counts.cols).fill(-1);
  wanted.forEach((name, g) => {
    const column = at.get(name);
    if (column !== undefined) target[column] = g;
  });
  return { counts: pickColumns(counts, target, wanted.length), missing };
}

/** @param target new column of each column, −1 for one that is left out */
function pickColumns(counts: CsrMatrix, target: Int32Array, cols: number): CsrMatrix {
  const indptr = new Uint32Array(counts.rows + 1);
  const kept: number[] = [];
  for (let r = 0; r < counts.rows; r++) {
    const row: number[] = [];
    for (let k = counts.indptr[r]; k < counts.indptr[r + 1]; k++) {
      if (target[counts.indices[k]] >= 0) row.push(k);
    }
    row.sort((a, b) => target[counts.indices[a]] - target[counts.indices[b]]);
    for (const k of row) kept.push(k);
    indptr[r + 1] = kept.length;
  }
  return {
    rows: counts.rows,
    cols,
    indptr,
    indices: Uint32Array.from(kept, (k) => target[counts.indices[k]]),
    values: Float32Array.from(kept, (k) => counts.values[k]),
  };
}

function tooFew(wanted: readonly string[], missing: readonly string[]): StudioError {
  const found = wanted.length - missing.length;
  return new StudioError(
    'no-gene',
    'This file has too few genes of the model.',
    `Of ${wanted.length.toLocaleString('en-GB')} genes the model was trained on, the file has ${found.toLocaleString('en-GB')}; ` +
      `missing are ${missing.slice(0, 5).join(', ')} and more. Check that both use the same gene names (symbols or Ensembl ids).`,
    { found, wanted: wanted.length },
  );
}
