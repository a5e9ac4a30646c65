/** @file Imputed cells written block by block: counts as measured in X, the estimates and their standard errors as sparse layers. */
import type { CellStream } from '../data/cell-stream.ts';
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { ImputedBlock } from './impute.ts';

/** Smaller estimates are not stored. */
export const LEAST_STORED = 1e-3;

/** Adds a block to a file over the model's genes; genes that were not asked for have no entries in the layers. */
export function addImputed(
  stream: CellStream,
  counts: CsrMatrix,
  block: ImputedBlock,
  genes: ArrayLike<number>,
): void {
  const rows = Int32Array.from({ length: block.cells }, (_, r) => block.from + r);
  const layers: Record<string, CsrMatrix> = {
    imputed: sparse(block.combined, block.combined, block.cells, genes, counts.cols),
  };
  if (block.sd !== null) {
    layers.imputed_sd = sparse(block.sd, block.combined, block.cells, genes, counts.cols);
  }
  stream.add({ counts: selectRows(counts, rows), obsm: {}, layers });
}

/** Values where the estimate is worth storing. @param genes ascending */
function sparse(
  values: Float32Array,
  estimate: Float32Array,
  rows: number,
  genes: ArrayLike<number>,
  cols: number,
): CsrMatrix {
  const width = genes.length;
  const indptr = new Uint32Array(rows + 1);
  const stored = estimate.reduce((n, value) => n + (value >= LEAST_STORED ? 1 : 0), 0);
  const indices = new Uint32Array(stored);
  const out = new Float32Array(stored);
  let at = 0;
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) {
      const i = r * width + j;
      if (estimate[i] < LEAST_STORED || values[i] === 0) continue;
      indices[at] = genes[j];
      out[at++] = values[i];
    }
    indptr[r + 1] = at;
  }
  return { rows, cols, indptr, indices: indices.subarray(0, at), values: out.subarray(0, at) };
}
