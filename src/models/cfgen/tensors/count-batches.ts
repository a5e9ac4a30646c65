/** @file Batches of cells as the autoencoder takes them: sparse counts become dense tensors of one fixed height. */
import * as tf from '@tensorflow/tfjs-core';
import type { CountBatch } from '../../../engine/tensors/negative-binomial.ts';
import { rowSums, type CsrMatrix } from '../../../numerics/csr.ts';

/** A batch on the device: log1p counts for the encoder beside the counts themselves. */
export interface CellBatch extends CountBatch {
  readonly x: tf.Tensor2D;
}

/** Makes batches of `height` rows from one CSR matrix; the host buffers are reused. */
export class CountBatches {
  readonly height: number;
  readonly #counts: CsrMatrix;
  readonly #library: Float64Array;
  readonly #dense: Float32Array;
  readonly #logged: Float32Array;

  constructor(counts: CsrMatrix, height: number) {
    this.#counts = counts;
    this.height = height;
    this.#library = rowSums(counts);
    this.#dense = new Float32Array(height * counts.cols);
    this.#logged = new Float32Array(height * counts.cols);
  }

  /** Total counts of each cell of the matrix. */
  get library(): Float64Array {
    return this.#library;
  }

  /** The given cells (at most `height`) with their counts; missing rows are padding with mask 0. */
  load(cells: ArrayLike<number>): CellBatch {
    this.#fill(cells);
    const shape: [number, number] = [this.height, this.#counts.cols];
    const library = new Float32Array(this.height).fill(1);
    const mask = new Float32Array(this.height);
    for (let r = 0; r < cells.length; r++) {
      library[r] = this.#library[cells[r]];
      mask[r] = 1;
    }
    return {
      x: tf.tensor2d(owned(this.#logged), shape),
      counts: tf.tensor2d(owned(this.#dense), shape),
      library: tf.tensor2d(library, [this.height, 1]),
      mask: tf.tensor2d(mask, [this.height, 1]),
      cells: cells.length,
    };
  }

  /** Only the encoder's input of the given cells, padded to the fixed height. */
  loadInput(cells: ArrayLike<number>): tf.Tensor2D {
    this.#fill(cells);
    return tf.tensor2d(owned(this.#logged), [this.height, this.#counts.cols]);
  }

  #fill(cells: ArrayLike<number>): void {
    const { cols, indptr, indices, values } = this.#counts;
    this.#dense.fill(0);
    this.#logged.fill(0);
    for (let r = 0; r < cells.length; r++) {
      for (let k = indptr[cells[r]]; k < indptr[cells[r] + 1]; k++) {
        const at = r * cols + indices[k];
        this.#dense[at] = values[k];
        this.#logged[at] = Math.log1p(values[k]);
      }
    }
  }
}

/** Values that a tensor may keep: only the WebAssembly backend copies them at once, so only there the buffer is free again. */
function owned(buffer: Float32Array): Float32Array {
  return tf.getBackend() === 'wasm' ? buffer : buffer.slice();
}

/** Frees the tensors of a batch. */
export function disposeBatch(batch: CellBatch): void {
  const { x, counts, library, mask } = batch;
  tf.dispose([x, counts, library, mask]);
}
