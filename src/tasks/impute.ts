/**
 * @file Imputation: the expected counts of genes that a cell's own counts tell little or nothing about.
 *
 * Three estimates of a gene's share are mixed: the decoder's (right on average over real cells, gene by gene), the mean of the nearest real cells, and the mean of the cell's kind. The
 * mixture is better than each of them on counts that were hidden (docs/applications.md); its weights are fixed.
 */
import { Pacer } from '../maps/pacer.ts';
import { csrFromDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { randomAt, type Random } from '../numerics/random.ts';
import type { ModelApi } from '../protocol/api.ts';
import type { ImputeReference } from './impute-reference.ts';

/** Cells whose shares are dense at a time. */
const BLOCK = 256;
/** Real cells that a neighbour mean is taken over. */
export const NEAREST = 60;
/** Stream of the halves of molecules and neighbours. */
const HALF_STREAM = 76;

/** Weights of the three estimates, and what they are where a cell has no kind. */
const WEIGHTS = { model: 0.6, nearest: 0.2, kind: 0.2 };
const WEIGHTS_WITHOUT_KIND = { model: 0.7, nearest: 0.3, kind: 0 };

/** Cells to fill. */
export interface CellsToImpute {
  /** What was measured, over the model's genes; unseen entries must be 0. */
  readonly counts: CsrMatrix;
  /** Kind of each cell in the reference's numbering, −1 where it has none; null without kinds. */
  readonly kinds: Int32Array | null;
  /** Position of each cell among the reference cells, −1 for others; null: none is among them. */
  readonly own: Int32Array | null;
  /** Marks with 1 the genes that were not measured in a cell, [genes]; null: all genes were, in all cells. */
  readonly unseen: ((cell: number, marks: Uint8Array) => void) | null;
}

/** What is wanted. */
export interface ImputeRequest {
  /** Positions of the genes in the model. */
  readonly genes: ArrayLike<number>;
  /** Passes over random halves of each cell's molecules and neighbours, for the uncertainty; 0: none. */
  readonly passes: number;
  readonly seed: number;
}

/** The estimates of some cells, each [cells, genes] in expected counts; null where there is none. */
export interface Estimates {
  readonly model: Float32Array;
  readonly nearest: Float32Array | null;
  /** NaN for cells without a kind. */
  readonly kind: Float32Array | null;
  readonly combined: Float32Array;
  /** Standard error of `combined`; null without passes. */
  readonly sd: Float32Array | null;
}

/** Some cells, filled. */
export interface ImputedBlock extends Estimates {
  readonly from: number;
  readonly cells: number;
}

/**
 * Fills cells, block by block.
 *
 * Unseen genes are filled with the model's first estimate before the cell is encoded once more, so that the encoder does not take them
 * for absent. Library sizes: a cell's counts over its seen genes divided by the share of these genes in each estimate.
 * Errors: bad-request (a model without expected counts), cancelled.
 *
 * @param reference null: the decoder's estimate alone
 */
export async function imputeCells(
  service: ModelApi,
  cells: CellsToImpute,
  reference: ImputeReference | null,
  request: ImputeRequest,
  onBlock: (block: ImputedBlock) => void | Promise<void>,
  pacer = new Pacer(),
): Promise<void> {
  for (let from = 0; from < cells.counts.rows; from += BLOCK) {
    const to = Math.min(cells.counts.rows, from + BLOCK);
    const block = new Block(cells, from, to);
    const near = (await reference?.nearest(block.counts, block.own, NEAREST, pacer)) ?? null;
    const gains = (await reference?.gains(service, pacer)) ?? null;
    const shares = calibrated(await sharesOf(service, block), gains);
    const first = estimate(block, shares, near, reference, request.genes);
    const sd =
      request.passes > 1
        ? await spread(service, block, first, near, reference, request, pacer)
        : null;
    await onBlock({ from, cells: to - from, ...first, sd });
    await pacer.rest();
  }
}

/** Some cells in a row. */
class Block {
  readonly from: number;
  readonly counts: CsrMatrix;
  readonly kinds: Int32Array | null;
  readonly own: Int32Array | null;
  /** [cells, genes]; null: all were seen. */
  readonly unseen: Uint8Array | null;

  constructor(cells: CellsToImpute, from: number, to: number) {
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
    this.from = from;
    this.counts = selectRows(cells.counts, rows);
    this.kinds = cells.kinds?.subarray(from, to) ?? null;
    this.own = cells.own?.subarray(from, to) ?? null;
    const { cols } = cells.counts;
    this.unseen = cells.unseen === null ? null : new Uint8Array(rows.length * cols);
    rows.forEach((cell, r) =>
      cells.unseen?.(cell, (this.unseen as Uint8Array).subarray(r * cols, (r + 1) * cols)),
    );
  }

  /** Expected counts of all molecules of a cell per unit of share: its own counts over the share of what was seen. */
  scale(row: number, shares: ArrayLike<number>, offset: number): number {
    const { cols, indptr, values } = this.counts;
    let total = 0;
    for (let e = indptr[row]; e < indptr[row + 1]; e++) total += values[e];
    if (this.unseen === null) return total;
    let seen = 0;
    for (let g = 0; g < cols; g++) {
      if (this.unseen[row * cols + g] === 0) seen += shares[offset + g];
    }
    return seen > 0 ? total / seen : 0;
  }
}

async function sharesOf(service: ModelApi, block: Block): Promise<Float32Array> {
  const first = await service.shares(await service.encode(block.counts));
  if (block.unseen === null) return first;
  return service.shares(await service.encode(filled(block, first)));
}

/** Shares with each gene's gain, each cell's sum 1 again. In place. */
function calibrated(shares: Float32Array, gains: Float64Array | null): Float32Array {
  if (gains === null) return shares;
  const genes = gains.length;
  for (let from = 0; from < shares.length; from += genes) {
    let sum = 0;
    for (let g = 0; g < genes; g++) sum += shares[from + g] *= gains[g];
    for (let g = 0; g < genes; g++) shares[from + g] /= sum;
  }
  return shares;
}

/** The block with its unseen entries at what the shares expect. */
function filled(block: Block, shares: Float32Array): CsrMatrix {
  const { rows, cols, indptr, indices, values } = block.counts;
  const dense = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let e = indptr[r]; e < indptr[r + 1]; e++) dense[r * cols + indices[e]] = values[e];
    const scale = block.scale(r, shares, r * cols);
    for (let i = r * cols; i < (r + 1) * cols; i++) {
      if (block.unseen?.[i] === 1) dense[i] = shares[i] * scale;
    }
  }
  return csrFromDense(rows, cols, dense);
}

