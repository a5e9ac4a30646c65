/** @file The trained encoder and decoder as replayed plans on a device: latents of cells, shares of genes. */
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { DrawBlock, DrawnBlock } from '../../backend.ts';
import type { Block } from '../../decoding/blocks.ts';
import {
  freeLayers,
  layerBuffers,
  layerOutput,
  recordHalf,
  type LayerBuffers,
} from './autoencoder-forward.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import { EncoderBlocks } from './block-plan.ts';
import { DrawPlan } from '../../decoding/draw-plan.ts';
import { LabelOffsetsPlan } from '../../decoding/label-offsets-plan.ts';

/** Encodes blocks of cells. */
export class EncodePlan {
  readonly rows: number;
  readonly #device: ComputeDevice;
  readonly #encoders: EncoderBlocks;
  readonly #program: Program;

  /** @param entries the most counts above 0 that a batch holds, for each block of features */
  constructor(
    device: ComputeDevice,
    weights: AutoencoderWeights,
    rows: number,
    entries: readonly number[],
  ) {
    this.#device = device;
    this.rows = rows;
    const data = entries.map((own) => ({ entries: own }));
    this.#encoders = new EncoderBlocks(device, weights, rows, data);
    const recorder = new Recorder();
    this.#encoders.recordInput(recorder);
    this.#encoders.record(recorder, 'eval');
    this.#program = device.compile(recorder);
  }

  /** Latents of at most `rows` cells, [cells, latentDim], before whitening. */
  async encode(sources: readonly CsrSource[], cells: ArrayLike<number>): Promise<Float32Array> {
    this.#encoders.load(sources, cells);
    this.#program.run();
    const { view, columns } = this.#encoders.output;
    return this.#device.read(part(view, 0, cells.length * columns));
  }

  dispose(): void {
    this.#program.dispose();
    this.#encoders.dispose();
  }
}

/** The decoder of one block of features. */
interface DecoderHalf {
  readonly block: Block;
  readonly layers: readonly LayerBuffers[];
}

/** Decodes blocks of cells. */
export class DecodePlan {
  readonly rows: number;
  readonly #device: ComputeDevice;
  readonly #features: number;
  readonly #z: Matrix;
  readonly #halves: readonly DecoderHalf[];
  readonly #labels: LabelOffsetsPlan;
  readonly #program: Program;
  #drawing: DrawPlan | null = null;

  /** @param tables offsets of log expression by category, per attribute [categories, genes] or null; for one negative binomial block only */
  constructor(
    device: ComputeDevice,
    weights: AutoencoderWeights,
    rows: number,
    tables: readonly (Float32Array | null)[] = [],
  ) {
    const { latentDim, genes } = weights.shape;
    this.#device = device;
    this.#features = genes;
    this.rows = rows;
    this.#z = matrix(device.allocate(rows * latentDim), rows, latentDim);
    this.#halves = weights.layers.blocks.map(({ block, decoder }) => ({
      block,
      layers: layerBuffers(device, decoder, rows),
    }));
    this.#labels = new LabelOffsetsPlan(device, tables, rows);
    const recorder = new Recorder();
    for (const { block, layers } of this.#halves) {
      const logits = recordHalf(recorder, weights, layers, this.#z, 'eval');
      const columns = block.features;
      this.#labels.record(recorder, logits);
      if (block.likelihood === 'negative-binomial') {
        recorder.call('softmaxRows', { x: logits.view, rows, columns });
      }
    }
    this.#program = device.compile(recorder);
  }

  /**
   * What is expected of at most `rows` cells: shares of genes (negative binomial), chances to be there (Bernoulli), or counts (Poisson).
   *
   * @param latents [cells, latentDim], not whitened
   * @returns [cells, features], blocks side by side
   */
  async shares(latents: Float32Array): Promise<Float32Array> {
    this.#decode(latents, []);
    const cells = latents.length / this.#z.columns;
    const read = async ({ block, layers }: DecoderHalf): Promise<Float32Array> =>
      expected(block, await this.#device.read(part(outputOf(layers), 0, cells * block.features)));
    if (this.#halves.length === 1) return read(this.#halves[0]);
    const all = new Float32Array(cells * this.#features);
    for (const half of this.#halves) {
      const { from, features } = half.block;
      const values = await read(half);
      for (let r = 0; r < cells; r++) {
        all.set(values.subarray(r * features, (r + 1) * features), r * this.#features + from);
      }
    }
    return all;
  }

  /** Counts drawn from the shares of genes of at most `rows` cells; one negative binomial block only. */
  draw(block: DrawBlock): Promise<DrawnBlock> {
    const shares = outputOf(this.#halves[0].layers);
    this.#drawing ??= new DrawPlan(this.#device, shares, this.rows, this.#features);
    this.#decode(block.latents, block.codes ?? []);
    return this.#drawing.draw(block);
  }

  #decode(latents: Float32Array, codes: readonly Int32Array[]): void {
    this.#device.write(this.#z.view, latents);
    this.#labels.load(codes);
    this.#program.run();
  }

  dispose(): void {
    this.#program.dispose();
    this.#device.free(this.#z.view);
    for (const { layers } of this.#halves) freeLayers(this.#device, layers);
    this.#labels.dispose();
    this.#drawing?.dispose();
  }
}

function outputOf(layers: readonly LayerBuffers[]): View {
  return layerOutput(layers[layers.length - 1]).view;
}

/** What the decoder gave (shares or logits) as what is expected. */
function expected({ likelihood }: Block, values: Float32Array): Float32Array {
  if (likelihood === 'bernoulli') return values.map((logit) => 1 / (1 + Math.exp(-logit)));
  return likelihood === 'poisson' ? values.map(Math.exp) : values;
}
