/** @file CFGen on plain tensors: what runs on a GPU, and what the recorded plans are measured against. */
import * as tf from '@tensorflow/tfjs-core';
import { createAdamW, type AdamW } from '../../../engine/tensors/adamw.ts';
import { ADAMW_DEFAULTS } from '../../../engine/plan/adamw-options.ts';
import { disposeGradients, lossAndGradients } from '../../../engine/tensors/gradients.ts';
import { negativeBinomialLoss } from '../../../engine/tensors/negative-binomial.ts';
import { meanSquaredError, meanSquaredLength } from '../../../engine/tensors/ops.ts';
import {
  readParameters,
  writeParameters,
  type Parameter,
} from '../../../engine/tensors/parameters.ts';
import type { NamedArray } from '../../../engine/named-array.ts';
import { tensorSpace } from '../../../engine/tensors/tensor-space.ts';
import { sourceToCsr, type CsrSource } from '../../../numerics/csr-source.ts';
import { createRandom, normalsAt } from '../../../numerics/random.ts';
import { Autoencoder } from './autoencoder.ts';
import type { AutoencoderShape } from '../shapes.ts';
import type {
  AutoencoderLearner,
  AutoencoderRuntime,
  FlowChoice,
  FlowLearner,
  NoiseKey,
} from '../../backend.ts';
import type {
  AutoencoderTaskSpec,
  CfgenBackend,
  FlowTaskSpec,
  VelocityRuntime,
} from '../backend.ts';
import { labelRows } from '../../flow/conditions.ts';
import { CountBatches, disposeBatch } from './count-batches.ts';
import { GuidedField } from './field.ts';
import { pathPoint } from './loss.ts';
import { timeFeatures, VelocityNetwork, type VelocityBatch } from './velocity.ts';

/** Cells that pass a network in use at once. */
const BLOCK = 256;

/** What an autoencoder in use needs of a recipe: nothing. */
const UNTRAINED = { logTheta: 0, thetaRate: 1, thetaDecays: false, thetaBounds: null } as const;

/** Only genes alone have a version in plain tensors. */
function requireGenes({ modalities }: AutoencoderShape): void {
  if (modalities !== undefined) throw new RangeError('plain tensors know one kind of features');
}

/** Tensors on whatever backend is present. */
export const tensorBackend: CfgenBackend = {
  learnAutoencoder: (spec) => {
    requireGenes(spec.shape);
    return new TensorAutoencoderLearner(spec);
  },
  learnFlow: (spec) => new TensorFlowLearner(spec),
  startAutoencoder: (shape, arrays) => {
    requireGenes(shape);
    const model = new Autoencoder(shape, createRandom(0), UNTRAINED);
    writeParameters([...model.parameters, ...model.running], arrays);
    return autoencoderRuntime(model);
  },
  startVelocity: (shape, arrays) => {
    const network = new VelocityNetwork(shape, createRandom(0));
    writeParameters(network.parameters, arrays);
    return velocityRuntime(network);
  },
};

/** Sums the losses of steps on the device. */
class LossSum {
  #sum = tf.keep(tf.scalar(0));
  #count = 0;

