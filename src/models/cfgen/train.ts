/** @file Trains a CFGen model: split, autoencoder, latents, flow; reports all the way and can be paused and stopped. */
import type { NamedArray } from '../../engine/named-array.ts';
import { createRandom } from '../../numerics/random.ts';
import {
  runFlowStage,
  trialFlowStep,
  type FlowStage,
  type KeptFlow,
} from '../training/flow-stage.ts';
import { runLatentStage } from '../training/latent-stage.ts';
import { withLibrary } from '../flow/latent-states.ts';
import type { TrainContext, TrainedModel } from '../trained-model.ts';
import {
  describeCells,
  divideCells,
  logLibraries,
  type TrainingCells,
} from '../training/training-cells.ts';
import type { OpenTrainRequest } from '../training/training-data.ts';
import type { AutoencoderLearner } from '../backend.ts';
import type { CfgenBackend, VelocityRuntime } from './backend.ts';
import { USUAL } from '../calibration/calibrate.ts';
import { createConfig, NOISE_WIDTHS, type CfgenConfig } from './config.ts';
import { describeTrained } from '../training/describe-training.ts';
import { librarySums } from '../flow/library.ts';
import { initialAutoencoder, initialVelocity } from './initial-weights.ts';
import { autoencoderShape, CfgenRuntime, velocityShape, type CfgenModel } from './model.ts';
import { flowDims, type LibraryModel, type Whitening } from '../flow/sampled-model.ts';
import { presentBackend } from './present-backend.ts';
import { calibrationWork } from '../calibration/calibration-progress.ts';
import { runCalibrationStage } from '../calibration/calibration-stage.ts';
import { ProgressMeter, workingClock } from '../training/progress.ts';
import { sampleCells } from '../flow/sample.ts';
import { startBiases, trainAutoencoder, type AutoencoderResult } from './train-autoencoder.ts';

/** Streams of the training seed. */
const AUTOENCODER_STREAM = 1;

