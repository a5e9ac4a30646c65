/** @file Trains the set autoencoder: steps over shuffled cells, held-out likelihood from time to time, a last decline of the rate. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { AutoencoderLearner } from '../backend.ts';
import { DeviceLosses, RENEWED } from '../training/device-losses.ts';
import { LATENT_NOISE_STREAM, type LearnerTask } from '../training/learner-task.ts';
import { autoencoderRate, declineStart, type AutoencoderRecipe } from './config.ts';

/** Checks of the held-out likelihood in a whole run, at most. */
const CHECKS = 40;

/** Held-out cells that a check looks at, at most. */
const CHECK_CELLS = 512;

/** Share of the time that checks may take. */
const CHECK_SHARE = 0.1;

/** A gene of a cell costs so much less in a check than in a step, which makes it twice and goes back through it. */
const CHECK_COST = 0.25;

/** What the trainer works on. */
export interface AutoencoderTask extends LearnerTask<AutoencoderRecipe> {
  /** All genes. */
  readonly genes: number;
  /** Steps of the training that this one goes on from; left out: it begins anew. */
  readonly stepsBefore?: number | undefined;
  /** After each step: how many are done, and how many are still expected in all. */
  readonly onStep: (step: number, expected: number) => void;
  /** At each check, nats per cell. */
  readonly onCheck: (step: number, train: number, heldOut: number) => void;
}

/** The best state and when it was reached. */
export interface AutoencoderResult {
  readonly arrays: readonly NamedArray[];
  readonly loss: number;
  readonly step: number;
}

/**
 * Trains until the steps are done or the person ends it; returns the best state, where training goes on perhaps the one that it began with.
 * The learner stays the caller's.
 */
export function trainAutoencoder(task: AutoencoderTask): Promise<AutoencoderResult> {
  return new AutoencoderRun(task).train();
}

class AutoencoderRun {
  readonly #task: AutoencoderTask;
  readonly #losses = new DeviceLosses();
  readonly #every: number;
  readonly #noiseSeed: number;
  readonly #checked: Uint32Array;
  /** Training cells whose loss stands beside the held-out one where a step's own loss is over some genes only. */
  readonly #compared: Uint32Array;
  readonly #decline: number;
  /** Share of the rate: steps that are few beside those before have no time to settle after a jump, and the flow would lose its latents. */
  readonly #gentle: number;
  #learner: AutoencoderLearner;
  #order: Uint32Array = new Uint32Array(0);
  #next = 0;
  #step = 0;
  /** First step of the decline, and the one after the last. */
  #from: number;
  #end: number;
  #best: AutoencoderResult | null = null;
  #good: readonly NamedArray[] = [];
  #goodStep = 0;

  constructor(task: AutoencoderTask) {
    const { recipe, random, heldOutCells, trainingCells, rows } = task;
    this.#task = task;
    this.#learner = task.learner;
    this.#noiseSeed = random.uint32();
    const order = random.permutation(heldOutCells.length);
    this.#checked = Uint32Array.from(order.subarray(0, CHECK_CELLS), (i) => heldOutCells[i]);
    this.#compared =
      (recipe.genesPerStep ?? task.genes) < task.genes
        ? trainingCells.slice(0, rows)
        : new Uint32Array(0);
    this.#every = this.#interval();
    this.#from = declineStart(recipe);
    this.#end = recipe.steps;
    this.#decline = recipe.steps - this.#from;
    this.#gentle = Math.min(1, recipe.steps / Math.max(1, task.stepsBefore ?? 1));
  }

  /** Steps from one check to the next: as many checks as are wanted, unless they would take too long. */
  #interval(): number {
    const { recipe, rows, genes } = this.#task;
    const perStep = rows * Math.min(genes, recipe.genesPerStep ?? genes);
    const cells = this.#checked.length + this.#compared.length;
    const cost = (CHECK_COST * cells * genes) / perStep;
    return Math.max(1, Math.round(recipe.steps / CHECKS), Math.round(cost / CHECK_SHARE));
  }

  async train(): Promise<AutoencoderResult> {
    const { control } = this.#task;
    this.#good = await this.#learner.read();
    const begun = await this.#begun();
    while (this.#step < this.#end && !control.stopped) {
      const done = await this.#losses.guard(
        () => this.#advance(),
        () => this.#renew(),
      );
      if (done !== RENEWED) await control.breathe();
    }
    const best = this.#best ?? { arrays: this.#good, loss: NaN, step: this.#goodStep };
    return begun !== null && !(best.loss < begun.loss) ? begun : best;
  }

  /** What an earlier training left, which is kept where nothing better comes; it takes no part in the patience, as it has cooled. */
  async #begun(): Promise<AutoencoderResult | null> {
    if (this.#task.stepsBefore === undefined) return null;
    return { arrays: this.#good, loss: await this.#evaluate(this.#checked), step: 0 };
  }

  /** One step, and a check when it is time. */
  async #advance(): Promise<void> {
    const { recipe, setbacks } = this.#task;
    const learner = this.#learner;
    const rate =
      this.#gentle * autoencoderRate(recipe, this.#step, this.#from) * setbacks.rateFactor;
    const noise = { seed: this.#noiseSeed, stream: LATENT_NOISE_STREAM, row: this.#step };
    learner.step(this.#nextCells(), rate, noise);
    this.#step++;
    await learner.settle();
    this.#task.onStep(this.#step, this.#end);
    if (this.#step % this.#every === 0 || this.#step === this.#end) await this.#check();
  }

  async #check(): Promise<void> {
    const { recipe, setbacks, onCheck } = this.#task;
    const learner = this.#learner;
    const own = await learner.takeLoss();
    const train = this.#compared.length === 0 ? own : await this.#evaluate(this.#compared);
    const heldOut = await this.#evaluate(this.#checked);
    if (!Number.isFinite(train) || !Number.isFinite(heldOut)) {
      setbacks.report(this.#step, this.#goodStep);
      this.#step = this.#goodStep;
      learner.restart(this.#good);
      return;
    }
    this.#good = await learner.read();
    this.#goodStep = this.#step;
    onCheck(this.#step, train, heldOut);
    if (this.#best === null || heldOut < this.#best.loss) {
      this.#best = { arrays: this.#good, loss: heldOut, step: this.#step };
    }
    const tired = this.#step - this.#best.step >= (recipe.patience ?? Infinity);
    if (!tired || this.#step >= this.#from) return;
    this.#from = this.#step;
    this.#end = this.#step + this.#decline;
  }

  /** Goes on from the last good check on another device. */
  async #renew(): Promise<void> {
    this.#learner = await this.#task.relearn();
    this.#learner.restart(this.#good);
    this.#step = this.#goodStep;
  }

  /** The next batch of a shuffled order that goes round and round. */
  #nextCells(): Uint32Array {
    const { trainingCells, random, rows } = this.#task;
    const cells = new Uint32Array(rows);
    if (this.#next + rows > this.#order.length) {
      this.#order = random.permutation(trainingCells.length);
      this.#next = 0;
    }
    for (let i = 0; i < rows; i++) cells[i] = trainingCells[this.#order[this.#next++]];
    return cells;
  }

  /** Mean loss without noise, nats per cell. */
  async #evaluate(cells: Uint32Array): Promise<number> {
    const { control, rows } = this.#task;
    let sum = 0;
    for (let at = 0; at < cells.length; at += rows) {
      const some = cells.subarray(at, at + rows);
      sum += (await this.#learner.evaluate(some)) * some.length;
      await control.breathe();
    }
    return sum / cells.length;
  }
}
