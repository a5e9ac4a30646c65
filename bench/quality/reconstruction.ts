/** @file Reconstruction as scLDM's paper defines it: held-out likelihood (RE), and PCC and MSE of drawn counts brought to log1p of 10,000. */
import type { CsrMatrix } from '../../src/numerics/csr.ts';

/** Cells that a correlation is taken over, as in the original's batches. */
const BATCH = 128;

/** log1p of counts per 10,000 of a cell's own total, dense [rows, genes]. */
function normalised(counts: CsrMatrix, from: number, to: number): Float64Array {
  const { cols, indptr, indices, values } = counts;
  const out = new Float64Array((to - from) * cols);
  for (let r = from; r < to; r++) {
    let sum = 0;
    for (let k = indptr[r]; k < indptr[r + 1]; k++) sum += values[k];
    for (let k = indptr[r]; k < indptr[r + 1]; k++) {
      out[(r - from) * cols + indices[k]] = Math.log1p((1e4 * values[k]) / Math.max(1, sum));
    }
  }
  return out;
}

/** Pearson's correlation of column g of two tables; NaN where one is constant. */
function correlation(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  cols: number,
  g: number,
): number {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let r = 0; r < rows; r++) {
    const [x, y] = [a[r * cols + g], b[r * cols + g]];
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const spread = (saa - (sa * sa) / rows) * (sbb - (sb * sb) / rows);
  return spread > 1e-12 ? (sab - (sa * sb) / rows) / Math.sqrt(spread) : NaN;
}

/**
 * PCC: correlation of each gene over the cells of a batch, mean over genes that vary, then over batches. MSE: over all cells and genes.
 * Source: Palla et al., arXiv 2511.02986, as its program computes them (methods/scldm §5.1).
 */
export function reconstruction(real: CsrMatrix, drawn: CsrMatrix): { pcc: number; mse: number } {
  const { rows, cols } = real;
  const pccs: number[] = [];
  let squares = 0;
  for (let from = 0; from < rows; from += BATCH) {
    const to = Math.min(rows, from + BATCH);
    const [a, b] = [normalised(real, from, to), normalised(drawn, from, to)];
    a.forEach((x, i) => (squares += (x - b[i]) ** 2));
    const each = Array.from({ length: cols }, (_, g) => correlation(a, b, to - from, cols, g));
    const finite = each.filter(Number.isFinite);
    pccs.push(finite.reduce((sum, r) => sum + r, 0) / finite.length);
  }
  return {
    pcc: pccs.reduce((sum, r) => sum + r, 0) / pccs.length,
    mse: squares / (rows * cols),
  };
}
