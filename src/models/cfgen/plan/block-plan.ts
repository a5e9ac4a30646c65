/** @file The blocks of an autoencoder for one batch: counts, both halves, and where several blocks meet. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { columnsOf, matrix, type Matrix } from '../../../engine/plan/layers.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { Block } from '../../decoding/blocks.ts';
import type { Mode } from '../shapes.ts';
import {
  freeLayers,
  layerBuffers,
  layerOutput,
  recordHalf,
  type LayerBuffers,
} from './autoencoder-forward.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import { CountBuffers } from '../../tape/count-buffers.ts';
import type { ResidentCounts } from '../../tape/resident-counts.ts';

/** Counts of one block for batches. */
export interface BlockData {
  /** The most counts above 0 that a batch holds. */
  readonly entries: number;
  /** Counts that lie on the device already; else batches come from the host. */
  readonly resident?: ResidentCounts | null;
}

/** The encoders of all blocks, and the Linear in which they meet. */
export class EncoderBlocks {
  readonly counts: readonly CountBuffers[];
  readonly layers: readonly (readonly LayerBuffers[])[];
  /** Latents of the blocks side by side and the Linear behind them; null for one block. */
  readonly joint: { readonly sides: Matrix; readonly layer: LayerBuffers } | null;
  readonly #device: ComputeDevice;
  readonly #weights: AutoencoderWeights;

  constructor(
    device: ComputeDevice,
    weights: AutoencoderWeights,
    rows: number,
    data: readonly BlockData[],
  ) {
    this.#device = device;
    this.#weights = weights;
    const { blocks, joint } = weights.layers;
    const { latentDim } = weights.shape;
    this.counts = blocks.map(({ block }, k) => {
      const { entries, resident = null } = data[k];
      const plain = block.likelihood === 'bernoulli';
      return new CountBuffers(device, rows, block.features, entries, resident, plain);
    });
    const sides =
      joint === null ? null : matrix(device.allocate(rows * joint.inputs), rows, joint.inputs);
    this.layers = blocks.map(({ encoder }, k) =>
      layerBuffers(
        device,
        encoder,
        rows,
        sides === null ? null : columnsOf(sides, k * latentDim, latentDim),
      ),
    );
    this.joint =
      joint === null || sides === null
        ? null
        : { sides, layer: layerBuffers(device, [joint], rows)[0] };
  }

  /** Puts cells into the batch. @param sources of each block */
  load(sources: readonly CsrSource[], cells: ArrayLike<number>): void {
    this.counts.forEach((counts, k) => counts.load(sources[k], cells));
  }

  /** Records how the counts come in. */
  recordInput(recorder: Recorder): void {
    for (const counts of this.counts) counts.recordInput(recorder);
  }

  /** Records the way from counts to latents. */
  record(recorder: Recorder, mode: Mode): Matrix {
    const outputs = this.layers.map((layers, k) =>
      recordHalf(recorder, this.#weights, layers, this.counts[k], mode),
    );
    if (this.joint === null) return outputs[0];
    return recordHalf(recorder, this.#weights, [this.joint.layer], this.joint.sides, mode);
  }

  /** Where the latents lie. */
  get output(): Matrix {
    if (this.joint !== null) return layerOutput(this.joint.layer);
    const [layers] = this.layers;
    return layerOutput(layers[layers.length - 1]);
  }

  dispose(): void {
    for (const counts of this.counts) counts.dispose();
    for (const layers of this.layers) freeLayers(this.#device, layers);
    if (this.joint === null) return;
    freeLayers(this.#device, [this.joint.layer]);
    this.#device.free(this.joint.sides.view);
  }
}

/** Columns of each block as sources of their own; one block takes the counts as they are. */
export function blockSources(
  counts: CsrSource,
  blocks: readonly Block[],
  slice: (source: CsrSource, from: number, count: number) => CsrSource,
): readonly CsrSource[] {
  if (blocks.length === 1) return [counts];
  return blocks.map(({ from, features }) => slice(counts, from, features));
}
