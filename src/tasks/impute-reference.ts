/** @file Real cells that imputation looks at beside the model: the nearest ones, and the mean of every kind. */
import { NeighbourIndex } from '../maps/knn.ts';
import { logNormalise } from '../maps/log-counts.ts';
import { Pacer } from '../maps/pacer.ts';
import { fitExpressionPca, scoreExpression, type Pca } from '../maps/pca.ts';
import { csrNnz, rowSums, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { ModelApi } from '../protocol/api.ts';

/** A mean of fewer cells says less than the neighbours do. */
const FEWEST_OF_KIND = 15;
/** Components of the space in which the nearest cells are looked for. */
const COMPONENTS = 30;

/** Cells over which the decoder's genes are calibrated, and how many go through it at a time. */
const CALIBRATED = 2000;
const TOGETHER = 256;
/** Molecules that a gene's calibration starts from; keeps it near 1 for genes with few. */
const PRIOR = 1;

/** Real cells with every gene of the model. */
export interface ReferenceCells {
  /** Over the model's genes. */
  readonly counts: CsrMatrix;
  /** Kind of each cell, −1 where it has none; null without kinds. */
  readonly kinds: Int32Array | null;
}

/** Reference cells arranged for look-ups. */
export class ImputeReference {
  readonly cells: number;
  private readonly counts: CsrMatrix;
  private readonly totals: Float64Array;
  private readonly pca: Pca;
  private readonly index: NeighbourIndex;
  private readonly seen: Uint8Array | null;
  private readonly means: ReadonlyMap<number, Float64Array>;
  private calibration: Promise<Float64Array> | null = null;
  /** Mean share of every gene over all cells. */
  readonly overall: Float64Array;

  private constructor(parts: {
    cells: ReferenceCells;
    pca: Pca;
    index: NeighbourIndex;
    seen: Uint8Array | null;
  }) {
    const { counts, kinds } = parts.cells;
    this.counts = counts;
    this.cells = counts.rows;
    this.totals = rowSums(counts);
    this.pca = parts.pca;
    this.index = parts.index;
    this.seen = parts.seen;
    const all = Int32Array.from({ length: counts.rows }, (_, i) => i);
    this.overall = this.meanShares(all);
    const present = [...new Set(kinds ?? [])].filter((kind) => kind >= 0);
    const cellsOf = present.map((kind) => [kind, all.filter((i) => kinds?.[i] === kind)] as const);
    this.means = new Map(
      cellsOf
        .filter(([, cells]) => cells.length >= FEWEST_OF_KIND)
        .map(([kind, cells]) => [kind, this.meanShares(cells)]),
    );
  }

  /**
   * Prepares the look-ups. @param seen 1 for genes that the cells to be filled have; distances take these alone. null: all
   * Error: cancelled.
   */
  static async prepare(
    cells: ReferenceCells,
    seen: Uint8Array | null,
    seed: number,
    pacer = new Pacer(),
  ): Promise<ImputeReference> {
    const logs = await logNormalise(keepColumns(cells.counts, seen), pacer);
    const pca = await fitExpressionPca(logs, { seed, components: COMPONENTS, pacer });
    const scores = await scoreExpression(pca, logs, pacer);
    const index = await NeighbourIndex.build(scores, logs.rows, pca.components, pacer);
    return new ImputeReference({ cells, pca, index, seen });
  }

  /**
   * The k nearest reference cells of each row, itself left out, [rows · k]; −1 where there are fewer.
   *
   * @param own position among the reference cells of each row, −1 for others
   */
  async nearest(
    counts: CsrMatrix,
    own: Int32Array | null,
    k: number,
    pacer = new Pacer(),
  ): Promise<Int32Array> {
    const logs = await logNormalise(keepColumns(counts, this.seen), pacer);
    const scores = await scoreExpression(this.pca, logs, pacer);
    const asked = Math.min(this.cells, k + 1);
    const found = await this.index.search(scores, counts.rows, asked, { pacer });
    const out = new Int32Array(counts.rows * k).fill(-1);
    for (let r = 0; r < counts.rows; r++) {
      let at = r * k;
      for (let j = 0; j < asked && at < (r + 1) * k; j++) {
        const cell = found.indices[r * asked + j];
        if (cell >= 0 && cell !== own?.[r]) out[at++] = cell;
      }
    }
    return out;
  }

  /** Mean over cells of each gene's share of the cell's counts, [genes]; entries of −1 are passed over. */
  meanShares(cells: ArrayLike<number>): Float64Array {
    const sums = new Float64Array(this.counts.cols);
    let used = 0;
    for (let at = 0; at < cells.length; at++) {
      const r = cells[at];
      if (r < 0 || this.totals[r] === 0) continue;
      used++;
      const { indptr, indices, values } = this.counts;
      for (let e = indptr[r]; e < indptr[r + 1]; e++) {
        sums[indices[e]] += values[e] / this.totals[r];
      }
    }
    for (let g = 0; g < sums.length; g++) sums[g] /= Math.max(1, used);
    return sums;
  }

  /**
   * By what each gene's decoded share is to be multiplied so that it is right on average over the reference cells, [genes]: counts over
   * expected counts, of at most 2,000 cells evenly spread. Made once. Error: cancelled.
   */
  gains(service: Pick<ModelApi, 'encode' | 'shares'>, pacer = new Pacer()): Promise<Float64Array> {
    return (this.calibration ??= this.calibrate(service, pacer));
  }

  private async calibrate(
    service: Pick<ModelApi, 'encode' | 'shares'>,
    pacer: Pacer,
  ): Promise<Float64Array> {
    const { cols } = this.counts;
    const used = Math.min(CALIBRATED, this.cells);
    const counted = new Float64Array(cols).fill(PRIOR);
    const expected = new Float64Array(cols).fill(PRIOR);
    for (let from = 0; from < used; from += TOGETHER) {
      const size = Math.min(TOGETHER, used - from);
      const rows = Int32Array.from({ length: size }, (_, i) => Math.floor(((from + i) * this.cells) / used)); // prettier-ignore
      const block = selectRows(this.counts, rows);
      const shares = await service.shares(await service.encode(block));
      for (let e = 0; e < csrNnz(block); e++) counted[block.indices[e]] += block.values[e];
      rows.forEach((row, r) => {
        for (let g = 0; g < cols; g++) expected[g] += shares[r * cols + g] * this.totals[row];
      });
      await pacer.rest();
    }
    return counted.map((count, g) => count / expected[g]);
  }

  /** Mean shares of a kind; null for a kind with fewer than 15 reference cells. */
  sharesOfKind(kind: number): Float64Array | null {
    return this.means.get(kind) ?? null;
  }
}

/** The entries of some columns; the others become 0. */
export function keepColumns(matrix: CsrMatrix, keep: Uint8Array | null): CsrMatrix {
  if (keep === null) return matrix;
  const indptr = new Uint32Array(matrix.rows + 1);
  const indices = new Uint32Array(csrNnz(matrix));
  const values = new Float32Array(csrNnz(matrix));
  let to = 0;
  for (let r = 0; r < matrix.rows; r++) {
    for (let e = matrix.indptr[r]; e < matrix.indptr[r + 1]; e++) {
      if (keep[matrix.indices[e]] === 0) continue;
      indices[to] = matrix.indices[e];
      values[to++] = matrix.values[e];
    }
    indptr[r + 1] = to;
  }
  const { rows, cols } = matrix;
  return { rows, cols, indptr, indices: indices.slice(0, to), values: values.slice(0, to) };
}
