/** @file Trains a CFGen model: split, autoencoder, latents, flow; reports all the way and can be paused and stopped. */
import type { NamedArray } from '../../engine/named-array.ts';
import { RunControl } from '../../engine/run-control.ts';
import { createRandom } from '../../numerics/random.ts';
import { cancelled } from '../../protocol/errors.ts';
import { whiteningOf, withLibrary } from '../latent-states.ts';
import type { TrainContext, TrainedModel } from '../trained-model.ts';
import type { OpenTrainRequest } from '../training-data.ts';
import type { AutoencoderLearner, CfgenBackend, FlowLearner, VelocityRuntime } from './backend.ts';
import { checkTrainingData, largestCells } from './check-data.ts';
import { createConfig, type CfgenConfig } from './config.ts';
import { describeAttribute, describeTrained } from './describe-training.ts';
import { DeviceLosses, RENEWED } from './device-losses.ts';
import { describeLibrary, librarySums } from './library.ts';
import { initialAutoencoder, initialVelocity } from './initial-weights.ts';
import {
  autoencoderShape,
  flowDims,
  velocityShape,
  whiten,
  type CfgenModel,
  type LibraryModel,
  type Whitening,
} from './model.ts';
import { presentBackend } from './present-backend.ts';
import { ProgressMeter } from './progress.ts';
import { sampleCells } from './sample.ts';
import { Setbacks } from './setbacks.ts';
import { chooseHeldOut, countCombinations } from './split.ts';
import { startBiases, trainAutoencoder, type AutoencoderResult } from './train-autoencoder.ts';
import { trainFlow } from './train-flow.ts';

const PREVIEW_MS = 3000;
const PREVIEW_STEPS = 8;
const TRIAL_STEPS = 6;

/** Streams of the training seed. */
const AUTOENCODER_STREAM = 1;
const FLOW_STREAM = 8;

/** Trains from counts to a model. Errors: too-few-cells, bad-values, diverged, cancelled (stopped before any flow step). */
export async function trainCfgen(
  request: OpenTrainRequest,
  context: TrainContext,
): Promise<TrainedModel> {
  checkTrainingData(request.data);
  const training = new Training(request, context);
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}

/** What the flow is trained on, and what surrounds it in the model. */
interface Prepared {
  readonly base: Omit<CfgenModel, 'flow'>;
  /** Flow targets, [cells, dims] */
  readonly states: Float32Array;
  readonly ae: AutoencoderResult;
}

class Training {
  readonly #request: OpenTrainRequest;
  readonly #context: TrainContext;
  readonly #config: CfgenConfig;
  readonly #heldOut: Uint8Array;
  readonly #trainingCells: Uint32Array;
  readonly #heldOutCells: Uint32Array;
  readonly #logLibrary: Float64Array;
  readonly #setbacks: Setbacks;
  readonly #losses = new DeviceLosses();
  #backend: CfgenBackend = presentBackend();
  #previewNetwork: VelocityRuntime;
  #lastPreview = -Infinity;

