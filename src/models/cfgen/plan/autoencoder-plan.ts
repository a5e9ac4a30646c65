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
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { CsrSource } from '../../../numerics/csr-source.ts';
import type { NoiseKey } from '../../backend.ts';
import type { AutoencoderRecipe } from '../../recipes.ts';
import {
  freeLayers,
  layerBuffers,
  recordHalf,
  weightOf,
  type LayerBuffers,
} from './autoencoder-forward.ts';
import type { AutoencoderWeights } from './autoencoder-weights.ts';
import { BlockLikelihood, type LikelihoodTargets } from './block-likelihood.ts';
import { EncoderBlocks, type BlockData } from './block-plan.ts';
import { HalfGradients } from './half-gradient.ts';

/** What a plan is made for. */
export interface AutoencoderPlanOptions {
  /** Cells of a batch. */
  readonly rows: number;
  /** Counts of each block of features. */
  readonly data: readonly BlockData[];
  readonly recipe: Pick<
    AutoencoderRecipe,
    'weightDecay' | 'thetaRate' | 'thetaDecays' | 'thetaBounds' | 'latentNoise' | 'latentPenalty'
  >;
}

/** Decoder of one block, and how well it does. */
interface DecoderBlock {
  readonly layers: readonly LayerBuffers[];
  readonly likelihood: BlockLikelihood;
}

/** Trains the weights it is given, in place. */
export class AutoencoderPlan {
  readonly #device: ComputeDevice;
  readonly #weights: AutoencoderWeights;
  readonly #options: AutoencoderPlanOptions;
  readonly #adamw: AdamWPlan;
  readonly #encoders: EncoderBlocks;
  readonly #decoders: readonly DecoderBlock[];
  readonly #gradients: HalfGradients;
  readonly #owned: View[] = [];
  readonly #seen: Matrix;
  readonly #noise: View;
  readonly #noiseKey: View;
  readonly #total: View;
  readonly #train: Program;
  readonly #evaluate: Program;
  #summed = 0;

