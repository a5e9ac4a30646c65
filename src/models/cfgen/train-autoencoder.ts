/** @file Trains the autoencoder: epochs over the training cells, early stopping on held-out likelihood, best weights kept. */
import * as tf from '@tensorflow/tfjs-core';
import { ADAMW_DEFAULTS, createAdamW, type AdamW } from '../../engine/adamw.ts';
import { disposeGradients, lossAndGradients } from '../../engine/gradients.ts';
import { negativeBinomialLoss } from '../../engine/negative-binomial.ts';
import { meanSquaredLength } from '../../engine/ops.ts';
import {
  readParameters,
  replaceTensor,
  writeParameters,
  type NamedArray,
} from '../../engine/parameters.ts';
import type { RunControl } from '../../engine/run-control.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { Random } from '../../numerics/random.ts';
import type { Autoencoder } from './autoencoder.ts';
import type { AutoencoderRecipe } from './config.ts';
import { CountBatches, disposeBatch, type CellBatch } from './count-batches.ts';
import type { Setbacks } from './setbacks.ts';

/** Steps without a better held-out loss that are waited for at least, and (but for some epochs) at most. */
const PATIENT_STEPS = { least: 60, most: 600, epochs: 3 } as const;

/** What the trainer works on. */
export interface AutoencoderTask {
  readonly model: Autoencoder;
  readonly recipe: AutoencoderRecipe;
  readonly counts: CsrMatrix;
  readonly trainingCells: Uint32Array;
  readonly heldOutCells: Uint32Array;
  readonly random: Random;
  readonly control: RunControl;
  readonly setbacks: Setbacks;
  /** After each step: epochs done (with fraction), and epochs still expected. */
  readonly onStep: (epoch: number, expected: number) => void;
  /** After each epoch, nats per cell. */
  readonly onEpoch: (epoch: number, train: number, heldOut: number) => void;
}

/** The best state and when it was reached. */
export interface AutoencoderResult {
  readonly arrays: readonly NamedArray[];
  readonly loss: number;
  readonly epoch: number;
}

/** Trains until the patience, the epochs or the person end it; the model is left in its best state. */
export async function trainAutoencoder(task: AutoencoderTask): Promise<AutoencoderResult> {
  const run = new AutoencoderRun(task);
  try {
    return await run.train();
  } finally {
    run.dispose();
  }
}

/** Sets the decoder's last bias to the log of the genes' shares of all training counts. */
export function startBias(model: Autoencoder, counts: CsrMatrix, cells: Uint32Array): void {
  const sums = new Float64Array(counts.cols);
  let total = 0;
  for (const cell of cells) {
    for (let k = counts.indptr[cell]; k < counts.indptr[cell + 1]; k++) {
      sums[counts.indices[k]] += counts.values[k];
      total += counts.values[k];
    }
  }
  const bias = Float32Array.from(sums, (sum) => Math.log(Math.max(sum, 0.5) / total));
  replaceTensor(model.outputBias, tf.tensor1d(bias));
}

/** Epochs after which training of this many steps an epoch usually ends; only for the time display. */
function expectedEpochs(recipe: AutoencoderRecipe, stepsPerEpoch: number): number {
  if (recipe.patience === null) return recipe.maxEpochs;
  return Math.min(recipe.maxEpochs, Math.max(25, Math.ceil(260 / stepsPerEpoch)));
}

/** Patience in epochs: the recipe's, longer where an epoch is a few steps, shorter where it is hundreds. */
export function patienceFor(recipe: number | null, stepsPerEpoch: number): number {
  if (recipe === null) return Infinity;
  const least = Math.ceil(PATIENT_STEPS.least / stepsPerEpoch);
  const most = Math.max(PATIENT_STEPS.epochs, Math.ceil(PATIENT_STEPS.most / stepsPerEpoch));
  return Math.max(least, Math.min(recipe, most));
}

class AutoencoderRun {
  readonly #task: AutoencoderTask;
  readonly #batches: CountBatches;
  readonly #stepsPerEpoch: number;
  readonly #patience: number;
  #adamw: AdamW;
  #best: AutoencoderResult | null = null;
  #good: readonly NamedArray[] = [];
  #goodEpoch = 0;

  constructor(task: AutoencoderTask) {
    this.#task = task;
    const { recipe, trainingCells } = task;
    const batch = Math.min(recipe.batch, trainingCells.length);
    this.#batches = new CountBatches(task.counts, batch);
    this.#stepsPerEpoch = Math.floor(trainingCells.length / batch);
    this.#patience = patienceFor(recipe.patience, this.#stepsPerEpoch);
    this.#adamw = this.#createOptimiser();
  }

