/** @file Trains an scLDM model: measure, autoencoder, encoding, flow; with progress, loss curves, previews and checkpoints. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import { RunControl } from '../../engine/run-control.ts';
import { createRandom } from '../../numerics/random.ts';
import type { AutoencoderLearner } from '../backend.ts';
import { describeTrained } from '../training/describe-training.ts';
import { describeCombinations } from '../flow/library.ts';
import { ProgressMeter, workingClock } from '../training/progress.ts';
import { sampleCells } from '../flow/sample.ts';
import {
  runFlowStage,
  trialFlowStep,
  type FlowStage,
  type KeptFlow,
} from '../training/flow-stage.ts';
import { calibrationWork } from '../calibration/calibration-progress.ts';
import { runCalibrationStage } from '../calibration/calibration-stage.ts';
import { runLatentStage, type StartedEncoder } from '../training/latent-stage.ts';
import { withLibrary } from '../flow/latent-states.ts';
import type { TrainContext, TrainedModel } from '../trained-model.ts';
import {
  describeCells,
  divideCells,
  logLibraries,
  type TrainingCells,
} from '../training/training-cells.ts';
import type { OpenTrainRequest } from '../training/training-data.ts';
import { TRIAL_STEPS, TrialTime } from '../training/trial-time.ts';
import { stepsFor, type StepBudget } from './budget.ts';
import {
  autoencoderBatch,
  createConfig,
  type CalibrationEffort,
  type ScldmConfig,
} from './config.ts';
import { earlierTraining, type EarlierTraining } from './earlier-training.ts';
import { firstAutoencoder } from './first-autoencoder.ts';
import { geneChances } from './gene-chances.ts';
import { geneShares } from './gene-shares.ts';
import { initialDenoiser } from './initial-weights.ts';
import { componentArrays, findComponents, refitComponents, storedComponents, toComponents, type LatentComponents } from './latent-components.ts'; // prettier-ignore
import { keepLearntBias } from './learnt-bias.ts';
import { sampledModel, ScldmRuntime, type ScldmModel } from './model.ts';
import { learnAutoencoder, learnFlow } from './plan/learners.ts';
import { SetAutoencoder, Velocity } from './plan/runtimes.ts';
import { readyDevice } from '../ready-device.ts';
import { flowDims, latentDims } from './shapes.ts';
import { trainAutoencoder, type AutoencoderResult, type AutoencoderTask } from './train-autoencoder.ts'; // prettier-ignore

/** Streams of the training seed. */
const AUTOENCODER_STREAM = 1;
const DENOISER_STREAM = 2;
const COMPONENTS_STREAM = 9;

