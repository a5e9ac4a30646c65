/** @file Trains the flow: random batches of latents, noise and times; the averaged network is kept. */
import * as tf from '@tensorflow/tfjs-core';
import { ADAMW_DEFAULTS, createAdamW, type AdamW } from '../../engine/adamw.ts';
import { disposeGradients, lossAndGradients } from '../../engine/gradients.ts';
import { meanSquaredError } from '../../engine/ops.ts';
import { readParameters, writeParameters, type NamedArray } from '../../engine/parameters.ts';
import type { RunControl } from '../../engine/run-control.ts';
import { createRandom, type Random } from '../../numerics/random.ts';
import { chooseConditions, labelRows } from './conditions.ts';
import { flowRate, type FlowRecipe } from './config.ts';
import { pathPoint } from './loss.ts';
import type { Setbacks } from './setbacks.ts';
import { timeFeatures, type VelocityBatch, type VelocityNetwork } from './velocity.ts';

/** Loss points, and checks for divergence, in a whole run. */
const CHECKS = 100;
const VALIDATION_SEED = 20;

/** What the trainer works on. */
export interface FlowTask {
  readonly network: VelocityNetwork;
  readonly recipe: FlowRecipe;
  /** Whitened latents with the library dimension, [cells, dims]. */
  readonly latents: Float32Array;
  /** Category of each cell, per attribute. */
  readonly codes: readonly Int32Array[];
  readonly trainingCells: Uint32Array;
  readonly heldOutCells: Uint32Array;
  readonly random: Random;
  readonly control: RunControl;
  readonly setbacks: Setbacks;
  readonly onStep: (step: number) => void;
  /** About every hundredth of the run. `averages` copies the network that would be kept now. */
  readonly onCheck: (
    step: number,
    train: number,
    heldOut: number,
    averages: () => Promise<NamedArray[]>,
  ) => Promise<void>;
}

/** The network that is kept, and its last losses. */
export interface FlowResult {
  readonly arrays: readonly NamedArray[];
  readonly loss: number;
  readonly step: number;
}

/** A batch on the device. */
export interface FlowBatch extends VelocityBatch {
  readonly target: tf.Tensor2D;
}

/** Trains for all steps or until stopped. */
export async function trainFlow(task: FlowTask): Promise<FlowResult> {
  const run = new FlowRun(task);
  try {
    return await run.train();
  } finally {
    run.dispose();
  }
}

class FlowRun {
  readonly #task: FlowTask;
  readonly #every: number;
  readonly #validation: FlowBatch;
  #adamw: AdamW;
  #order: Uint32Array = new Uint32Array(0);
  #next = 0;
  #good: readonly NamedArray[] = [];
  #goodStep = 0;

  constructor(task: FlowTask) {
    this.#task = task;
    this.#every = Math.max(1, Math.round(task.recipe.steps / CHECKS));
    this.#adamw = this.#createOptimiser();
    this.#validation = this.#validationBatch();
  }

