/** @file How well a block's logits explain its counts, as recorded calls: the loss, and gradients in place of the logits. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { Matrix } from '../../../engine/plan/layers.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import type { Block } from '../../decoding/blocks.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import type { CountBuffers } from '../../tape/count-buffers.ts';

/** Rows per partial sum of the likelihood kernels. */
const BLOCK_ROWS = 16;

/** Where gradients go, and float64 sums of losses. */
export interface LikelihoodTargets {
  /** Gradient of an array of the autoencoder. */
  readonly gradient: (name: string) => View;
  /** The float64 sum of all steps' losses. */
  readonly total: View;
}

/** The likelihood of one block in a batch. */
export class BlockLikelihood {
  /** Loss of the last batch, nats per cell. */
  readonly loss: View;
  readonly #device: ComputeDevice;
  readonly #block: Block;
  readonly #weights: AutoencoderWeights;
  readonly #counts: CountBuffers;
  readonly #owned: View[] = [];
  readonly #partialLoss: View;
  readonly #theta: View | null;
  readonly #blocks: number;

  constructor(
    device: ComputeDevice,
    block: Block,
    weights: AutoencoderWeights,
    counts: CountBuffers,
  ) {
    this.#device = device;
    this.#block = block;
    this.#weights = weights;
    this.#counts = counts;
    this.#blocks = Math.ceil(counts.rows / BLOCK_ROWS);
    const spread = block.likelihood === 'negative-binomial';
    this.#theta = spread ? this.#own(device.allocate(block.features)) : null;
    this.loss = this.#own(device.allocate(1));
    this.#partialLoss = this.#own(device.allocateWide(this.#blocks));
  }

  /** Records what must be known before the loss. */
  recordInput(recorder: Recorder): void {
    if (this.#theta === null) return;
    const count = this.#block.features;
    recorder.call('exponential', {
      x: this.#weights.value('log_theta'),
      y: this.#theta,
      count,
    });
  }

  /** Records the loss; with targets the logits become their gradients. @param bias name of the last layer's bias */
  record(recorder: Recorder, logits: Matrix, bias: string, learns: LikelihoodTargets | null): void {
    const { features: genes } = this.#block;
    const { cells } = this.#counts;
    const blocks = this.#blocks;
    const partial = (): View | null =>
      learns === null ? null : this.#own(this.#device.allocate(blocks * genes));
    const partialTheta = this.#theta === null ? null : partial();
    const partialBias = partial();
    this.#recordLikelihood(recorder, logits, partialTheta, partialBias);
    recorder.call('sumPartials', {
      partial: this.#partialLoss,
      count: blocks,
      out: this.loss,
      scale: -1,
      cells,
      total: learns?.total ?? null,
    });
    if (learns === null) return;
    if (partialTheta !== null) {
      const factor = this.#theta;
      const out = learns.gradient('log_theta');
      recorder.call('sumBlocks', { partial: partialTheta, out, factor, blocks, genes, scale: -1, cells }); // prettier-ignore
    }
    if (partialBias !== null) {
      const out = learns.gradient(bias);
      recorder.call('sumBlocks', { partial: partialBias, out, blocks, genes, scale: 1 });
    }
  }

  dispose(): void {
    this.#device.free(...this.#owned);
  }

  #recordLikelihood(
    recorder: Recorder,
    { view: logits }: Matrix,
    partialTheta: View | null,
    partialBias: View | null,
  ): void {
    const { features: genes, likelihood } = this.#block;
    const { indptr, indices, values, totals: library, cells, rows } = this.#counts;
    const partialLoss = this.#partialLoss;
    const shared = { logits, indptr, indices, cells, partialBias, partialLoss, rows, genes };
    if (likelihood === 'bernoulli') recorder.call('bernoulli', shared);
    else if (likelihood === 'poisson') recorder.call('poisson', { ...shared, values });
    else {
      const theta = this.#theta as View;
      recorder.call('negativeBinomial', { ...shared, theta, values, library, partialTheta });
    }
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }
}
