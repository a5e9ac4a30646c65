/** @file The trained encoder and decoder as replayed plans on a device: latents of cells, shares of genes. */
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
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
  readonly #device: ComputeDevice;
  readonly #counts: CountBuffers;
  readonly #layers: readonly LayerBuffers[];
  readonly #program: Program;

  /** @param entries the most counts above 0 that a block holds */
  constructor(device: ComputeDevice, weights: AutoencoderWeights, rows: number, entries: number) {
    this.#device = device;
    this.rows = rows;
    this.#counts = new CountBuffers(device, rows, weights.shape.genes, entries);
    this.#layers = layerBuffers(device, weights.layers.encoder, rows);
    const recorder = new Recorder();
    this.#counts.recordInput(recorder);
    recordHalf(recorder, weights, this.#layers, this.#counts, 'eval');
    this.#program = device.compile(recorder);
  }

  /** Latents of at most `rows` cells, [cells, latentDim], before whitening. */
  async encode(counts: CsrSource, cells: ArrayLike<number>): Promise<Float32Array> {
    this.#counts.load(counts, cells);
    this.#program.run();
    const { view, columns } = layerOutput(this.#layers[this.#layers.length - 1]);
    return this.#device.read(part(view, 0, cells.length * columns));
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
  readonly #device: ComputeDevice;
  readonly #genes: number;
  readonly #z: Matrix;
  readonly #layers: readonly LayerBuffers[];
  readonly #program: Program;
  #drawing: Drawing | null = null;

  constructor(device: ComputeDevice, weights: AutoencoderWeights, rows: number) {
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
   * @returns [cells, genes]
   */
  shares(latents: Float32Array): Promise<Float32Array> {
    this.#decode(latents);
    const cells = latents.length / this.#z.columns;
    return this.#device.read(part(this.#shares, 0, cells * this.#genes));
  }

  /** Counts drawn from the shares of genes of at most `rows` cells. */
  async draw({ latents, library, theta, keys }: DrawBlock): Promise<DrawnBlock> {
    this.#drawing ??= this.#recordDrawing();
    const device = this.#device;
    const drawing = this.#drawing;
    const sizes = new Float64Array(this.rows);
    sizes.set(library);
    device.write(drawing.theta, theta);
    const { library: place } = drawing;
    device.writeWide(place, sizes);
    device.writeWords(drawing.keys, keys);
    this.#decode(latents);
    drawing.program.run();
    const counts = await device.readWords(part(drawing.counts, 0, library.length));
    const rowsOf = (view: View): View[] =>
      Array.from(counts, (count, r) => part(view, r * this.#genes, count));
    const words = await device.readParts([...rowsOf(drawing.indices), ...rowsOf(drawing.values)]);
    const entries = words.length / 2;
    return {
      counts,
      indices: words.subarray(0, entries),
      values: new Float32Array(words.buffer, entries * 4, entries),
      shares: (row) => device.read(part(this.#shares, row * this.#genes, this.#genes)),
    };
  }

  #decode(latents: Float32Array): void {
    this.#device.write(this.#z.view, latents);
    this.#program.run();
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