  dispose(): void {
    this.#adamw.dispose();
    disposeFlowBatch(this.#validation);
  }

  async train(): Promise<FlowResult> {
    const { recipe, control, network, setbacks } = this.#task;
    let sum: tf.Scalar = tf.scalar(0);
    let counted = 0;
    let heldOut = NaN;
    let step = 0;
    this.#good = await readParameters(network.parameters);
    while (step < recipe.steps && !control.stopped) {
      const loss = this.#step(flowRate(recipe, step) * setbacks.rateFactor);
      const total = tf.add(sum, loss) as tf.Scalar;
      tf.dispose([sum, loss]);
      sum = total;
      counted++;
      step++;
      this.#task.onStep(step);
      if (step % this.#every === 0 || step === recipe.steps) {
        const train = (await sum.data())[0] / counted;
        heldOut = await this.#evaluate();
        sum.dispose();
        sum = tf.scalar(0);
        counted = 0;
        if (!Number.isFinite(train) || !Number.isFinite(heldOut)) {
          setbacks.report(step, this.#goodStep);
          step = this.#goodStep;
          this.#restart();
          continue;
        }
        this.#good = await readParameters(network.parameters);
        this.#goodStep = step;
        await this.#task.onCheck(step, train, heldOut, () => this.#adamw.averages());
      }
      await control.breathe();
    }
    sum.dispose();
    return { arrays: await this.#adamw.averages(), loss: heldOut, step };
  }

  #restart(): void {
    writeParameters(this.#task.network.parameters, this.#good);
    this.#adamw.dispose();
    this.#adamw = this.#createOptimiser();
  }

  #createOptimiser(): AdamW {
    const { network, recipe } = this.#task;
    return createAdamW(network.parameters, {
      ...ADAMW_DEFAULTS,
      weightDecay: recipe.weightDecay,
      average: recipe.average,
      skips: recipe.perBatch,
    });
  }

  #step(rate: number): tf.Scalar {
    const { network, random, recipe } = this.#task;
    const batch = this.#makeBatch(this.#nextCells(), random, recipe);
    const result = lossAndGradients(network.parameters, () =>
      meanSquaredError(network.forward(batch), batch.target),
    );
    this.#adamw.step(result.gradients, rate);
    const loss = tf.clone(result.loss);
    disposeGradients(result);
    disposeFlowBatch(batch);
    return loss;
  }

  /** The next batch of a shuffled order that goes round and round; small sets repeat cells within a batch. */
  #nextCells(): Uint32Array {
    const { trainingCells, recipe, random } = this.#task;
    const cells = new Uint32Array(recipe.batch);
    for (let i = 0; i < cells.length; i++) {
      if (this.#next === this.#order.length) {
        this.#order = random.permutation(trainingCells.length);
        this.#next = 0;
      }
      cells[i] = trainingCells[this.#order[this.#next++]];
    }
    return cells;
  }

  #makeBatch(
    cells: Uint32Array,
    random: Random,
    conditions: Pick<FlowRecipe, 'dropout' | 'perBatch' | 'allAttributes'>,
  ): FlowBatch {
    const { latents, codes, network, recipe } = this.#task;
    const { dims, embedding, categories } = network.shape;
    const n = cells.length;
    const z1 = new Float32Array(n * dims);
    cells.forEach((cell, i) => z1.set(latents.subarray(cell * dims, (cell + 1) * dims), i * dims));
    const noise = Float32Array.from({ length: n * dims }, () => random.normal());
    const first = random.uniform() / n;
    const times = Float64Array.from({ length: n }, (_, i) => first + i / n);
    const { x, target } = pathPoint(z1, noise, times, recipe.sigma);
    const masks = chooseConditions(n, categories.length, conditions, random);
    const labels = codes.map((all, a) => {
      if (conditions.perBatch && (masks[0] & (1 << a)) === 0) return null;
      const own = Int32Array.from(cells, (cell) => all[cell]);
      return tf.tensor2d(labelRows(own, masks, a, categories[a]), [n, categories[a]]);
    });
    return {
      x: tf.tensor2d(x, [n, dims]),
      time: tf.tensor2d(timeFeatures(times, embedding), [n, embedding]),
      labels,
      target: tf.tensor2d(target, [n, dims]),
    };
  }

  /** Held-out cells with noise and times that stay the same, all attributes shown. */
  #validationBatch(): FlowBatch {
    const { heldOutCells, recipe } = this.#task;
    const random = createRandom(VALIDATION_SEED);
    const order = random.permutation(heldOutCells.length);
    const cells = Uint32Array.from(
      { length: recipe.batch },
      (_, i) => heldOutCells[order[i % order.length]],
    );
    const shuffled = random.permutation(cells.length);
    return this.#makeBatch(
      cells.map((_, i) => cells[shuffled[i]]),
      random,
      { dropout: 0, perBatch: false, allAttributes: 1 },
    );
  }

  async #evaluate(): Promise<number> {
    const { network } = this.#task;
    const loss = tf.tidy(() =>
      meanSquaredError(network.forward(this.#validation), this.#validation.target),
    );
    const value = (await loss.data())[0];
    loss.dispose();
    return value;
  }
}

function disposeFlowBatch(batch: FlowBatch): void {
  tf.dispose([batch.x, batch.time, batch.target]);
  for (const rows of batch.labels) rows?.dispose();
}