  constructor(request: OpenTrainRequest, context: TrainContext) {
    const { data, settings } = request;
    this.#request = request;
    this.#context = context;
    const cells = data.counts.rows;
    this.#heldOut = chooseHeldOut(request);
    const every = Uint32Array.from({ length: cells }, (_, i) => i);
    this.#trainingCells = every.filter((i) => this.#heldOut[i] === 0);
    this.#heldOutCells = every.filter((i) => this.#heldOut[i] === 1);
    this.#config = createConfig({
      recipe: settings.recipe,
      genes: data.counts.cols,
      trainingCells: this.#trainingCells.length,
      categories: data.attributes.map((a) => a.categories.length),
      maxEpochs: settings.maxEpochs,
      flowSteps: settings.flowSteps,
      modalities: data.modalities,
    });
    const sums = librarySums(data, autoencoderShape(this.#config.architecture));
    this.#logLibrary = sums.map((sum) => Math.log(Math.max(1, sum)));
    this.#setbacks = new Setbacks(
      (at, backTo) => context.onEvent({ type: 'setback', at, backTo }),
      () => largestCells(data),
    );
    this.#previewNetwork = this.#startPreview();
  }

  dispose(): void {
    this.#previewNetwork.dispose();
  }

  #startPreview(): VelocityRuntime {
    const shape = velocityShape(this.#config.architecture);
    return this.#backend.startVelocity(shape, this.#initialFlow(this.#request.settings.seed));
  }

  /** Waits for the device that follows a lost one. Nothing of the lost one is freed: it is gone. */
  async #renew(): Promise<void> {
    await this.#context.renewDevice();
    this.#backend = presentBackend();
    this.#previewNetwork = this.#startPreview();
  }

  async run(): Promise<TrainedModel> {
    const { control, onEvent } = this.#context;
    const paused = control.pausedMilliseconds;
    const now = (): number => performance.now() - (control.pausedMilliseconds - paused);
    const start = now();
    onEvent({ type: 'stage', stage: 'prepare', seconds: {} });
    const trial = await this.#trialStep();
    const meter = new ProgressMeter(onEvent, now, this.#config.flow.steps, trial, start);
    const prepared = await this.#prepare(meter);
    return this.#flow(prepared, meter);
  }

  /** Milliseconds of a flow step, from a few steps of a network that is thrown away. */
  async #trialStep(): Promise<number> {
    const { architecture, flow } = this.#config;
    const latents = new Float32Array(this.#heldOut.length * flowDims(architecture));
    let learner = this.#learnFlow(latents, 0);
    let from = 0;
    await trainFlow({
      learner,
      relearn: async () => {
        await this.#renew();
        return (learner = this.#learnFlow(latents, 0));
      },
      recipe: { ...flow, steps: TRIAL_STEPS },
      codes: this.#request.data.attributes.map((a) => a.codes),
      trainingCells: this.#trainingCells,
      heldOutCells: this.#heldOutCells,
      random: createRandom(0),
      control: new RunControl(),
      setbacks: this.#setbacks,
      onStep: (step) => {
        if (step === 2) from = performance.now();
      },
      onCheck: () => Promise.resolve(),
    });
    learner.dispose();
    return (performance.now() - from) / (TRIAL_STEPS - 2);
  }

  #initialFlow(seed: number): NamedArray[] {
    return initialVelocity(velocityShape(this.#config.architecture), createRandom(seed, 2));
  }

  #learnFlow(latents: Float32Array, seed: number): FlowLearner {
    return this.#backend.learnFlow({
      shape: velocityShape(this.#config.architecture),
      recipe: this.#config.flow,
      initial: this.#initialFlow(seed),
      latents,
      codes: this.#request.data.attributes.map((a) => a.codes),
    });
  }

  /** First values of the autoencoder. */
  #initialAutoencoder(): NamedArray[] {
    const { architecture, autoencoder: recipe } = this.#config;
    const { data, settings } = this.#request;
    const random = createRandom(settings.seed, AUTOENCODER_STREAM);
    const shape = autoencoderShape(architecture);
    const arrays = initialAutoencoder(shape, random, recipe.logTheta);
    if (!recipe.biasStart) return arrays;
    return startBiases(arrays, shape, data.counts, this.#trainingCells);
  }

  /** Trains the autoencoder and encodes all cells. */
  async #prepare(meter: ProgressMeter): Promise<Prepared> {
    const { data, settings } = this.#request;
    const { control, onEvent } = this.#context;
    const { autoencoder: recipe, architecture } = this.#config;
    const rows = Math.min(recipe.batch, this.#trainingCells.length);
    const stepsPerEpoch = Math.floor(this.#trainingCells.length / rows);
    meter.enter('autoencoder');
    const shape = autoencoderShape(architecture);
    const initial = this.#initialAutoencoder();
    const learn = (): AutoencoderLearner =>
      this.#backend.learnAutoencoder({ shape, recipe, initial, counts: data.counts, rows });
    let learner = learn();
    const ae = await trainAutoencoder({
      learner,
      relearn: async () => {
        await this.#renew();
        return (learner = learn());
      },
      recipe,
      rows,
      trainingCells: this.#trainingCells,
      heldOutCells: this.#heldOutCells,
      random: createRandom(settings.seed, AUTOENCODER_STREAM).fork(1),
      control,
      setbacks: this.#setbacks,
      onStep: (epoch, expected) => meter.autoencoderStep(epoch, expected, stepsPerEpoch, rows),
      onEpoch: (at, train, heldOut) =>
        onEvent({ type: 'loss', stage: 'autoencoder', at, train, heldOut }),
    }).finally(() => learner.dispose());
    if (control.stopped) throw cancelled();
    meter.enter('encode');
    const raw = await this.#encode(ae.arrays);
    if (control.stopped) throw cancelled();
    const { latentDim, jointLibrary } = architecture;
    const { whiten: whitens } = this.#config.flow;
    const whitening = whiteningOf(raw, latentDim, this.#trainingCells, whitens);
    const latents = whiten(raw, whitening);
    const heldOut = this.#heldOut.slice();
    onEvent({ type: 'latents', latents: latents.slice(), latentDim, heldOut });
    const base = this.#base(whitening, ae.arrays);
    const { library } = base;
    const states = jointLibrary ? withLibrary(latents, this.#logLibrary, library) : latents;
    return { base, states, ae };
  }

  /** Latents of all cells before whitening. */
  async #encode(arrays: readonly NamedArray[]): Promise<Float32Array> {
    const { counts } = this.#request.data;
    const shape = autoencoderShape(this.#config.architecture);
    const encode = (): Promise<Float32Array> => {
      const encoder = this.#backend.startAutoencoder(shape, arrays);
      const latents = encoder.encode(counts, () => this.#context.control.breathe());
      return latents.finally(() => encoder.dispose());
    };
    for (;;) {
      const latents = await this.#losses.guard(encode, () => this.#renew());
      if (latents !== RENEWED) return latents;
    }
  }

  #base(whitening: Whitening, autoencoder: readonly NamedArray[]): Prepared['base'] {
    const { data, settings } = this.#request;
    const training = this.#trainingCells;
    const attributes = data.attributes.map((a) => ({
      ...a,
      codes: Int32Array.from(training, (cell) => a.codes[cell]),
    }));
    const logLibrary = Float64Array.from(training, (cell) => this.#logLibrary[cell]);
    return {
      family: 'cfgen',
      recipe: settings.recipe,
      architecture: this.#config.architecture,
      attributes: attributes.map(describeAttribute),
      combinations: countCombinations(data.attributes, this.#heldOut),
      whitening,
      library: this.#scaled(describeLibrary(logLibrary, attributes)),
      autoencoder,
    };
  }

  /** The statistics with the scale of the flow's library dimension, where there is one that is not 1. */
  #scaled(learnt: LibraryModel): LibraryModel {
    const { architecture, flow } = this.#config;
    const { libraryScale: scale = 1 } = flow;
    return architecture.jointLibrary && scale !== 1 ? { ...learnt, scale } : learnt;
  }

  async #flow(prepared: Prepared, meter: ProgressMeter): Promise<TrainedModel> {
    const { data, settings } = this.#request;
    const { control, onEvent, onCheckpoint } = this.#context;
    const { flow: recipe } = this.#config;
    meter.enter('flow');
    const learn = (): FlowLearner => this.#learnFlow(prepared.states, settings.seed);
    let learner = learn();
    const result = await trainFlow({
      learner,
      relearn: async () => {
        await this.#renew();
        return (learner = learn());
      },
      recipe,
      codes: data.attributes.map((a) => a.codes),
      trainingCells: this.#trainingCells,
      heldOutCells: this.#heldOutCells,
      random: createRandom(settings.seed, FLOW_STREAM),
      control,
      setbacks: this.#setbacks,
      onStep: (step) => meter.flowStep(step, recipe.batch),
      onCheck: async (at, train, heldOut, averages) => {
        onEvent({ type: 'loss', stage: 'flow', at, train, heldOut });
        const arrays = await averages();
        const result = { arrays, loss: heldOut, step: at };
        onCheckpoint(this.#finish(prepared, result, meter.seconds, true));
        await this.#preview(at, prepared.base, arrays);
      },
    }).finally(() => learner.dispose());
    if (result.step === 0) throw cancelled();
    const early = control.stopped && result.step < recipe.steps;
    return this.#finish(prepared, result, meter.seconds, early);
  }

  async #preview(
    step: number,
    base: Prepared['base'],
    arrays: readonly NamedArray[],
  ): Promise<void> {
    const cells = this.#request.previewCells;
    const last = step === this.#config.flow.steps;
    if (cells === 0 || (performance.now() - this.#lastPreview < PREVIEW_MS && !last)) return;
    this.#lastPreview = performance.now();
    this.#previewNetwork.write(arrays);
    const { seed } = this.#request.settings;
    const request = {
      cells,
      seed,
      guidance: [],
      library: { mode: 'chosen' },
      solver: { method: 'heun', steps: PREVIEW_STEPS },
      frames: 0,
    } as const;
    const model: CfgenModel = { ...base, flow: arrays };
    const sample = await sampleCells(model, this.#previewNetwork, request, null);
    this.#context.onPreview(step, sample);
  }

  #finish(
    { base, ae }: Prepared,
    flow: { arrays: readonly NamedArray[]; loss: number; step: number },
    seconds: number,
    stoppedEarly: boolean,
  ): TrainedModel {
    return describeTrained(this.#request, {
      model: 'cfgen',
      latentDim: this.#config.architecture.latentDim,
      autoencoderLoss: ae.loss,
      autoencoderEpoch: ae.epoch,
      flowLoss: flow.loss,
      flowStep: flow.step,
      seconds,
      device: this.#context.device,
      stoppedEarly,
      heldOut: this.#heldOut,
      body: { ...base, flow: flow.arrays },
    });
  }
}
