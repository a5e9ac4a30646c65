/** @file From latents to counts: the decoder gives each gene its share, and counts are drawn block by block. */
import * as tf from '@tensorflow/tfjs-core';
import type { CsrMatrix } from '../../numerics/csr.ts';
import { drawSparseCounts, randomAt, uniformAt } from '../../numerics/random.ts';
import { BLOCK, unwhiten, type CfgenRuntime } from './model.ts';

/** Streams of the draws of counts, and of the single count that an empty cell gets. */
const COUNT_STREAM = 6;
const RESCUE_STREAM = 7;

/** Cells to decode: whitened latents [cells, latentDim], log library sizes [cells], and the seed of their draws. */
export interface DecodeRequest {
  readonly latents: Float32Array;
  readonly logLibrary: Float32Array;
  readonly seed: number;
}

/** Visits the expected shares of genes, one block of cells after the other: [rows, genes], sums of 1. */
export async function visitShares(
  runtime: CfgenRuntime,
  latents: Float32Array,
  breathe: () => Promise<void>,
  visit: (shares: Float32Array, from: number, rows: number) => void,
): Promise<void> {
  const { latentDim, genes } = runtime.model.architecture;
  const cells = latents.length / latentDim;
  const plain = unwhiten(latents, runtime.model.whitening);
  for (let from = 0; from < cells; from += BLOCK) {
    const rows = Math.min(BLOCK, cells - from);
    const padded = new Float32Array(BLOCK * latentDim);
    padded.set(plain.subarray(from * latentDim, (from + rows) * latentDim));
    const shares = tf.tidy(() => {
      const z = tf.tensor2d(padded, [BLOCK, latentDim]);
      return tf.softmax(runtime.autoencoder.decode(z, 'eval'));
    });
    const values = await shares.data<'float32'>();
    shares.dispose();
    visit(values.subarray(0, rows * genes), from, rows);
    await breathe();
  }
}

/**
 * Draws negative-binomial counts. Cell i's draws depend on (seed, i) and its latent alone; every cell has at least one count.
 *
 * @returns [cells, genes]; only one block of cells is ever dense
 */
export async function decodeCounts(
  runtime: CfgenRuntime,
  request: DecodeRequest,
  breathe: () => Promise<void>,
): Promise<CsrMatrix> {
  const { genes } = runtime.model.architecture;
  const cells = request.logLibrary.length;
  const builder = new CsrBuilder(cells, genes);
  const means = new Float32Array(genes);
  await visitShares(runtime, request.latents, breathe, (shares, from, rows) => {
    for (let r = 0; r < rows; r++) {
      const library = Math.exp(request.logLibrary[from + r]);
      for (let g = 0; g < genes; g++) means[g] = shares[r * genes + g] * library;
      drawCell(builder, means, runtime.theta, request.seed, from + r);
    }
  });
  return builder.finish();
}

/** The drawn counts, or the shares-weighted single count of a cell that would be empty. */
function drawCell(
  builder: CsrBuilder,
  means: Float32Array,
  theta: Float32Array,
  seed: number,
  cell: number,
): void {
  const written = drawSparseCounts(
    means,
    theta,
    randomAt(seed, COUNT_STREAM, cell),
    builder.rowIndices,
    builder.rowValues,
  );
  if (written > 0) {
    builder.endRow(written);
    return;
  }
  const total = means.reduce((a, b) => a + b, 0);
  let rest = uniformAt(seed, RESCUE_STREAM, cell) * total;
  const gene = means.findIndex((mean) => (rest -= mean) < 0);
  builder.rowIndices[0] = Math.max(0, gene);
  builder.rowValues[0] = 1;
  builder.endRow(1);
}

/** Collects rows whose number of entries is not known beforehand. */
class CsrBuilder {
  readonly rowIndices: Uint32Array;
  readonly rowValues: Float32Array;
  readonly #cols: number;
  readonly #indptr: Uint32Array;
  #indices: Uint32Array;
  #values: Float32Array;
  #row = 0;

  constructor(rows: number, cols: number) {
    this.#cols = cols;
    this.rowIndices = new Uint32Array(cols);
    this.rowValues = new Float32Array(cols);
    this.#indptr = new Uint32Array(rows + 1);
    this.#indices = new Uint32Array(rows * 64 + cols);
    this.#values = new Float32Array(this.#indices.length);
  }

  /** Takes the first `written` entries of the row buffers as the next row. */
  endRow(written: number): void {
    const at = this.#indptr[this.#row];
    if (at + written > this.#indices.length) this.#grow(at + written);
    this.#indices.set(this.rowIndices.subarray(0, written), at);
    this.#values.set(this.rowValues.subarray(0, written), at);
    this.#indptr[++this.#row] = at + written;
  }

  finish(): CsrMatrix {
    const nnz = this.#indptr[this.#row];
    return {
      rows: this.#row,
      cols: this.#cols,
      indptr: this.#indptr,
      indices: this.#indices.slice(0, nnz),
      values: this.#values.slice(0, nnz),
    };
  }

  #grow(needed: number): void {
    const length = Math.max(needed, Math.ceil(this.#indices.length * 1.6));
    const indices = new Uint32Array(length);
    const values = new Float32Array(length);
    indices.set(this.#indices);
    values.set(this.#values);
    this.#indices = indices;
    this.#values = values;
  }
}
