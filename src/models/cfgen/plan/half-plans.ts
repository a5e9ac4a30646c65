/** @file The trained encoder and decoder as replayed plans on the CPU device: latents of cells, shares of genes. */
import type { CpuDevice, Program } from '../../../engine/cpu/device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrMatrix } from '../../../numerics/csr.ts';
import type { DrawBlock, DrawnBlock } from '../backend.ts';
import {
  freeLayers,
  layerBuffers,
  layerOutput,
  recordHalf,
  type LayerBuffers,
} from './autoencoder-forward.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import { CountBuffers } from './count-buffers.ts';

/** Encodes blocks of cells. */
export class EncodePlan {
  readonly rows: number;
  readonly #device: CpuDevice;
  readonly #counts: CountBuffers;
  readonly #layers: readonly LayerBuffers[];
  readonly #program: Program;

  /** @param entries the most counts above 0 that a block holds */
  constructor(device: CpuDevice, weights: AutoencoderWeights, rows: number, entries: number) {
    this.#device = device;
    this.rows = rows;
    this.#counts = new CountBuffers(device, rows, weights.shape.genes, entries);
    this.#layers = layerBuffers(device, weights.layers.encoder, rows);
    const recorder = new Recorder();
    this.#counts.recordLogs(recorder);
    recordHalf(recorder, weights, this.#layers, this.#counts, 'eval');
    this.#program = device.compile(recorder);
  }

  /** Latents of at most `rows` cells, [cells, latentDim], before whitening. */
  encode(counts: CsrMatrix, cells: ArrayLike<number>): Float32Array {
    this.#counts.load(counts, cells);
    this.#program.run();
    const { view, columns } = layerOutput(this.#layers[this.#layers.length - 1]);
    return this.#device.floats(view).slice(0, cells.length * columns);
  }

  dispose(): void {
    this.#program.dispose();
    this.#counts.dispose();
    freeLayers(this.#device, this.#layers);
  }
}

/** Buffers of the draws. */
interface Drawing {
  readonly theta: View;
  readonly library: View;
  readonly keys: View;
  readonly indices: View;
  readonly values: View;
  readonly counts: View;
  readonly program: Program;
}

/** Decodes blocks of cells. */
export class DecodePlan {
  readonly rows: number;
  readonly #device: CpuDevice;
  readonly #genes: number;
  readonly #z: Matrix;
  readonly #layers: readonly LayerBuffers[];
  readonly #program: Program;
  #drawing: Drawing | null = null;

  constructor(device: CpuDevice, weights: AutoencoderWeights, rows: number) {
    const { latentDim, genes } = weights.shape;
    this.#device = device;
    this.#genes = genes;
    this.rows = rows;
    this.#z = matrix(device.allocate(rows * latentDim), rows, latentDim);
    this.#layers = layerBuffers(device, weights.layers.decoder, rows);
    const recorder = new Recorder();
    const logits = recordHalf(recorder, weights, this.#layers, this.#z, 'eval');
    recorder.call('softmaxRows', { x: logits.view, rows, columns: genes });
    this.#program = device.compile(recorder);
  }

  /**
   * Expected shares of genes of at most `rows` cells.
   *
   * @param latents [cells, latentDim], not whitened
   * @returns [cells, genes]; the array is only lent until the next call
   */
  shares(latents: Float32Array): Float32Array {
    this.#device.floats(this.#z.view).set(latents);
    this.#program.run();
    const cells = latents.length / this.#z.columns;
    return this.#device.floats(this.#shares).subarray(0, cells * this.#genes);
  }

  /** Shares of genes and counts drawn from them. */
  draw({ latents, library, theta, keys }: DrawBlock): DrawnBlock {
    this.#drawing ??= this.#recordDrawing();
    const device = this.#device;
    const drawing = this.#drawing;
    device.floats(drawing.theta).set(theta);
    const { library: sizes } = drawing;
    device.doubles(sizes).fill(0).set(library);
    device.words(drawing.keys).set(keys);
    const shares = this.shares(latents);
    drawing.program.run();
    return {
      counts: device.words(drawing.counts).subarray(0, library.length),
      indices: device.words(drawing.indices),
      values: device.floats(drawing.values),
      shares,
    };
  }

  dispose(): void {
    this.#program.dispose();
    this.#device.free(this.#z.view);
    freeLayers(this.#device, this.#layers);
    if (this.#drawing === null) return;
    const { theta, library, keys, indices, values, counts, program } = this.#drawing;
    program.dispose();
    this.#device.free(theta, library, keys, indices, values, counts);
  }

  get #shares(): View {
    return layerOutput(this.#layers[this.#layers.length - 1]).view;
  }

  #recordDrawing(): Drawing {
    const device = this.#device;
    const rows = this.rows;
    const genes = this.#genes;
    const buffers = {
      theta: device.allocate(genes),
      library: device.allocateWide(rows),
      keys: device.allocate(2 * rows),
      indices: device.allocate(rows * genes),
      values: device.allocate(rows * genes),
      counts: device.allocate(rows),
    };
    const recorder = new Recorder();
    recorder.call('drawCounts', { shares: this.#shares, ...buffers, rows, genes });
    return { ...buffers, program: device.compile(recorder) };
  }
}
