/** @file Trains the flow: random batches of latents, noise and times; the averaged network is kept. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { RunControl } from '../../engine/run-control.ts';
import { createRandom, type Random } from '../../numerics/random.ts';
import type { FlowChoice, FlowLearner } from '../backend.ts';
import { chooseConditions, hideUnlabelled } from './conditions.ts';
import { separateConditions, shareConditions, type FlowConditions } from './flow-choice.ts';
import { flowRate, type FlowRecipe } from '../recipes.ts';
import { DeviceLosses, RENEWED } from '../training/device-losses.ts';
import type { Setbacks } from '../training/setbacks.ts';

/** Loss points, and checks for divergence, in a whole run. */
const CHECKS = 100;
const VALIDATION_SEED = 20;

/** Streams of the noise that paths start from, in training and in validation. */
const NOISE_STREAM = 31;
const VALIDATION_STREAM = 32;

/** What the trainer works on. */
export interface FlowTask {
  readonly learner: FlowLearner;
  /** After the device was lost: the same learner, untrained, on another one. Error: device-lost when there is none. */
  readonly relearn: () => Promise<FlowLearner>;
  readonly recipe: FlowRecipe;
  /** Category of every cell, per attribute; −1 where it is not labelled. */
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

/** Trains for all steps or until stopped. */
export function trainFlow(task: FlowTask): Promise<FlowResult> {
  return new FlowRun(task).train();
}

class FlowRun {
  readonly #task: FlowTask;
  readonly #losses = new DeviceLosses();
  #learner: FlowLearner;
  readonly #every: number;
  readonly #validation: FlowChoice;
  readonly #noiseSeed: number;
  #order: Uint32Array = new Uint32Array(0);
  #next = 0;
  #drawn = 0;
  #good: readonly NamedArray[] = [];
  #goodStep = 0;
  #step = 0;
  #heldOut = NaN;

  constructor(task: FlowTask) {
    this.#task = task;
    this.#learner = task.learner;
    this.#every = Math.max(1, Math.round(task.recipe.steps / CHECKS));
    this.#noiseSeed = task.random.uint32();
    this.#validation = this.#validationBatch();
  }

  async train(): Promise<FlowResult> {
    const { recipe, control } = this.#task;
    this.#good = await this.#learner.read();
    for (;;) {
      while (this.#step < recipe.steps && !control.stopped) {
        const done = await this.#losses.guard(
          () => this.#advance(),
          () => this.#renew(),
        );
        if (done !== RENEWED) await control.breathe();
      }
      const arrays = await this.#losses.guard(
        () => this.#learner.averages(),
        () => this.#renew(),
      );
      if (arrays !== RENEWED) return { arrays, loss: this.#heldOut, step: this.#step };
    }
  }

  /** One step, and a check when it is time. */
  async #advance(): Promise<void> {
    const { recipe, setbacks } = this.#task;
    const learner = this.#learner;
    learner.step(this.#trainingBatch(), flowRate(recipe, this.#step) * setbacks.rateFactor);
    this.#step++;
    await learner.settle();
    this.#task.onStep(this.#step);
    if (this.#step % this.#every !== 0 && this.#step !== recipe.steps) return;
    const train = await learner.takeLoss();
    this.#heldOut = await learner.evaluate(this.#validation);
    if (!Number.isFinite(train) || !Number.isFinite(this.#heldOut)) {
      setbacks.report(this.#step, this.#goodStep);
      this.#step = this.#goodStep;
      learner.restart(this.#good);
      return;
    }
    this.#good = await learner.read();
    this.#goodStep = this.#step;
    await this.#task.onCheck(this.#step, train, this.#heldOut, () => learner.averages());
  }

  /** Goes on from the last good step on another device. */
  async #renew(): Promise<void> {
    this.#learner = await this.#task.relearn();
    this.#learner.restart(this.#good);
    this.#step = this.#goodStep;
  }

  #trainingBatch(): FlowChoice {
    const { random, recipe } = this.#task;
    const noise = { seed: this.#noiseSeed, stream: NOISE_STREAM, row: this.#drawn++ };
    return { ...this.#choose(this.#nextCells(), random, recipe), noise };
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

  /** Even times with one random start, and what each cell shows. */
  #choose(
    cells: Uint32Array,
    random: Random,
    recipe: Pick<FlowRecipe, 'dropout' | 'perBatch' | 'allAttributes' | 'shareTimes'>,
  ): FlowConditions {
    const { codes } = this.#task;
    const n = cells.length;
    const first = random.uniform() / n;
    const masks = hideUnlabelled(chooseConditions(n, codes.length, recipe, random), cells, codes);
    if (recipe.shareTimes > 1) {
      return shareConditions(cells, masks, codes, recipe.shareTimes, random);
    }
    const times = Float64Array.from({ length: n }, (_, i) => first + i / n);
    return separateConditions(cells, masks, times);
  }

  /** Held-out cells with noise and times that stay the same, all attributes shown that they are labelled in. */
  #validationBatch(): FlowChoice {
    const { heldOutCells, recipe } = this.#task;
    const random = createRandom(VALIDATION_SEED);
    const order = random.permutation(heldOutCells.length);
    const some = Uint32Array.from(
      { length: recipe.batch },
      (_, i) => heldOutCells[order[i % order.length]],
    );
    const shuffled = random.permutation(some.length);
    const cells = some.map((_, i) => some[shuffled[i]]);
    const all = { dropout: 0, perBatch: false, allAttributes: 1, shareTimes: 1 };
    const noise = { seed: VALIDATION_SEED, stream: VALIDATION_STREAM, row: 0 };
    return { ...this.#choose(cells, random, all), noise };
  }
}
