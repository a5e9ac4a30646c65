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
import { DrawPlan } from './draw-plan.ts';

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

/** Decodes blocks of cells. */
export class DecodePlan {
  readonly rows: number;
  readonly #device: ComputeDevice;
  readonly #genes: number;
  readonly #z: Matrix;
  readonly #layers: readonly LayerBuffers[];
  readonly #program: Program;
  #drawing: DrawPlan | null = null;

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
  draw(block: DrawBlock): Promise<DrawnBlock> {
    this.#drawing ??= new DrawPlan(this.#device, this.#shares, this.rows, this.#genes);
    this.#decode(block.latents);
    return this.#drawing.draw(block);
  }

  #decode(latents: Float32Array): void {
    this.#device.write(this.#z.view, latents);
    this.#program.run();
  }

  dispose(): void {
    this.#program.dispose();
    this.#device.free(this.#z.view);
    freeLayers(this.#device, this.#layers);
    this.#drawing?.dispose();
  }

  get #shares(): View {
    return layerOutput(this.#layers[this.#layers.length - 1]).view;
  }
}