function estimate(
  block: Block,
  shares: Float32Array,
  near: Int32Array | null,
  reference: ImputeReference | null,
  genes: ArrayLike<number>,
): Omit<Estimates, 'sd'> {
  const { rows, cols } = block.counts;
  const width = genes.length;
  const model = new Float32Array(rows * width);
  const nearest = near === null ? null : new Float32Array(rows * width);
  const kind = block.kinds === null || reference === null ? null : new Float32Array(rows * width);
  const write = (out: Float32Array, r: number, from: ArrayLike<number>, offset: number): void => {
    const scale = block.scale(r, from, offset);
    for (let j = 0; j < width; j++) out[r * width + j] = from[offset + genes[j]] * scale;
  };
  for (let r = 0; r < rows; r++) {
    write(model, r, shares, r * cols);
    if (nearest !== null && near !== null && reference !== null) {
      write(nearest, r, reference.meanShares(neighboursOf(near, r, rows)), 0);
    }
    const own = kind === null ? null : (reference?.sharesOfKind(block.kinds?.[r] ?? -1) ?? null);
    if (kind !== null && own !== null) write(kind, r, own, 0);
    else kind?.fill(NaN, r * width, (r + 1) * width);
  }
  return { model, nearest, kind, combined: combine(model, nearest, kind) };
}

function neighboursOf(near: Int32Array, row: number, rows: number): Int32Array {
  const k = near.length / rows;
  return near.subarray(row * k, (row + 1) * k);
}

/** The mixture. */
function combine(
  model: Float32Array,
  nearest: Float32Array | null,
  kind: Float32Array | null,
): Float32Array {
  if (nearest === null) return model.slice();
  return model.map((value, i) => {
    const own = kind?.[i] ?? NaN;
    const weights = Number.isNaN(own) ? WEIGHTS_WITHOUT_KIND : WEIGHTS;
    const rest = Number.isNaN(own) ? 0 : weights.kind * own;
    return weights.model * value + weights.nearest * nearest[i] + rest;
  });
}

/**
 * Standard errors by random halves: the spread of the estimate over halves of a cell's molecules and of its neighbours is that of the
 * whole estimate. Source: delete-half jackknife, Shao and Wu, Annals of Statistics 1989.
 */
async function spread(
  service: ModelApi,
  block: Block,
  first: Omit<Estimates, 'sd'>,
  near: Int32Array | null,
  reference: ImputeReference | null,
  { genes, passes, seed }: ImputeRequest,
  pacer: Pacer,
): Promise<Float32Array> {
  const size = first.combined.length;
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let pass = 0; pass < passes; pass++) {
    const random = randomAt(seed, HALF_STREAM, block.from * passes + pass);
    const thin = thinned(block.counts, random);
    const gains = (await reference?.gains(service, pacer)) ?? null;
    const shares = calibrated(await service.shares(await service.encode(thin)), gains);
    const half = near?.map((cell) => (random.uniform() < 0.5 ? cell : -1)) ?? null;
    const { combined } = estimate(block, shares, half, reference, genes);
    for (let i = 0; i < size; i++) {
      const gap = combined[i] - mean[i];
      mean[i] += gap / (pass + 1);
      squares[i] += gap * (combined[i] - mean[i]);
    }
    await pacer.rest();
  }
  return Float32Array.from(squares, (sum) => Math.sqrt(sum / (passes - 1)));
}

/** Each molecule kept with probability one half. */
function thinned(counts: CsrMatrix, random: Random): CsrMatrix {
  const indptr = new Uint32Array(counts.rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let r = 0; r < counts.rows; r++) {
    for (let e = counts.indptr[r]; e < counts.indptr[r + 1]; e++) {
      let kept = 0;
      for (let molecule = 0; molecule < counts.values[e]; molecule++) {
        if (random.uniform() < 0.5) kept++;
      }
      if (kept === 0) continue;
      indices.push(counts.indices[e]);
      values.push(kept);
    }
    indptr[r + 1] = indices.length;
  }
  const { rows, cols } = counts;
  return { rows, cols, indptr, indices: Uint32Array.from(indices), values: Float32Array.from(values) }; // prettier-ignore
}
