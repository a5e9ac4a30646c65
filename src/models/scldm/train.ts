/** @file Trains an scLDM model: measure, autoencoder, encoding, flow; with progress, loss curves, previews and checkpoints. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import { RunControl } from '../../engine/run-control.ts';
import { createRandom } from '../../numerics/random.ts';
import { cancelled } from '../../protocol/errors.ts';
import type { AutoencoderLearner, FlowLearner } from '../cfgen/backend.ts';
import { checkTrainingData, largestCells } from '../cfgen/check-data.ts';
import { describeAttribute, describeTrained } from '../cfgen/describe-training.ts';
import { DeviceLosses, RENEWED } from '../cfgen/device-losses.ts';
import { describeCombinations, describeLibrary } from '../cfgen/library.ts';
import { whiten } from '../cfgen/model.ts';
import { ProgressMeter } from '../cfgen/progress.ts';
import { sampleCells } from '../cfgen/sample.ts';
import { Setbacks } from '../cfgen/setbacks.ts';
import { chooseHeldOut, countCombinations } from '../cfgen/split.ts';
import { trainFlow } from '../cfgen/train-flow.ts';
import type { TrainContext, TrainedModel } from '../trained-model.ts';
import type { OpenTrainRequest } from '../training-data.ts';
import { stepsFor } from './budget.ts';
import { createConfig, type ScldmConfig } from './config.ts';
import { firstAutoencoder } from './first-autoencoder.ts';
import { initialDenoiser } from './initial-weights.ts';
import { whiteningOf, withLibrary } from '../latent-states.ts';
import type { ScldmModel } from './model.ts';
import { learnAutoencoder, learnFlow } from './plan/learners.ts';
import { SetAutoencoder, Velocity } from './plan/runtimes.ts';
import { readyDevice } from './ready-device.ts';
import { flowDims } from './shapes.ts';
import { trainAutoencoder, type AutoencoderResult } from './train-autoencoder.ts';

const PREVIEW_MS = 3000;
const PREVIEW_STEPS = 8;
const TRIAL_STEPS = 5;

/** Streams of the training seed. */
const AUTOENCODER_STREAM = 1;
const DENOISER_STREAM = 2;
const FLOW_STREAM = 8;

/** Trains from counts to a model. Errors: too-few-cells, bad-values, diverged, cancelled (stopped before any flow step). */
export async function trainScldm(
  request: OpenTrainRequest,
  context: TrainContext,
): Promise<TrainedModel> {
  checkTrainingData(request.data);
  return new Training(request, context).run();
}

/** What the flow is trained on, and what surrounds it in the model. */
interface Prepared {
  readonly base: Omit<ScldmModel, 'flow'>;
  /** Flow targets, [cells, dims] */
  readonly states: Float32Array;
  readonly ae: AutoencoderResult;
}

class Training {
  readonly #request: OpenTrainRequest;
  readonly #context: TrainContext;
  readonly #heldOut: Uint8Array;
  readonly #trainingCells: Uint32Array;
  readonly #heldOutCells: Uint32Array;
  readonly #logLibrary: Float64Array;
  readonly #setbacks: Setbacks;
  readonly #losses = new DeviceLosses();
  #config: ScldmConfig;
  #device: ComputeDevice = readyDevice();
  #lastPreview = -Infinity;

