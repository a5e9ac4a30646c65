/** @file The backward pass of one half of an autoencoder as recorded calls. */
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import {
  affineInputGradient,
  affineWeightGradient,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { Recorder } from '../../../engine/plan/recorder.ts';
import { layerOutput, weightOf, type LayerBuffers } from './autoencoder-forward.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import type { CountBuffers } from '../../tape/count-buffers.ts';

/** What a half takes: dense values, or the counts. */
export type HalfInput = { readonly dense: Matrix } | { readonly counts: CountBuffers };

/** Counts of a batch by genes. */
type ByGenes = Readonly<Record<'starts' | 'cells' | 'values', View>>;

/** Records gradients of layers; owns the memory between them. */
export class HalfGradients {
  readonly #device: ComputeDevice;
  readonly #weights: AutoencoderWeights;
  readonly #gradient: (name: string) => View;
  readonly #owned: View[] = [];
  readonly #sorted = new Map<CountBuffers, ByGenes>();

  /** @param gradient where the gradient of an array goes */
  constructor(
    device: ComputeDevice,
    weights: AutoencoderWeights,
    gradient: (name: string) => View,
  ) {
    this.#device = device;
    this.#weights = weights;
    this.#gradient = gradient;
  }

  /** Records that the batch is sorted by genes, which the first layer's gradient needs. @param entries the most counts of a batch */
  recordTranspose(recorder: Recorder, counts: CountBuffers, entries: number): void {
    const { indptr, indices, logs, rows, genes } = counts;
    const byGenes = {
      starts: this.#own(this.#device.allocate(genes + 1)),
      cells: this.#own(this.#device.allocate(entries)),
      values: this.#own(this.#device.allocate(entries)),
    };
    recorder.call('csrTranspose', { indptr, indices, logs, rows, genes, ...byGenes });
    this.#sorted.set(counts, byGenes);
  }

  /**
   * From the gradient of a half's output to those of its parameters and, if asked, of its input.
   *
   * Biases before a normalisation have no gradient: what they add, the mean takes away. Theirs stays 0; that of the last bias is the caller's.
   *
   * @param dInput where the gradient of the input goes; null: it is not asked for
   * @param adds whether it is added to what stands there
   */
  record(
    recorder: Recorder,
    layers: readonly LayerBuffers[],
    dOut: Matrix,
    input: HalfInput,
    dInput: Matrix | null,
    adds = false,
  ): void {
    let dy = dOut;
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i];
      if (layer.out !== null) dy = this.#recordNorm(recorder, layer, dy);
      const x = i === 0 ? input : { dense: layerOutput(layers[i - 1]) };
      this.#recordWeight(recorder, layer, x, dy);
      const dx = i === 0 ? dInput : this.matrixLike(layerOutput(layers[i - 1]));
      if (dx === null) return;
      const finish = i === 0 && adds ? { addend: dx.view } : {};
      affineInputGradient(recorder, dy, weightOf(this.#weights, layer.spec), dx, finish);
      dy = dx;
    }
  }

  /** Memory for a matrix of the same size. */
  matrixLike({ rows, columns }: Matrix): Matrix {
    return matrix(this.#own(this.#device.allocate(rows * columns)), rows, columns);
  }

  dispose(): void {
    this.#device.free(...this.#owned);
  }

  #recordWeight(recorder: Recorder, { spec }: LayerBuffers, x: HalfInput, dy: Matrix): void {
    const dw = this.#gradient(`${spec.name}.weight`);
    if ('dense' in x) {
      affineWeightGradient(recorder, x.dense, dy, matrix(dw, spec.inputs, spec.outputs));
      return;
    }
    const { rows, genes } = x.counts;
    const byGenes = this.#sorted.get(x.counts);
    if (byGenes === undefined) throw new RangeError('the batch is not sorted by genes');
    recorder.call('csrWeightGradient', {
      ...byGenes,
      genes,
      dy: dy.view,
      dw,
      width: spec.outputs,
      rows,
    });
  }

  #recordNorm(recorder: Recorder, layer: LayerBuffers, dOut: Matrix): Matrix {
    const dx = this.matrixLike(dOut);
    recorder.call('batchNormEluGradient', {
      x: layer.linear.view,
      mean: layer.mean as View,
      scale: layer.scale as View,
      gamma: this.#weights.value(`${layer.spec.name}.norm.weight`),
      out: (layer.out as Matrix).view,
      dOut: dOut.view,
      dx: dx.view,
      dGamma: this.#gradient(`${layer.spec.name}.norm.weight`),
      dBeta: this.#gradient(`${layer.spec.name}.norm.bias`),
      rows: dx.rows,
      columns: dx.columns,
    });
    return dx;
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }
}