  dispose(): void {
    this.#adamw.dispose();
    this.#task.model.dropStatistics();
  }

  async train(): Promise<AutoencoderResult> {
    const { model, recipe, control, setbacks } = this.#task;
    await this.#remember(0);
    for (let epoch = 1; epoch <= recipe.maxEpochs && !control.stopped; epoch++) {
      const train = await this.#epoch(epoch);
      const heldOut = train === null ? NaN : await this.#evaluate();
      if (train === null) break;
      if (!Number.isFinite(train) || !Number.isFinite(heldOut)) {
        setbacks.report(epoch, this.#goodEpoch);
        writeParameters([...model.parameters, ...model.running], this.#good);
        this.#adamw.dispose();
        this.#adamw = this.#createOptimiser();
        continue;
      }
      this.#task.onEpoch(epoch, train, heldOut);
      await this.#remember(epoch);
      if (this.#best === null || heldOut < this.#best.loss) {
        this.#best = { arrays: this.#good, loss: heldOut, epoch };
      }
      if (epoch - this.#best.epoch >= this.#patience) break;
    }
    const best = this.#best ?? { arrays: this.#good, loss: NaN, epoch: 0 };
    writeParameters([...model.parameters, ...model.running], best.arrays);
    return best;
  }

  #createOptimiser(): AdamW {
    const { model, recipe } = this.#task;
    return createAdamW(model.parameters, {
      ...ADAMW_DEFAULTS,
      weightDecay: recipe.weightDecay,
    });
  }

  async #remember(epoch: number): Promise<void> {
    const { model } = this.#task;
    this.#good = await readParameters([...model.parameters, ...model.running]);
    this.#goodEpoch = epoch;
  }

  /** One pass over the training cells; returns the mean loss, or null when stopped on the way. */
  async #epoch(epoch: number): Promise<number | null> {
    const { trainingCells, random, control, recipe } = this.#task;
    const order = random.permutation(trainingCells.length);
    const { height } = this.#batches;
    const expected = expectedEpochs(recipe, this.#stepsPerEpoch);
    const patient = (this.#best?.epoch ?? 0) + Math.min(this.#patience, 10);
    let sum = tf.scalar(0);
    for (let step = 0; step < this.#stepsPerEpoch; step++) {
      const rows = order.subarray(step * height, (step + 1) * height);
      const batch = this.#batches.load(rows.map((i) => trainingCells[i]));
      const loss = this.#step(batch);
      disposeBatch(batch);
      const next = tf.add(sum, loss);
      tf.dispose([sum, loss]);
      sum = next as tf.Scalar;
      const done = epoch - 1 + (step + 1) / this.#stepsPerEpoch;
      this.#task.onStep(done, Math.min(recipe.maxEpochs, Math.max(expected, patient, epoch)));
      await control.breathe();
      if (control.stopped) break;
    }
    const total = (await sum.data())[0];
    sum.dispose();
    return control.stopped ? null : total / this.#stepsPerEpoch;
  }

  /** One optimiser step; returns the likelihood part of the loss. */
  #step(batch: CellBatch): tf.Scalar {
    const { model, recipe, random, setbacks } = this.#task;
    const { height } = this.#batches;
    const noise = latentNoise(height * model.shape.latentDim, recipe.latentNoise, random);
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
    this.#adamw.step(result.gradients, recipe.learningRate * setbacks.rateFactor);
    model.updateRunning();
    const kept = tf.clone(likelihood);
    likelihood.dispose();
    disposeGradients(result);
    return kept;
  }

  /** Mean held-out loss in evaluation mode, nats per cell. */
  async #evaluate(): Promise<number> {
    const { model, heldOutCells, control } = this.#task;
    const { height } = this.#batches;
    let sum = 0;
    for (let at = 0; at < heldOutCells.length; at += height) {
      const batch = this.#batches.load(heldOutCells.subarray(at, at + height));
      const loss = tf.tidy(() => {
        const logits = model.decode(model.encode(batch.x, 'eval'), 'eval');
        return negativeBinomialLoss(logits, model.logTheta.tensor as tf.Tensor1D, batch);
      });
      sum += (await loss.data())[0] * batch.cells;
      loss.dispose();
      disposeBatch(batch);
      await control.breathe();
    }
    return sum / heldOutCells.length;
  }
}

function latentNoise(size: number, deviation: number, random: Random): Float32Array | null {
  if (deviation === 0) return null;
  return Float32Array.from({ length: size }, () => deviation * random.normal());
}