  constructor(request: OpenTrainRequest, context: TrainContext) {
    const { data } = request;
    this.#request = request;
    this.#context = context;
    this.#heldOut = chooseHeldOut(request);
    const every = Uint32Array.from({ length: data.counts.rows }, (_, i) => i);
    this.#trainingCells = every.filter((i) => this.#heldOut[i] === 0);
    this.#heldOutCells = every.filter((i) => this.#heldOut[i] === 1);
    this.#logLibrary = data.counts.sums.map((sum) => Math.log(Math.max(1, sum)));
    this.#config = this.#configure(null);
    this.#setbacks = new Setbacks(
      (at, backTo) => context.onEvent({ type: 'setback', at, backTo }),
      () => largestCells(data),
    );
  }

  /** The configuration with given steps, or with the settings' or the recipe's own. */
  #configure(steps: { autoencoderSteps: number; flowSteps: number } | null): ScldmConfig {
    const { data, settings } = this.#request;
    const { recipe, size = 'S', maxEpochs, flowSteps } = settings;
    const batches = Math.max(1, Math.floor(this.#trainingCells.length / 64));
    return createConfig({
      recipe,
      size,
      genes: data.counts.cols,
      trainingCells: this.#trainingCells.length,
      categories: data.attributes.map((a) => a.categories.length),
      mostExpressed: data.counts.entries.reduce((a, b) => Math.max(a, b), 1),
      autoencoderSteps:
        maxEpochs === null ? (steps?.autoencoderSteps ?? null) : maxEpochs * batches,
      flowSteps: flowSteps ?? steps?.flowSteps ?? null,
    });
  }

  get #rows(): number {
    return Math.min(this.#config.autoencoder.batch, this.#trainingCells.length);
  }

  get #stepsPerEpoch(): number {
    return Math.max(1, Math.floor(this.#trainingCells.length / this.#rows));
  }

  /** Waits for the device that follows a lost one. Nothing of the lost one is freed: it is gone. */
  async #renew(): Promise<void> {
    await this.#context.renewDevice();
    this.#device = readyDevice();
  }

  async run(): Promise<TrainedModel> {
    const { control, onEvent } = this.#context;
    const paused = control.pausedMilliseconds;
    const now = (): number => performance.now() - (control.pausedMilliseconds - paused);
    const start = now();
    onEvent({ type: 'stage', stage: 'prepare', seconds: {} });
    const flowMs = await this.#trialFlowStep();
    const { minutes } = this.#request.settings;
    if (minutes !== undefined) {
      const { autoencoder, flow } = this.#config;
      const most = { autoencoderSteps: 3 * autoencoder.steps, flowSteps: 3 * flow.steps };
      const stepMs = { autoencoder: await this.#trialAutoencoderStep(), flow: flowMs };
      this.#config = this.#configure(stepsFor(minutes, stepMs, most));
    }
    const meter = new ProgressMeter(onEvent, now, this.#config.flow.steps, flowMs, start);
    const prepared = await this.#prepare(meter);
    return this.#flow(prepared, meter);
  }

  /** Milliseconds of a flow step, from a few steps of a network that is thrown away. */
  async #trialFlowStep(): Promise<number> {
    const { architecture, flow } = this.#config;
    const dims = flowDims(architecture.denoiser);
    const latents = new Float32Array(this.#heldOut.length * dims);
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
      onStep: (step) => (from = step === 2 ? performance.now() : from),
      onCheck: () => Promise.resolve(),
    });
    learner.dispose();
    return (performance.now() - from) / (TRIAL_STEPS - 2);
  }

  /** The same of the autoencoder. */
  async #trialAutoencoderStep(): Promise<number> {
    const { autoencoder: recipe } = this.#config;
    let from = 0;
    const learner = this.#learnAutoencoder(this.#initialAutoencoder());
    await trainAutoencoder({
      learner,
      relearn: () => Promise.resolve(learner),
      recipe: { ...recipe, steps: TRIAL_STEPS },
      rows: this.#rows,
      trainingCells: this.#trainingCells,
      heldOutCells: this.#heldOutCells.subarray(0, 1),
      random: createRandom(0),
      control: new RunControl(),
      setbacks: this.#setbacks,
      onStep: (step) => (from = step === 2 ? performance.now() : from),
      onCheck: () => undefined,
    }).finally(() => learner.dispose());
    return (performance.now() - from) / (TRIAL_STEPS - 2);
  }

  #initialFlow(seed: number): NamedArray[] {
    const { denoiser } = this.#config.architecture;
    return initialDenoiser(denoiser, createRandom(seed, DENOISER_STREAM));
  }

  #learnFlow(latents: Float32Array, seed: number): FlowLearner {
    return learnFlow(this.#device, {
      shape: this.#config.architecture.denoiser,
      recipe: this.#config.flow,
      initial: this.#initialFlow(seed),
      latents,
      codes: this.#request.data.attributes.map((a) => a.codes),
    });
  }

  #initialAutoencoder(): NamedArray[] {
    const { architecture, autoencoder: recipe } = this.#config;
    const { data, settings } = this.#request;
    const random = createRandom(settings.seed, AUTOENCODER_STREAM);
    return firstAutoencoder(architecture.autoencoder, recipe, data.counts, this.#trainingCells, random); // prettier-ignore
  }

  #learnAutoencoder(initial: readonly NamedArray[]): AutoencoderLearner {
    const { architecture, autoencoder: recipe } = this.#config;
    const { counts } = this.#request.data;
    const shape = architecture.autoencoder;
    return learnAutoencoder(this.#device, { shape, recipe, initial, counts, rows: this.#rows });
  }

  /** Trains the autoencoder and encodes all cells. */
  async #prepare(meter: ProgressMeter): Promise<Prepared> {
    const { settings } = this.#request;
    const { control, onEvent } = this.#context;
    const { autoencoder: recipe, architecture } = this.#config;
    meter.enter('autoencoder');
    const initial = this.#initialAutoencoder();
    let learner = this.#learnAutoencoder(initial);
    const ae = await trainAutoencoder({
      learner,
      relearn: async () => {
        await this.#renew();
        return (learner = this.#learnAutoencoder(initial));
      },
      recipe,
      rows: this.#rows,
      trainingCells: this.#trainingCells,
      heldOutCells: this.#heldOutCells,
      random: createRandom(settings.seed, AUTOENCODER_STREAM).fork(1),
      control,
      setbacks: this.#setbacks,
      onStep: (step, expected) => {
        const each = this.#stepsPerEpoch;
        meter.autoencoderStep(step / each, Math.ceil(expected / each), each, this.#rows);
      },
      onCheck: (step, train, heldOut) => {
        const at = step / this.#stepsPerEpoch;
        onEvent({ type: 'loss', stage: 'autoencoder', at, train, heldOut });
      },
    }).finally(() => learner.dispose());
    if (control.stopped) throw cancelled();
    meter.enter('encode');
    const raw = await this.#encode(ae.arrays);
    if (control.stopped) throw cancelled();
    const { latentDim } = architecture;
    const { whiten: whitens } = this.#config.flow;
    const whitening = whiteningOf(raw, latentDim, this.#trainingCells, whitens);
    const latents = whiten(raw, whitening);
    const heldOut = this.#heldOut.slice();
    onEvent({ type: 'latents', latents: latents.slice(), latentDim, heldOut });
    const base = this.#base(whitening, ae.arrays);
    const { library } = base;
    const states = architecture.jointLibrary
      ? withLibrary(latents, this.#logLibrary, library)
      : latents;
    return { base, states, ae };
  }

  /** Latents of all cells before whitening. */
  async #encode(arrays: readonly NamedArray[]): Promise<Float32Array> {
    const { counts } = this.#request.data;
    const encode = (): Promise<Float32Array> => {
      const shape = this.#config.architecture.autoencoder;
      const encoder = new SetAutoencoder(this.#device, shape, arrays);
      const latents = encoder.encode(counts, () => this.#context.control.breathe());
      return latents.finally(() => encoder.dispose());
    };
    for (;;) {
      const latents = await this.#losses.guard(encode, () => this.#renew());
      if (latents !== RENEWED) return latents;
    }
  }

  #base(whitening: ScldmModel['whitening'], autoencoder: readonly NamedArray[]): Prepared['base'] {
    const { data, settings } = this.#request;
    const training = this.#trainingCells;
    const attributes = data.attributes.map((a) => ({
      ...a,
      codes: Int32Array.from(training, (cell) => a.codes[cell]),
    }));
    const logLibrary = Float64Array.from(training, (cell) => this.#logLibrary[cell]);
    return {
      family: 'scldm',
      recipe: settings.recipe,
      size: this.#config.size,
      architecture: this.#config.architecture,
      attributes: attributes.map(describeAttribute),
      combinations: countCombinations(data.attributes, this.#heldOut),
      whitening,
      library: {
        ...describeLibrary(logLibrary, attributes),
        ...(this.#config.architecture.jointLibrary
          ? {}
          : { byCombination: describeCombinations(logLibrary, attributes) }),
      },
      autoencoder,
    };
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
        const now = { arrays, loss: heldOut, step: at };
        onCheckpoint(this.#finish(prepared, now, meter.seconds, true));
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
    const network = new Velocity(this.#device, base.architecture.denoiser, arrays);
    const request = {
      cells,
      seed: this.#request.settings.seed,
      guidance: [],
      library: { mode: 'chosen' },
      solver: { method: 'heun', steps: PREVIEW_STEPS },
      frames: 0,
    } as const;
    const sample = await sampleCells(base, network, request, null).finally(() => network.dispose());
    this.#context.onPreview(step, sample);
  }

  #finish(
    { base, ae }: Prepared,
    flow: { arrays: readonly NamedArray[]; loss: number; step: number },
    seconds: number,
    stoppedEarly: boolean,
  ): TrainedModel {
    return describeTrained(this.#request, {
      model: 'scldm',
      size: this.#config.size,
      latentDim: this.#config.architecture.latentDim,
      autoencoderLoss: ae.loss,
      autoencoderEpoch: Math.max(1, Math.round(ae.step / this.#stepsPerEpoch)),
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
