/** @file Trains the autoencoder: epochs over the training cells, early stopping on held-out likelihood, best weights kept. */
import type { NamedArray } from '../../engine/named-array.ts';
import { columnsSource, type CsrSource } from '../../numerics/csr-source.ts';
import type { Likelihood } from '../../protocol/dataset.ts';
import type { AutoencoderLearner } from '../backend.ts';
import { blocksOf } from '../decoding/blocks.ts';
import type { AutoencoderRecipe } from '../recipes.ts';
import { DeviceLosses, RENEWED } from '../training/device-losses.ts';
import { LATENT_NOISE_STREAM, type LearnerTask } from '../training/learner-task.ts';
import type { AutoencoderShape } from './shapes.ts';

/** Steps without a better held-out loss that are waited for at least, and (but for some epochs) at most. */
const PATIENT_STEPS = { least: 60, most: 600, epochs: 3 } as const;

/** Cells that are read together where only sums are wanted. */
const CELLS_AT_ONCE = 1024;

/** What the trainer works on. */
export interface AutoencoderTask extends LearnerTask<AutoencoderRecipe> {
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

/** Trains until the patience, the epochs or the person end it; returns the best state. The learner stays the caller's. */
export function trainAutoencoder(task: AutoencoderTask): Promise<AutoencoderResult> {
  return new AutoencoderRun(task).train();
}

/** The same arrays with every decoder's last bias at its start. */
export function startBiases(
  arrays: readonly NamedArray[],
  shape: AutoencoderShape,
  counts: CsrSource,
  cells: Uint32Array,
): NamedArray[] {
  return blocksOf(shape).reduce<NamedArray[]>(
    (all, { from, features, likelihood, decoder, decoderWidths }) => {
      const own = features === counts.cols ? counts : columnsSource(counts, from, features);
      const last = `${decoder}.${decoderWidths.length - 2}.bias`;
      return startBias(all, last, own, cells, likelihood);
    },
    [...arrays],
  );
}

/**
 * The same arrays with the decoder's last bias, `name`, at what is expected without knowing the cell: the log of the genes' shares of all
 * training counts, the logit of the share of cells in which a feature is there, or the log of its mean count.
 */
export function startBias(
  arrays: readonly NamedArray[],
  name: string,
  counts: CsrSource,
  cells: Uint32Array,
  likelihood: Likelihood = 'negative-binomial',
): NamedArray[] {
  const sums = new Float64Array(counts.cols);
  for (let from = 0; from < cells.length; from += CELLS_AT_ONCE) {
    const { indices, values } = counts.readRows(cells.subarray(from, from + CELLS_AT_ONCE));
    values.forEach((value, k) => (sums[indices[k]] += value));
  }
  const total = likelihood === 'poisson' ? cells.length : sums.reduce((a, b) => a + b, 0);
  const values = Float32Array.from(sums, (sum) => {
    const some = Math.max(sum, 0.5);
    if (likelihood !== 'bernoulli') return Math.log(some / total);
    return Math.log(some / Math.max(cells.length - sum, 0.5));
  });
  return arrays.map((array) => (array.name === name ? { ...array, values } : array));
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

/** Epochs that the cooling takes, a quarter of all that are allowed at most. */
export function coolingEpochs(
  { cooling, maxEpochs }: Pick<AutoencoderRecipe, 'cooling' | 'maxEpochs'>,
  stepsPerEpoch: number,
): number {
  if (cooling === undefined) return 0;
  return Math.min(Math.floor(maxEpochs / 4), Math.ceil(cooling.steps / stepsPerEpoch));
}

class AutoencoderRun {
  readonly #task: AutoencoderTask;
  readonly #losses = new DeviceLosses();
  #learner: AutoencoderLearner;
  readonly #stepsPerEpoch: number;
  readonly #patience: number;
  readonly #noiseSeed: number;
  #steps = 0;
  #best: AutoencoderResult | null = null;
  #good: readonly NamedArray[] = [];
  #goodEpoch = 0;
  /** Epochs at a lower rate that follow; then the last of them, and the share of the learning rate. */
  readonly #coolEpochs: number;
  #last = 0;
  #rate = 1;

  constructor(task: AutoencoderTask) {
    this.#task = task;
    this.#learner = task.learner;
    const { recipe, trainingCells, rows, random } = task;
    this.#stepsPerEpoch = Math.floor(trainingCells.length / rows);
    this.#patience = patienceFor(recipe.patience, this.#stepsPerEpoch);
    this.#coolEpochs = coolingEpochs(recipe, this.#stepsPerEpoch);
    this.#noiseSeed = random.uint32();
  }

  async train(): Promise<AutoencoderResult> {
    const { recipe, control } = this.#task;
    await this.#remember(0);
    const last = await this.#epochs(1, recipe.maxEpochs - this.#coolEpochs, this.#patience);
    if (this.#best !== null && this.#coolEpochs > 0 && !control.stopped) {
      this.#rate = recipe.cooling?.rate ?? 1;
      this.#good = this.#best.arrays;
      this.#goodEpoch = last;
      this.#learner.restart(this.#good);
      this.#last = last + this.#coolEpochs;
      await this.#epochs(last + 1, this.#last, Infinity);
    }
    return this.#best ?? { arrays: this.#good, loss: NaN, epoch: 0 };
  }

  /** Epochs `from` … `to`, or fewer where the patience or the person ends them. Returns the last one. */
  async #epochs(from: number, to: number, patience: number): Promise<number> {
    const { control, setbacks } = this.#task;
    let epoch = from;
    for (; epoch <= to && !control.stopped; epoch++) {
      const losses = await this.#losses.guard(
        () => this.#trainAndEvaluate(epoch),
        () => this.#renew(),
      );
      if (losses === RENEWED) {
        epoch = this.#goodEpoch;
        continue;
      }
      if (losses === null) break;
      const { train, heldOut } = losses;
      if (!Number.isFinite(train) || !Number.isFinite(heldOut)) {
        setbacks.report(epoch, this.#goodEpoch);
        this.#learner.restart(this.#good);
        continue;
      }
      this.#task.onEpoch(epoch, train, heldOut);
      if (this.#best === null || heldOut < this.#best.loss) {
        this.#best = { arrays: this.#good, loss: heldOut, epoch };
      }
      if (epoch - this.#best.epoch >= patience) return epoch;
    }
    return epoch - 1;
  }

  /** Losses of one epoch, its weights remembered if they are numbers; null when stopped on the way. */
  async #trainAndEvaluate(epoch: number): Promise<{ train: number; heldOut: number } | null> {
    const train = await this.#epoch(epoch);
    if (train === null) return null;
    const heldOut = await this.#evaluate();
    if (Number.isFinite(train) && Number.isFinite(heldOut)) await this.#remember(epoch);
    return { train, heldOut };
  }

  async #remember(epoch: number): Promise<void> {
    this.#good = await this.#learner.read();
    this.#goodEpoch = epoch;
  }