  /** Adds a loss and frees it. */
  add(loss: tf.Scalar): void {
    const next = tf.keep(tf.add(this.#sum, loss) as tf.Scalar);
    tf.dispose([this.#sum, loss]);
    this.#sum = next;
    this.#count++;
  }

  /** The mean so far; starts again. */
  async take(): Promise<number> {
    const total = (await this.#sum.data())[0];
    const mean = total / this.#count;
    this.#sum.dispose();
    this.#sum = tf.keep(tf.scalar(0));
    this.#count = 0;
    return mean;
  }

  dispose(): void {
    this.#sum.dispose();
  }
}

function drawNoise({ seed, stream, row }: NoiseKey, count: number): Float32Array {
  const noise = new Float32Array(count);
  normalsAt(seed, stream, row, noise);
  return noise;
}

class TensorAutoencoderLearner implements AutoencoderLearner {
  readonly #spec: AutoencoderTaskSpec;
  readonly #model: Autoencoder;
  readonly #all: readonly Parameter[];
  readonly #batches: CountBatches;
  readonly #loss = new LossSum();
  #adamw: AdamW;

  constructor(spec: AutoencoderTaskSpec) {
    this.#spec = spec;
    this.#model = new Autoencoder(spec.shape, createRandom(0), spec.recipe);
    this.#all = [...this.#model.parameters, ...this.#model.running];
    writeParameters(this.#all, spec.initial);
    this.#batches = new CountBatches(sourceToCsr(spec.counts), spec.rows);
    this.#adamw = this.#createOptimiser();
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  step(cells: Uint32Array, rate: number, key: NoiseKey): void {
    const model = this.#model;
    const { recipe, rows } = this.#spec;
    const batch = this.#batches.load(cells);
    const count = rows * model.shape.latentDim;
    const noise = recipe.latentNoise === 0 ? null : drawNoise(key, count);
    noise?.forEach((value, i) => (noise[i] = value * recipe.latentNoise));
    let likelihood: tf.Scalar = tf.scalar(0);
    const result = lossAndGradients(model.parameters, () => {
      const z = model.encode(batch.x, 'train');
      const seen = noise === null ? z : (tf.add(z, tf.tensor2d(noise, z.shape)) as tf.Tensor2D);
      const theta = model.logTheta.tensor as tf.Tensor1D;
      const value = negativeBinomialLoss(model.decode(seen, 'train'), theta, batch);
      likelihood.dispose();
      likelihood = tf.keep(value);
      if (recipe.latentPenalty === 0) return value;
      return tf.add(value, meanSquaredLength(z, recipe.latentPenalty));
    });
    this.#adamw.step(result.gradients, rate);
    model.updateRunning();
    this.#loss.add(tf.clone(likelihood));
    likelihood.dispose();
    disposeGradients(result);
    disposeBatch(batch);
  }

  async evaluate(cells: Uint32Array): Promise<number> {
    const model = this.#model;
    const batch = this.#batches.load(cells);
    const loss = tf.tidy(() => {
      const logits = model.decode(model.encode(batch.x, 'eval'), 'eval');
      return negativeBinomialLoss(logits, model.logTheta.tensor as tf.Tensor1D, batch);
    });
    const value = (await loss.data())[0];
    loss.dispose();
    disposeBatch(batch);
    return value;
  }

  takeLoss(): Promise<number> {
    return this.#loss.take();
  }

  read(): Promise<NamedArray[]> {
    return readParameters(this.#all);
  }

  restart(arrays: readonly NamedArray[]): void {
    writeParameters(this.#all, arrays);
    this.#adamw.dispose();
    this.#adamw = this.#createOptimiser();
  }

  dispose(): void {
    this.#adamw.dispose();
    this.#loss.dispose();
    this.#model.dispose();
  }

  #createOptimiser(): AdamW {
    const { weightDecay } = this.#spec.recipe;
    return createAdamW(this.#model.parameters, { ...ADAMW_DEFAULTS, weightDecay });
  }
}

class TensorFlowLearner implements FlowLearner {
  readonly #spec: FlowTaskSpec;
  readonly #network: VelocityNetwork;
  readonly #loss = new LossSum();
  #adamw: AdamW;

  constructor(spec: FlowTaskSpec) {
    this.#spec = spec;
    this.#network = new VelocityNetwork(spec.shape, createRandom(0));
    writeParameters(this.#network.parameters, spec.initial);
    this.#adamw = this.#createOptimiser();
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  step(choice: FlowChoice, rate: number): void {
    const { batch, target } = this.#batch(choice);
    const network = this.#network;
    const result = lossAndGradients(network.parameters, () =>
      meanSquaredError(network.forward(batch), target),
    );
    this.#adamw.step(result.gradients, rate);
    this.#loss.add(tf.clone(result.loss));
    disposeGradients(result);
    freeFlowBatch(batch, target);
  }

  async evaluate(choice: FlowChoice): Promise<number> {
    const { batch, target } = this.#batch(choice, true);
    const loss = tf.tidy(() => meanSquaredError(this.#network.forward(batch), target));
    const value = (await loss.data())[0];
    loss.dispose();
    freeFlowBatch(batch, target);
    return value;
  }

  takeLoss(): Promise<number> {
    return this.#loss.take();
  }

  read(): Promise<NamedArray[]> {
    return readParameters(this.#network.parameters);
  }

  averages(): Promise<NamedArray[]> {
    return this.#adamw.averages();
  }

  restart(arrays: readonly NamedArray[]): void {
    writeParameters(this.#network.parameters, arrays);
    this.#adamw.dispose();
    this.#adamw = this.#createOptimiser();
  }

  dispose(): void {
    this.#adamw.dispose();
    this.#loss.dispose();
    this.#network.dispose();
  }

  #createOptimiser(): AdamW {
    const { recipe } = this.#spec;
    return createAdamW(this.#network.parameters, {
      ...ADAMW_DEFAULTS,
      weightDecay: recipe.weightDecay,
      average: recipe.average,
      skips: recipe.perBatch,
    });
  }

  #batch(
    { cells, conditionOf, times: timeOf, masks: maskOf, noise: key }: FlowChoice,
    evaluation = false,
  ): { batch: VelocityBatch; target: tf.Tensor2D } {
    const { latents, codes, recipe } = this.#spec;
    const { dims, embedding, categories } = this.#network.shape;
    const n = cells.length;
    const times = Float64Array.from(conditionOf, (condition) => timeOf[condition]);
    const masks = Uint32Array.from(conditionOf, (condition) => maskOf[condition]);
    const z1 = new Float32Array(n * dims);
    cells.forEach((cell, i) => z1.set(latents.subarray(cell * dims, (cell + 1) * dims), i * dims));
    const { x, target } = pathPoint(z1, drawNoise(key, n * dims), times, recipe.sigma);
    const labels = codes.map((all, a) => {
      const shown = masks.some((mask) => (mask & (1 << a)) !== 0);
      if (!evaluation && recipe.perBatch && !shown) return null;
      const own = Int32Array.from(cells, (cell) => all[cell]);
      return tf.tensor2d(labelRows(own, masks, a, categories[a]), [n, categories[a]]);
    });
    const batch = {
      x: tf.tensor2d(x, [n, dims]),
      time: tf.tensor2d(timeFeatures(times, embedding), [n, embedding]),
      labels,
    };
    return { batch, target: tf.tensor2d(target, [n, dims]) };
  }
}

function freeFlowBatch(batch: VelocityBatch, target: tf.Tensor2D): void {
  tf.dispose([batch.x, batch.time, target]);
  for (const rows of batch.labels) rows?.dispose();
}

function autoencoderRuntime(model: Autoencoder): AutoencoderRuntime {
  const { shape } = model;
  return {
    encode: (counts, breathe) => encodeCounts(model, counts, breathe),
    async shares(latents) {
      const rows = latents.length / shape.latentDim;
      const padded = new Float32Array(BLOCK * shape.latentDim);
      padded.set(latents);
      const shares = tf.tidy(() => {
        const z = tf.tensor2d(padded, [BLOCK, shape.latentDim]);
        return tf.softmax(model.decode(z, 'eval'));
      });
      const values = await shares.data<'float32'>();
      shares.dispose();
      return values.subarray(0, rows * shape.genes);
    },
    draw: null,
    dispose: () => model.dispose(),
  };
}

async function encodeCounts(
  model: Autoencoder,
  counts: CsrSource,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const { latentDim }: AutoencoderShape = model.shape;
  const latents = new Float32Array(counts.rows * latentDim);
  const batches = new CountBatches(sourceToCsr(counts), BLOCK);
  for (let at = 0; at < counts.rows; at += BLOCK) {
    const n = Math.min(BLOCK, counts.rows - at);
    const x = batches.loadInput(Uint32Array.from({ length: n }, (_, i) => at + i));
    const z = tf.tidy(() => model.encode(x, 'eval'));
    const values = await z.data();
    latents.set(values.subarray(0, n * latentDim), at * latentDim);
    tf.dispose([x, z]);
    await breathe();
  }
  return latents;
}

function velocityRuntime(network: VelocityNetwork): VelocityRuntime {
  const { dims } = network.shape;
  return {
    shape: network.shape,
    write: (arrays) => writeParameters(network.parameters, arrays),
    async carry(question, work) {
      const field = new GuidedField(network, question);
      const cells = question.groupOf.length;
      try {
        return await work<tf.Tensor2D>({
          space: tensorSpace,
          create: (values) => tf.keep(tf.tensor2d(values, [cells, dims])),
          read: (state) => state.data<'float32'>(),
          velocity: (t, x) => field.velocity(t, x),
          settle: () => Promise.resolve(),
          free: (state) => state.dispose(),
          dispose: () => undefined,
        });
      } finally {
        field.dispose();
      }
    },
    dispose: () => network.dispose(),
  };
}
