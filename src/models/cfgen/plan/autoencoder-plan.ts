/**
 * @file The autoencoder's training step and evaluation as replayed plans on a device.
 *
 * Counts stay sparse; the only dense cells × genes matrix is the batch's logits, which turn into their own gradient.
 */
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import type { ComputeDevice, Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { AdamWPlan } from '../../../engine/plan/adamw-plan.ts';
import {
  affineInputGradient,
  affineWeightGradient,
  biasGradient,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { NoiseKey } from '../backend.ts';
import type { AutoencoderRecipe } from '../config.ts';
import {
  freeLayers,
  layerBuffers,
  layerOutput,
  recordHalf,
  weightOf,
  type LayerBuffers,
} from './autoencoder-forward.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import { CountBuffers } from './count-buffers.ts';
import type { ResidentCounts } from './resident-counts.ts';

/** Rows per partial sum of the likelihood kernel. */
const BLOCK_ROWS = 16;

/** What a plan is made for. */
export interface AutoencoderPlanOptions {
  /** Cells of a batch. */
  readonly rows: number;
  /** The most counts above 0 that a batch holds. */
  readonly entries: number;
  /** Counts that lie on the device already; else batches come from the host. */
  readonly resident?: ResidentCounts | null;
  readonly recipe: Pick<
    AutoencoderRecipe,
    'weightDecay' | 'thetaRate' | 'thetaDecays' | 'thetaBounds' | 'latentNoise' | 'latentPenalty'
  >;
}

/** Trains the weights it is given, in place. */
export class AutoencoderPlan {
  readonly #device: ComputeDevice;
  readonly #weights: AutoencoderWeights;
  readonly #options: AutoencoderPlanOptions;
  readonly #counts: CountBuffers;
  readonly #adamw: AdamWPlan;
  readonly #encoder: readonly LayerBuffers[];
  readonly #decoder: readonly LayerBuffers[];
  readonly #owned: View[] = [];
  readonly #theta: View;
  readonly #seen: Matrix;
  readonly #noise: View;
  readonly #noiseKey: View;
  readonly #loss: View;
  readonly #total: View;
  readonly #partialLoss: View;
  readonly #train: Program;
  readonly #evaluate: Program;
  #summed = 0;

  constructor(device: ComputeDevice, weights: AutoencoderWeights, options: AutoencoderPlanOptions) {
    const { rows, recipe } = options;
    const { genes, latentDim } = weights.shape;
    this.#device = device;
    this.#weights = weights;
    this.#options = options;
    const { entries, resident } = options;
    this.#counts = new CountBuffers(device, rows, genes, entries, resident);
    this.#encoder = layerBuffers(device, weights.layers.encoder, rows);
    this.#decoder = layerBuffers(device, weights.layers.decoder, rows);
    this.#theta = this.#own(device.allocate(genes));
    this.#noise = this.#own(device.allocate(rows * latentDim));
    this.#noiseKey = this.#own(device.allocate(4));
    const z = layerOutput(this.#encoder[this.#encoder.length - 1]);
    this.#seen =
      recipe.latentNoise === 0
        ? z
        : matrix(this.#own(device.allocate(rows * latentDim)), rows, latentDim);
    this.#loss = this.#own(device.allocate(1));
    this.#total = this.#own(device.allocateWide(1));
    this.#partialLoss = this.#own(device.allocateWide(Math.ceil(rows / BLOCK_ROWS)));
    const theta = weights.arena.range('log_theta');
    this.#adamw = new AdamWPlan(
      device,
      weights.arena,
      [
        {
          ...theta,
          rate: recipe.thetaRate,
          decay: recipe.thetaDecays,
          bounds: recipe.thetaBounds,
        },
        { from: theta.to, to: weights.arena.size },
      ],
      { ...ADAMW_DEFAULTS, weightDecay: recipe.weightDecay },
    );
    this.#train = this.#recordTraining();
    this.#evaluate = this.#recordEvaluation();
  }

  /** Puts the given cells (at most `rows`) into the batch. Error: RangeError for other counts than those on the device. */
  load(counts: CsrSource, cells: ArrayLike<number>): void {
    this.#counts.load(counts, cells);
  }

  /** One optimiser step on the loaded batch, which must be full. */
  step(learningRate: number, noise: NoiseKey): void {
    const { seed, stream, row } = noise;
    this.#device.writeWords(this.#noiseKey, [seed >>> 0, Math.floor(seed / 2 ** 32), stream, row]);
    this.#adamw.prepare(learningRate);
    this.#train.run();
    this.#summed++;
  }

  /** Mean likelihood loss of the steps since the last call, nats per cell. */
  async takeLoss(): Promise<number> {
    const summed = this.#summed;
    this.#summed = 0;
    const read = this.#device.readWide(this.#total);
    this.#device.writeWide(this.#total, [0]);
    return (await read)[0] / summed;
  }

  /** Loss of the loaded batch in evaluation mode, nats per cell. */
  async evaluate(): Promise<number> {
    this.#evaluate.run();
    return (await this.#device.read(this.#loss))[0];
  }

  /** Gradients of the last step, by the parameters' names. */
  gradients(): Promise<NamedArray[]> {
    return this.#weights.arena.read(this.#adamw.gradients);
  }

  /** Starts the optimiser anew, after the weights were overwritten. */
  restart(): void {
    this.#adamw.restart();
    this.#device.writeWide(this.#total, [0]);
    this.#summed = 0;
  }

  dispose(): void {
    this.#train.dispose();
    this.#evaluate.dispose();
    this.#adamw.dispose();
    this.#counts.dispose();
    freeLayers(this.#device, this.#encoder);
    freeLayers(this.#device, this.#decoder);
    this.#device.free(...this.#owned);
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }

  #recordTraining(): Program {
    const recorder = new Recorder();
    const { latentNoise } = this.#options.recipe;
    const noise = this.#noise;
    if (latentNoise !== 0) {
      const count = noise.bytes / 4;
      recorder.call('rowNormals', { out: noise, count, key: this.#noiseKey });
    }
    this.#recordInput(recorder);
    this.#recordTranspose(recorder);
    const z = recordHalf(recorder, this.#weights, this.#encoder, this.#counts, 'train');
    if (latentNoise !== 0) {
      recorder.call('addScaled', {
        x: z.view,
        y: noise,
        out: this.#seen.view,
        count: noise.bytes / 4,
        c: latentNoise,
      });
    }
    const logits = recordHalf(recorder, this.#weights, this.#decoder, this.#seen, 'train');
    this.#recordLoss(recorder, logits, true);
    this.#recordBackward(recorder, logits, z);
    this.#adamw.record(recorder);
    return this.#device.compile(recorder);
  }

  #recordEvaluation(): Program {
    const recorder = new Recorder();
    this.#recordInput(recorder);
    const z = recordHalf(recorder, this.#weights, this.#encoder, this.#counts, 'eval');
    const logits = recordHalf(recorder, this.#weights, this.#decoder, z, 'eval');
    this.#recordLoss(recorder, logits, false);
    return this.#device.compile(recorder);
  }

  #recordInput(recorder: Recorder): void {
    this.#counts.recordInput(recorder);
    const count = this.#weights.shape.genes;
    recorder.call('exponential', {
      x: this.#weights.value('log_theta'),
      y: this.#theta,
      count,
    });
  }

  #byGenes: { starts: View; cells: View; values: View } | null = null;

  #recordTranspose(recorder: Recorder): void {
    const { indptr, indices, logs, rows, genes } = this.#counts;
    const { entries } = this.#options;
    const byGenes = {
      starts: this.#own(this.#device.allocate(genes + 1)),
      cells: this.#own(this.#device.allocate(entries)),
      values: this.#own(this.#device.allocate(entries)),
    };
    recorder.call('csrTranspose', { indptr, indices, logs, rows, genes, ...byGenes });
    this.#byGenes = byGenes;
  }

  #recordLoss(recorder: Recorder, logits: Matrix, learns: boolean): void {
    const { indptr, indices, values, totals: library, cells, rows, genes } = this.#counts;
    const blocks = Math.ceil(rows / BLOCK_ROWS);
    const partial = (): View | null =>
      learns ? this.#own(this.#device.allocate(blocks * genes)) : null;
    const partialTheta = partial();
    const partialBias = partial();
    recorder.call('negativeBinomial', {
      logits: logits.view,
      theta: this.#theta,
      indptr,
      indices,
      values,
      library,
      cells,
      partialTheta,
      partialBias,
      partialLoss: this.#partialLoss,
      rows,
      genes,
    });
    recorder.call('sumPartials', {
      partial: this.#partialLoss,
      count: blocks,
      out: this.#loss,
      scale: -1,
      cells,
      total: learns ? this.#total : null,
    });
    if (partialTheta === null || partialBias === null) return;
    recorder.call('sumBlocks', {
      partial: partialTheta,
      out: this.#gradient('log_theta'),
      factor: this.#theta,
      blocks,
      genes,
      scale: -1,
      cells,
    });
    const last = this.#decoder[this.#decoder.length - 1].spec;
    recorder.call('sumBlocks', {
      partial: partialBias,
      out: this.#gradient(`${last.name}.bias`),
      blocks,
      genes,
      scale: 1,
    });
  }

  #gradient(name: string): View {
    return this.#weights.arena.of(this.#adamw.gradients, name);
  }

  #recordBackward(recorder: Recorder, dLogits: Matrix, z: Matrix): void {
    const { recipe, rows } = this.#options;
    const dz = this.#matrixLike(z);
    this.#recordHalfBackward(recorder, this.#decoder, dLogits, this.#seen, dz);
    if (recipe.latentPenalty !== 0) {
      recorder.call('addScaled', {
        x: dz.view,
        y: z.view,
        out: dz.view,
        count: dz.view.bytes / 4,
        c: (2 * recipe.latentPenalty) / rows,
      });
    }
    const last = this.#encoder[this.#encoder.length - 1].spec;
    biasGradient(recorder, dz, this.#gradient(`${last.name}.bias`));
    this.#recordHalfBackward(recorder, this.#encoder, dz, null, null);
  }

  /**
   * From the gradient of a half's output to those of its parameters and, if asked, of its input.
   *
   * Biases before a normalisation have no gradient: what they add, the mean takes away. Theirs stays 0.
   */
  #recordHalfBackward(
    recorder: Recorder,
    layers: readonly LayerBuffers[],
    dOut: Matrix,
    input: Matrix | null,
    dInput: Matrix | null,
  ): void {
    let dy = dOut;
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i];
      if (layer.out !== null) dy = this.#recordNormBackward(recorder, layer, dy);
      const x = i === 0 ? input : layerOutput(layers[i - 1]);
      this.#recordWeightGradient(recorder, layer, x, dy);
      const dx = i === 0 ? dInput : this.#matrixLike(layerOutput(layers[i - 1]));
      if (dx === null) return;
      affineInputGradient(recorder, dy, weightOf(this.#weights, layer.spec), dx);
      dy = dx;
    }
  }

  #recordWeightGradient(
    recorder: Recorder,
    { spec }: LayerBuffers,
    x: Matrix | null,
    dy: Matrix,
  ): void {
    const dw = this.#gradient(`${spec.name}.weight`);
    if (x !== null) {
      affineWeightGradient(recorder, x, dy, matrix(dw, spec.inputs, spec.outputs));
      return;
    }
    const { rows, genes } = this.#counts;
    if (this.#byGenes === null) throw new RangeError('the batch is not sorted by genes');
    recorder.call('csrWeightGradient', {
      ...this.#byGenes,
      genes,
      dy: dy.view,
      dw,
      width: spec.outputs,
      rows,
    });
  }

  #recordNormBackward(recorder: Recorder, layer: LayerBuffers, dOut: Matrix): Matrix {
    const dx = this.#matrixLike(dOut);
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

  #matrixLike({ rows, columns }: Matrix): Matrix {
    return matrix(this.#own(this.#device.allocate(rows * columns)), rows, columns);
  }
}