/** Trains from counts to a model. Errors: too-few-cells, bad-values, diverged, cancelled (stopped before any flow step). */
export async function trainCfgen(
  request: OpenTrainRequest,
  context: TrainContext,
): Promise<TrainedModel> {
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
  readonly #cells: TrainingCells;
  readonly #logLibrary: Float64Array;
  #backend: CfgenBackend = presentBackend();
  #previewNetwork: VelocityRuntime;

  constructor(request: OpenTrainRequest, context: TrainContext) {
    const { data, settings } = request;
    this.#request = request;
    this.#context = context;
    this.#cells = divideCells(request, context.onEvent);
    this.#config = createConfig({
      recipe: settings.recipe,
      genes: data.counts.cols,
      trainingCells: this.#cells.trainingCells.length,
      categories: data.attributes.map((a) => a.categories.length),
      maxEpochs: settings.maxEpochs,
      flowSteps: settings.flowSteps,
      modalities: data.modalities,
    });
    this.#logLibrary = logLibraries(librarySums(data, autoencoderShape(this.#config.architecture)));
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
  readonly #renew = async (): Promise<void> => {
    await this.#context.renewDevice();
    this.#backend = presentBackend();
    this.#previewNetwork = this.#startPreview();
  };

  async run(): Promise<TrainedModel> {
    const { control, onEvent } = this.#context;
    const now = workingClock(control);
    const start = now();
    onEvent({ type: 'stage', stage: 'prepare', seconds: {} });
    const stage = this.#flowStage();
    const trial = await trialFlowStep(stage, flowDims(this.#config.architecture));
    const { flow, calibration } = this.#config;
    const effort = { ...USUAL, cells: NOISE_WIDTHS.length * USUAL.cells };
    const work = calibration ? calibrationWork(effort, flow.batch, this.#cells.trainingCells.length, true) : undefined; // prettier-ignore
    const meter = new ProgressMeter(onEvent, now, flow.steps, trial, start, work);
    const prepared = await this.#prepare(meter);
    const trained = await runFlowStage(stage, prepared.states, meter, {
      finish: (flow, early) => this.#finish(prepared, flow, meter.seconds, early),
      preview: (flow, order) => {
        this.#previewNetwork.write(flow);
        return sampleCells(prepared.base, this.#previewNetwork, order, null);
      },
    });
    return calibration ? this.#calibrated(trained, meter) : trained;
  }

  /** The trained model with its decoder calibrated. */
  async #calibrated(trained: TrainedModel, meter: ProgressMeter): Promise<TrainedModel> {
    const { body } = trained;
    if (body.family !== 'cfgen') return trained;
    const stage = {
      request: this.#request,
      context: this.#context,
      cells: this.#cells,
      widths: NOISE_WIDTHS,
      start: () => new CfgenRuntime(body, this.#backend),
      renew: this.#renew,
    };
    return { ...trained, body: await runCalibrationStage(body, stage, meter) };
  }

  #initialFlow(seed: number): NamedArray[] {
    return initialVelocity(velocityShape(this.#config.architecture), createRandom(seed, 2));
  }

  #flowStage(): FlowStage {
    const { architecture, flow } = this.#config;
    return {
      request: this.#request,
      context: this.#context,
      cells: this.#cells,
      recipe: flow,
      salt: 0,
      renew: this.#renew,
      learn: (latents, seed) =>
        this.#backend.learnFlow({
          shape: velocityShape(architecture),
          recipe: flow,
          initial: this.#initialFlow(seed),
          latents,
          codes: this.#cells.codes,
        }),
    };
  }

  /** First values of the autoencoder. */
  #initialAutoencoder(): NamedArray[] {
    const { architecture, autoencoder: recipe } = this.#config;
    const { data, settings } = this.#request;
    const random = createRandom(settings.seed, AUTOENCODER_STREAM);
    const shape = autoencoderShape(architecture);
    const arrays = initialAutoencoder(shape, random, recipe.logTheta);
    if (!recipe.biasStart) return arrays;
    return startBiases(arrays, shape, data.counts, this.#cells.trainingCells);
  }

  /** Trains the autoencoder and encodes all cells. */
  async #prepare(meter: ProgressMeter): Promise<Prepared> {
    const { data, settings } = this.#request;
    const { control, onEvent } = this.#context;
    const { autoencoder: recipe, architecture } = this.#config;
    const { trainingCells, heldOutCells, setbacks } = this.#cells;
    const rows = Math.min(recipe.batch, trainingCells.length);
    const stepsPerEpoch = Math.floor(trainingCells.length / rows);
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
      trainingCells,
      heldOutCells,
      random: createRandom(settings.seed, AUTOENCODER_STREAM).fork(1),
      control,
      setbacks,
      onStep: (epoch, expected) => meter.autoencoderStep(epoch, expected, stepsPerEpoch, rows),
      onEpoch: (at, train, heldOut) =>
        onEvent({ type: 'loss', stage: 'autoencoder', at, train, heldOut }),
    }).finally(() => learner.dispose());
    const { latentDim, jointLibrary } = architecture;
    const { latents, whitening } = await runLatentStage(
      {
        request: this.#request,
        context: this.#context,
        cells: this.#cells,
        latentDim,
        whitens: this.#config.flow.whiten,
        start: () => this.#backend.startAutoencoder(shape, ae.arrays),
        renew: this.#renew,
      },
      meter,
    );
    const base = this.#base(whitening, ae.arrays);
    const { library } = base;
    const states = jointLibrary ? withLibrary(latents, this.#logLibrary, library) : latents;
    return { base, states, ae };
  }

  #base(whitening: Whitening, autoencoder: readonly NamedArray[]): Prepared['base'] {
    const { attributes, combinations, library } = describeCells(
      this.#request,
      this.#cells,
      this.#logLibrary,
    );
    return {
      family: 'cfgen',
      recipe: this.#request.settings.recipe,
      architecture: this.#config.architecture,
      attributes,
      combinations,
      whitening,
      library: this.#scaled(library),
      autoencoder,
    };
  }

  /** The statistics with the scale of the flow's library dimension, where there is one that is not 1. */
  #scaled(learnt: LibraryModel): LibraryModel {
    const { architecture, flow } = this.#config;
    const { libraryScale: scale = 1 } = flow;
    return architecture.jointLibrary && scale !== 1 ? { ...learnt, scale } : learnt;
  }

  #finish(
    { base, ae }: Prepared,
    flow: KeptFlow,
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
      heldOut: this.#cells.heldOut,
      body: { ...base, flow: flow.arrays },
    });
  }
}