/** Trains from counts to a model. Errors: too-few-cells, bad-values, diverged, cancelled (stopped before any flow step). */
export async function trainScldm(
  request: OpenTrainRequest,
  context: TrainContext,
): Promise<TrainedModel> {
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
  readonly #cells: TrainingCells;
  readonly #logLibrary: Float64Array;
  readonly #earlier: EarlierTraining | null;
  #config: ScldmConfig;
  #components: LatentComponents | null = null;
  #device: ComputeDevice = readyDevice();

  constructor(request: OpenTrainRequest, context: TrainContext) {
    this.#request = request;
    this.#context = context;
    this.#cells = divideCells(request, context.onEvent);
    this.#logLibrary = logLibraries(request.data.counts.sums);
    this.#config = this.#configure(null);
    this.#earlier = earlierTraining(request, context.present ?? null, this.#cells, this.#config);
  }

  /** The configuration with given steps, or with the settings' or the recipe's own. */
  #configure(steps: StepBudget | null): ScldmConfig {
    const { data, settings } = this.#request;
    const { recipe, size = 'S', maxEpochs, flowSteps } = settings;
    const { trainingCells } = this.#cells;
    const batches = Math.max(1, Math.floor(trainingCells.length / autoencoderBatch(recipe, size)));
    return createConfig({
      recipe,
      size,
      genes: data.counts.cols,
      trainingCells: trainingCells.length,
      categories: data.attributes.map((a) => a.categories.length),
      mostExpressed: data.counts.entries.reduce((a, b) => Math.max(a, b), 1),
      autoencoderSteps:
        maxEpochs === null ? (steps?.autoencoderSteps ?? null) : maxEpochs * batches,
      flowSteps: flowSteps ?? steps?.flowSteps ?? null,
    });
  }

  get #rows(): number {
    return Math.min(this.#config.autoencoder.batch, this.#cells.trainingCells.length);
  }

  get #stepsPerEpoch(): number {
    return Math.max(1, Math.floor(this.#cells.trainingCells.length / this.#rows));
  }

  /** Waits for the device that follows a lost one. Nothing of the lost one is freed: it is gone. */
  readonly #renew = async (): Promise<void> => {
    await this.#context.renewDevice();
    this.#device = readyDevice();
  };

  async run(): Promise<TrainedModel> {
    const { control, onEvent } = this.#context;
    const now = workingClock(control);
    const start = now();
    onEvent({ type: 'stage', stage: 'prepare', seconds: {} });
    const dims = flowDims(this.#config.architecture.denoiser);
    const flowMs = await trialFlowStep(this.#flowStage(), dims);
    const { minutes, maxEpochs, flowSteps } = this.#request.settings;
    if (minutes !== undefined && (maxEpochs === null || flowSteps === null)) {
      const { autoencoder, flow } = this.#config;
      const full = { autoencoderSteps: autoencoder.steps, flowSteps: flow.steps };
      const stepMs = { autoencoder: await this.#trialAutoencoderStep(), flow: flowMs };
      this.#config = this.#configure(stepsFor(minutes, stepMs, full));
    }
    const { flow, calibration } = this.#config;
    const cells = this.#cells.trainingCells.length;
    const work =
      calibration === null ? undefined : calibrationWork(calibration, flow.batch, cells, false);
    const meter = new ProgressMeter(onEvent, now, flow.steps, flowMs, start, work);
    const prepared = await this.#prepare(meter);
    const { base, states } = prepared;
    const trained = await runFlowStage(this.#flowStage(), states, meter, {
      finish: (flow, early) => this.#finish(prepared, flow, meter.seconds, early),
      preview: (arrays, request) => {
        const network = new Velocity(this.#device, base.architecture.denoiser, arrays);
        return sampleCells(sampledModel(base), network, request, null).finally(() =>
          network.dispose(),
        );
      },
    });
    return calibration === null ? trained : this.#calibrated(trained, calibration, meter);
  }

  /** The trained model with its decoder calibrated. */
  async #calibrated(
    trained: TrainedModel,
    effort: CalibrationEffort,
    meter: ProgressMeter,
  ): Promise<TrainedModel> {
    const { body } = trained;
    if (body.family !== 'scldm') return trained;
    const stage = {
      request: this.#request,
      context: this.#context,
      cells: this.#cells,
      effort,
      start: () => new ScldmRuntime(body, this.#device),
      renew: this.#renew,
    };
    const calibrated = await runCalibrationStage(body, stage, meter);
    const autoencoder = keepLearntBias(calibrated.autoencoder, body.autoencoder);
    return { ...trained, body: { ...calibrated, autoencoder } };
  }

  #flowStage(): FlowStage {
    const { architecture, flow } = this.#config;
    const shape = architecture.denoiser;
    return {
      request: this.#request,
      context: this.#context,
      cells: this.#cells,
      recipe: flow,
      salt: this.#earlier?.flowStep ?? 0,
      renew: this.#renew,
      learn: (latents, seed) => {
        const random = createRandom(seed, DENOISER_STREAM);
        const initial = this.#earlier?.flow ?? initialDenoiser(shape, random);
        const { codes } = this.#cells;
        return learnFlow(this.#device, { shape, recipe: flow, initial, latents, codes });
      },
    };
  }

  /** Milliseconds of an autoencoder step, from a few steps of a network that is thrown away. */
  async #trialAutoencoderStep(): Promise<number> {
    const { autoencoder: recipe } = this.#config;
    const trial = new TrialTime();
    const learner = this.#learnAutoencoder(this.#initialAutoencoder());
    await trainAutoencoder({
      learner,
      relearn: () => Promise.resolve(learner),
      ...this.#autoencoderTask(),
      recipe: { ...recipe, steps: TRIAL_STEPS },
      heldOutCells: this.#cells.heldOutCells.subarray(0, 1),
      random: createRandom(0),
      control: new RunControl(),
      onStep: (step) => trial.mark(step),
      onCheck: () => undefined,
    }).finally(() => learner.dispose());
    return trial.stepMs;
  }

  /** The parts of an autoencoder's task that cells give. */
  #autoencoderTask(): Pick<AutoencoderTask, 'rows' | 'genes' | 'trainingCells' | 'setbacks'> {
    const { trainingCells, setbacks } = this.#cells;
    return { rows: this.#rows, genes: this.#request.data.counts.cols, trainingCells, setbacks };
  }

  #initialAutoencoder(): readonly NamedArray[] {
    if (this.#earlier !== null) return this.#earlier.autoencoder;
    const { architecture, autoencoder: recipe } = this.#config;
    const { data, settings } = this.#request;
    const random = createRandom(settings.seed, AUTOENCODER_STREAM);
    const { trainingCells } = this.#cells;
    return firstAutoencoder(architecture.autoencoder, recipe, data.counts, trainingCells, random);
  }

  #learnAutoencoder(initial: readonly NamedArray[]): AutoencoderLearner {
    const { architecture, autoencoder: recipe } = this.#config;
    const { counts } = this.#request.data;
    const shape = architecture.autoencoder;
    const chances = recipe.genesByCounts
      ? geneChances(geneShares(counts, this.#cells.trainingCells))
      : null;
    const rows = this.#rows;
    return learnAutoencoder(this.#device, { shape, recipe, initial, counts, rows, chances });
  }

  /** Trains the autoencoder and encodes all cells. */
  async #prepare(meter: ProgressMeter): Promise<Prepared> {
    const { settings } = this.#request;
    const { control, onEvent } = this.#context;
    const { autoencoder: recipe, architecture } = this.#config;
    meter.enter('autoencoder');
    const initial = this.#initialAutoencoder();
    let learner = this.#learnAutoencoder(initial);
    const each = this.#stepsPerEpoch;
    const before = this.#earlier;
    const ae = await trainAutoencoder({
      learner,
      stepsBefore: before === null ? undefined : before.epoch * each,
      relearn: async () => {
        await this.#renew();
        return (learner = this.#learnAutoencoder(initial));
      },
      ...this.#autoencoderTask(),
      recipe,
      heldOutCells: this.#cells.heldOutCells,
      random: createRandom(settings.seed + (before?.flowStep ?? 0), AUTOENCODER_STREAM).fork(1),
      control,
      onStep: (step, expected) =>
        meter.autoencoderStep(step / each, Math.ceil(expected / each), each, this.#rows),
      onCheck: (step, train, heldOut) =>
        onEvent({ type: 'loss', stage: 'autoencoder', at: step / each, train, heldOut }),
    }).finally(() => learner.dispose());
    const { latents, whitening } = await runLatentStage(
      {
        request: this.#request,
        context: this.#context,
        cells: this.#cells,
        latentDim: architecture.latentDim,
        whitens: this.#config.flow.whiten && this.#config.components === null,
        start: () => this.#startEncoder(ae.arrays),
        renew: this.#renew,
      },
      meter,
    );
    const stored = this.#components === null ? [] : componentArrays(this.#components);
    const base = this.#base(whitening, [...ae.arrays, ...stored]);
    const { library } = base;
    const states = architecture.jointLibrary
      ? withLibrary(latents, this.#logLibrary, library)
      : latents;
    return { base, states, ae };
  }

  /** The encoder, whose latents become components where the recipe says so: an earlier training's, or those of these cells. */
  #startEncoder(arrays: readonly NamedArray[]): StartedEncoder {
    const { components: count, architecture, autoencoder } = this.#config;
    const shape = architecture.autoencoder;
    const inner = new SetAutoencoder(this.#device, shape, arrays);
    if (count === null) return inner;
    const random = createRandom(this.#request.settings.seed, COMPONENTS_STREAM);
    return {
      encode: async (counts, breathe) => {
        const latents = await inner.encode(counts, breathe);
        const { trainingCells } = this.#cells;
        const earlier = storedComponents(this.#earlier?.autoencoder ?? []);
        const noise = autoencoder.latentNoise;
        this.#components =
          earlier === null
            ? findComponents(latents, latentDims(shape), trainingCells, { count, noise, random })
            : refitComponents(latents, earlier, trainingCells, noise);
        return toComponents(latents, this.#components);
      },
      dispose: () => inner.dispose(),
    };
  }

  #base(whitening: ScldmModel['whitening'], autoencoder: readonly NamedArray[]): Prepared['base'] {
    const { architecture, size } = this.#config;
    const {
      labelled,
      library: learnt,
      logLibraries,
      ...described
    } = describeCells(this.#request, this.#cells, this.#logLibrary);
    const { libraryScale: scale = 1 } = this.#config.flow;
    const more = architecture.jointLibrary
      ? { ...(scale === 1 ? {} : { scale }) }
      : { byCombination: describeCombinations(logLibraries, labelled) };
    return {
      family: 'scldm',
      recipe: this.#request.settings.recipe,
      size,
      architecture,
      ...described,
      whitening,
      library: { ...learnt, ...more },
      autoencoder,
    };
  }

  #finish(
    { base, ae }: Prepared,
    flow: KeptFlow,
    seconds: number,
    stoppedEarly: boolean,
  ): TrainedModel {
    const before = this.#earlier;
    return describeTrained(this.#request, {
      model: 'scldm',
      size: this.#config.size,
      latentDim: this.#config.architecture.latentDim,
      autoencoderLoss: ae.loss,
      autoencoderEpoch: (before?.epoch ?? 0) + Math.max(1, Math.round(ae.step / this.#stepsPerEpoch)), // prettier-ignore
      flowLoss: flow.loss,
      flowStep: (before?.flowStep ?? 0) + flow.step,
      seconds: (before?.seconds ?? 0) + seconds,
      device: this.#context.device,
      stoppedEarly,
      heldOut: this.#cells.heldOut,
      body: { ...base, flow: flow.arrays },
    });
  }
}