  constructor(device: ComputeDevice, weights: AutoencoderWeights, options: AutoencoderPlanOptions) {
    const { rows, recipe, data } = options;
    const { latentDim } = weights.shape;
    this.#device = device;
    this.#weights = weights;
    this.#options = options;
    this.#encoders = new EncoderBlocks(device, weights, rows, data);
    this.#decoders = weights.layers.blocks.map(({ block, decoder }, k) => ({
      layers: layerBuffers(device, decoder, rows),
      likelihood: new BlockLikelihood(device, block, weights, this.#encoders.counts[k]),
    }));
    this.#noise = this.#own(device.allocate(rows * latentDim));
    this.#noiseKey = this.#own(device.allocate(4));
    this.#seen =
      recipe.latentNoise === 0
        ? this.#encoders.output
        : matrix(this.#own(device.allocate(rows * latentDim)), rows, latentDim);
    this.#total = this.#own(device.allocateWide(1));
    this.#adamw = new AdamWPlan(device, weights.arena, adamwGroups(weights, recipe), {
      ...ADAMW_DEFAULTS,
      weightDecay: recipe.weightDecay,
    });
    this.#gradients = new HalfGradients(device, weights, (name) => this.#gradient(name));
    this.#train = this.#recordTraining();
    this.#evaluate = this.#recordEvaluation();
  }

  /** Puts the given cells (at most `rows`) of each block's counts into the batch. Error: RangeError for other counts than those on the device. */
  load(sources: readonly CsrSource[], cells: ArrayLike<number>): void {
    this.#encoders.load(sources, cells);
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
    return (await this.evaluateBlocks()).reduce((a, b) => a + b, 0);
  }

  /** The same for each block of features. */
  async evaluateBlocks(): Promise<Float32Array> {
    this.#evaluate.run();
    const bits = await this.#device.readParts(this.#decoders.map((d) => d.likelihood.loss));
    return new Float32Array(bits.buffer, bits.byteOffset, bits.length);
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
    this.#encoders.dispose();
    this.#gradients.dispose();
    for (const { layers, likelihood } of this.#decoders) {
      freeLayers(this.#device, layers);
      likelihood.dispose();
    }
    this.#device.free(...this.#owned);
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
    this.#encoders.counts.forEach((counts, k) =>
      this.#gradients.recordTranspose(recorder, counts, this.#options.data[k].entries),
    );
    const z = this.#encoders.record(recorder, 'train');
    if (latentNoise !== 0) {
      recorder.call('addScaled', {
        x: z.view,
        y: noise,
        out: this.#seen.view,
        count: noise.bytes / 4,
        c: latentNoise,
      });
    }
    const total = this.#total;
    const targets = { gradient: (name: string) => this.#gradient(name), total };
    const logits = this.#recordDecoders(recorder, this.#seen, targets);
    this.#recordBackward(recorder, logits, z);
    this.#adamw.record(recorder);
    return this.#device.compile(recorder);
  }

  #recordEvaluation(): Program {
    const recorder = new Recorder();
    this.#recordInput(recorder);
    const z = this.#encoders.record(recorder, 'eval');
    this.#recordDecoders(recorder, z, null);
    return this.#device.compile(recorder);
  }

  #recordInput(recorder: Recorder): void {
    this.#encoders.recordInput(recorder);
    for (const { likelihood } of this.#decoders) likelihood.recordInput(recorder);
  }

  /** Records all decoders with their losses; returns their logits, which become gradients if there are targets. */
  #recordDecoders(recorder: Recorder, z: Matrix, targets: LikelihoodTargets | null): Matrix[] {
    const mode = targets === null ? 'eval' : 'train';
    return this.#decoders.map(({ layers, likelihood }) => {
      const logits = recordHalf(recorder, this.#weights, layers, z, mode);
      likelihood.record(recorder, logits, biasName(layers), targets);
      return logits;
    });
  }

  #gradient(name: string): View {
    return this.#weights.arena.of(this.#adamw.gradients, name);
  }

  #recordBackward(recorder: Recorder, dLogits: readonly Matrix[], z: Matrix): void {
    const { recipe, rows } = this.#options;
    const dz = this.#gradients.matrixLike(z);
    this.#decoders.forEach(({ layers }, k) => {
      this.#gradients.record(recorder, layers, dLogits[k], { dense: this.#seen }, dz, k > 0);
    });
    if (recipe.latentPenalty !== 0) {
      recorder.call('addScaled', {
        x: dz.view,
        y: z.view,
        out: dz.view,
        count: dz.view.bytes / 4,
        c: (2 * recipe.latentPenalty) / rows,
      });
    }
    const { layers, counts } = this.#encoders;
    const sides = this.#recordJointBackward(recorder, dz);
    layers.forEach((own, k) => {
      biasGradient(recorder, sides[k], this.#gradient(biasName(own)));
      this.#gradients.record(recorder, own, sides[k], { counts: counts[k] }, null);
    });
  }

  /** From the gradient of the latent to those of the blocks' latents. */
  #recordJointBackward(recorder: Recorder, dz: Matrix): Matrix[] {
    const { joint, layers } = this.#encoders;
    if (joint === null) return [dz];
    const { sides, layer } = joint;
    const { name, inputs, outputs } = layer.spec;
    biasGradient(recorder, dz, this.#gradient(`${name}.bias`));
    const dWeight = matrix(this.#gradient(`${name}.weight`), inputs, outputs);
    affineWeightGradient(recorder, sides, dz, dWeight);
    const dSides = this.#gradients.matrixLike(sides);
    affineInputGradient(recorder, dz, weightOf(this.#weights, layer.spec), dSides);
    return layers.map((_, k) => columnsOf(dSides, k * outputs, outputs));
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }
}

/** Name of the bias of a half's last layer. */
function biasName(layers: readonly LayerBuffers[]): string {
  return `${layers[layers.length - 1].spec.name}.bias`;
}

/** log θ, where there is one, is treated by its own rules. */
function adamwGroups(
  { arena, layers }: AutoencoderWeights,
  recipe: AutoencoderPlanOptions['recipe'],
): ConstructorParameters<typeof AdamWPlan>[2] {
  if (layers.blocks.every(({ block }) => block.likelihood !== 'negative-binomial')) {
    return [{ from: 0, to: arena.size }];
  }
  const theta = arena.range('log_theta');
  return [
    {
      ...theta,
      rate: recipe.thetaRate,
      decay: recipe.thetaDecays,
      bounds: recipe.thetaBounds,
    },
    { from: theta.to, to: arena.size },
  ];
}