  /** Goes on from the last good epoch on another device. */
  async #renew(): Promise<void> {
    this.#learner = await this.#task.relearn();
    this.#learner.restart(this.#good);
  }

  /** One pass over the training cells; returns the mean loss, or null when stopped on the way. */
  async #epoch(epoch: number): Promise<number | null> {
    const { trainingCells, random, control, recipe, rows, setbacks } = this.#task;
    const learner = this.#learner;
    const order = random.permutation(trainingCells.length);
    const expected = expectedEpochs(recipe, this.#stepsPerEpoch);
    const patient = (this.#best?.epoch ?? 0) + Math.min(this.#patience, 10);
    const likely =
      this.#rate < 1 ? this.#last : Math.max(expected, patient, epoch) + this.#coolEpochs;
    for (let step = 0; step < this.#stepsPerEpoch; step++) {
      const cells = order.subarray(step * rows, (step + 1) * rows).map((i) => trainingCells[i]);
      const noise = { seed: this.#noiseSeed, stream: LATENT_NOISE_STREAM, row: this.#steps++ };
      learner.step(cells, recipe.learningRate * this.#rate * setbacks.rateFactor, noise);
      const done = epoch - 1 + (step + 1) / this.#stepsPerEpoch;
      this.#task.onStep(done, Math.min(recipe.maxEpochs, likely));
      await learner.settle();
      await control.breathe();
      if (control.stopped) break;
    }
    const loss = await learner.takeLoss();
    return control.stopped ? null : loss;
  }

  /** Mean held-out loss in evaluation mode, nats per cell. */
  async #evaluate(): Promise<number> {
    const { heldOutCells, control, rows } = this.#task;
    let sum = 0;
    for (let at = 0; at < heldOutCells.length; at += rows) {
      const cells = heldOutCells.subarray(at, at + rows);
      sum += (await this.#learner.evaluate(cells)) * cells.length;
      await control.breathe();
    }
    return sum / heldOutCells.length;
  }
}
