/** @file Trains an scDFM model: screen, genes, components, flow; with progress, loss curves, previews and checkpoints. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import { createRandom } from '../../numerics/random.ts';
import { cancelled } from '../../protocol/errors.ts';
import type { SampleRequest } from '../../protocol/model.ts';
import type { ScreenSettings } from '../../protocol/perturb.ts';
import { checkTrainingData, largestCells } from '../training/check-data.ts';
import { describeTrained } from '../training/describe-training.ts';
import { DeviceLosses, RENEWED } from '../training/device-losses.ts';
import { ProgressMeter, workingClock } from '../training/progress.ts';
import type { SampledCells } from '../flow/sample.ts';
import { Setbacks } from '../training/setbacks.ts';
import { chooseHeldOut } from '../training/split.ts';
import { readyDevice } from '../ready-device.ts';
import { NetworkWeights } from '../tape/tape.ts';
import type { TrainContext, TrainedModel } from '../trained-model.ts';
import type { OpenTrainRequest } from '../training/training-data.ts';
import { Batches, type FlowBatch } from './batches.ts';
import { withCarriedEffects } from './carried-effects.ts';
import { describeModel } from './describe-model.ts';
import {
  CARRIED_CELLS,
  createConfig,
  flowRate,
  SHIFT_CELLS,
  START_NOISE,
  type ScdfmConfig,
} from './config.ts';
import { chooseGenes, withGenes } from './expression.ts';
import { withFittedShifts } from './fit-shifts.ts';
import { readStates, type ScdfmModel } from './model.ts';
import { seenTokens } from './plan/gene-encoder.ts';
import { ScreenLearner } from './plan/learner.ts';
import { initialNetwork, networkSpecs } from './plan/network.ts';
import { prepareStates, withThresholds, type PreparedStates } from './prepare.ts';
import { sampleScreen } from './sample.ts';
import { conditionsOf, missingConditions, noScreen, readScreen, type Screen } from './screen.ts';
import { MemberTokens, shiftsOfTokens } from './tokens.ts';

const PREVIEW_MS = 3_000;
/** Previews take at most a tenth of the time. */
const PREVIEW_WAIT = 10;
const STEPS = { fast: 8, 'pad-lite': 4 } as const;
/** Gene tokens cost hundreds of times more. */
const MOST_PREVIEW_CELLS = 48;

/** Cells that thresholds of expression are found with. */
const CALIBRATION_CELLS = 128;

/** Steps of training that cells of a set in a context that training never saw it in take, about. */
const STEPS_OF_CARRIED = { fast: 0, 'pad-lite': 8 } as const;

/** Loss points in a whole run, and batches of held-out cells behind each. */
const CHECKS = 50;
const LEAST_BETWEEN = 10;
const CHECK_BATCHES = 4;
const CHECK_SEED = 20;

const NETWORK_STREAM = 2;
const FLOW_STREAM = 8;

/** Milliseconds of a step before any was measured. */
const FIRST_GUESS_MS = { fast: 15, 'pad-lite': 600 } as const;

/** Trains from counts to a model. Errors: too-few-cells, bad-values, bad-request, diverged, cancelled (stopped before any flow step). */
export async function trainScdfm(
  request: OpenTrainRequest,
  context: TrainContext,
): Promise<TrainedModel> {
  checkTrainingData(request.data);
  const { screen } = request.settings;
  if (screen === undefined) throw noScreen();
  return new Training(request, context, screen).run();
}

/** What the flow is trained on, and what surrounds it in the model. */
interface Prepared extends PreparedStates {
  readonly base: Omit<ScdfmModel, 'flow'>;
  readonly tokens: MemberTokens;
}

interface Reached {
  readonly arrays: readonly NamedArray[];
  readonly loss: number;
  readonly step: number;
}

class Training {
  readonly #request: OpenTrainRequest;
  readonly #context: TrainContext;
  readonly #settings: ScreenSettings;
  readonly #heldOut: Uint8Array;
  readonly #trainingCells: Uint32Array;
  readonly #heldOutCells: Uint32Array;
  readonly #config: ScdfmConfig;
  readonly #screen: Screen;
  readonly #setbacks: Setbacks;
  readonly #losses = new DeviceLosses();
  #device: ComputeDevice = readyDevice();
  #nextPreview = -Infinity;

  constructor(request: OpenTrainRequest, context: TrainContext, settings: ScreenSettings) {
    const { data } = request;
    this.#context = context;
    this.#settings = settings;
    this.#heldOut = chooseHeldOut(request);
    const every = Uint32Array.from({ length: data.counts.rows }, (_, i) => i);
    this.#trainingCells = every.filter((i) => this.#heldOut[i] === 0);
    this.#heldOutCells = every.filter((i) => this.#heldOut[i] === 1);
    this.#screen = readScreen(settings, data.attributes, this.#trainingCells);
    const { recipe, flowSteps } = request.settings;
    const sets = new Set(this.#screen.conditions.map(({ label }) => label)).size;
    this.#config = createConfig({ ...settings, recipe, flowSteps, sets });
    const wanted = settings.tier === 'fast' ? settings.genes : this.#config.dims;
    const columns = chooseGenes(data, this.#trainingCells, this.#screen.members, wanted);
    this.#request = { ...request, data: withGenes(data, columns) };
    this.#setbacks = new Setbacks(
      (at, backTo) => context.onEvent({ type: 'setback', at, backTo }),
      () => largestCells(data),
    );
  }

  async run(): Promise<TrainedModel> {
    const { control, onEvent } = this.#context;
    const now = workingClock(control);
    const start = now();
    const { tier } = this.#settings;
    const { steps } = this.#config.flow;
    const work = { flowSteps: STEPS_OF_CARRIED[tier] * missingConditions(this.#screen), epochs: 0 };
    const meter = new ProgressMeter(onEvent, now, steps, FIRST_GUESS_MS[tier], start, work);
    onEvent({ type: 'stage', stage: 'prepare', seconds: {} });
    const prepared = await this.#prepare();
    if (control.stopped) throw cancelled();
    meter.enter('flow');
    const trained = await this.#train(prepared, meter);
    if (trained.step === 0) throw cancelled();
    const early = control.stopped && trained.step < steps;
    meter.enter('calibrate');
    const reached = { ...trained, arrays: await this.#shifted(prepared, trained.arrays) };
    const calibrated = await this.#calibrated(prepared, reached);
    const finished = await this.#carried(prepared, calibrated, reached, meter);
    return this.#finish(finished, reached, meter.seconds, early);
  }

  async #prepare(): Promise<Prepared> {
    const { data, settings } = this.#request;
    const { control, onEvent } = this.#context;
    const states = await prepareStates({
      data,
      screen: this.#screen,
      settings: this.#settings,
      trainingCells: this.#trainingCells,
      dims: this.#config.dims,
      config: this.#config,
      seed: settings.seed,
      breathe: () => control.breathe(),
    });
    const heldOut = this.#heldOut.slice();
    onEvent({ type: 'latents', latents: states.states.slice(), latentDim: states.dims, heldOut });
    const base = describeModel({
      data,
      recipe: settings.recipe,
      settings: this.#settings,
      config: this.#config,
      screen: this.#screen,
      trainingCells: this.#trainingCells,
      heldOut: this.#heldOut,
      states,
    });
    const { network, genes } = base.architecture;
    const { reach, contextShifts } = readStates(states.arrays, genes);
    const tokens = new MemberTokens(base.screen, data.geneNames, network, reach, contextShifts);
    return { ...states, base, tokens };
  }

  /** Shifts that training begins with. */
  #firstShifts({ base, arrays, shifts }: Prepared): Float32Array | null {
    const { shift } = this.#config.flow;
    const isKnown = shift === 'known' || shift === 'learnt';
    return isKnown ? this.#rowsOf({ base, arrays }, shifts) : null;
  }

  #rowsOf({ base, arrays }: Pick<Prepared, 'base' | 'arrays'>, shifts: Float32Array): Float32Array {
    const { network, genes } = base.architecture;
    const { reach } = readStates(arrays, genes);
    return shiftsOfTokens(base.screen, this.#request.data.geneNames, network, reach, shifts);
  }

  #learn(prepared: Prepared): ScreenLearner {
    const { base, tokens } = prepared;
    const { network } = base.architecture;
    const { seed } = this.#request.settings;
    const { perturbation, context, sets } = this.#screen;
    const { categories } = this.#request.data.attributes[perturbation];
    return new ScreenLearner(this.#device, {
      shape: network,
      recipe: this.#config.flow,
      initial: initialNetwork(
        network,
        createRandom(seed, NETWORK_STREAM),
        this.#firstShifts(prepared),
        this.#config.flow.tokens,
      ),
      sets: categories.map((label, k) => (sets[k] === null ? null : tokens.ofLabel(label))),
      beyond: (label, shown) => tokens.beyondOfLabel(categories[label], shown),
      context,
      perturbation,
      seed,
      seen: network.tier === 'fast' ? [] : seenTokens(base.screen.graph, network.members + 1),
    });
  }

  async #train(prepared: Prepared, meter: ProgressMeter): Promise<Reached> {
    const { data, settings } = this.#request;
    const { control } = this.#context;
    const { flow: recipe } = this.#config;
    const codes = data.attributes.map((a) => a.codes);
    const { controlMeans } = readStates(prepared.arrays, prepared.base.architecture.genes);
    const source = { ...prepared, screen: this.#screen, codes, controlMeans };
    const batches = new Batches(source, recipe);
    const { perturbation, context } = this.#screen;
    const heldOut = conditionsOf(data.attributes, perturbation, context, this.#heldOutCells);
    const checks = batches.check(heldOut, CHECK_BATCHES, createRandom(CHECK_SEED));
    const random = createRandom(settings.seed, FLOW_STREAM);
    const every = Math.max(LEAST_BETWEEN, Math.round(recipe.steps / CHECKS));
    let learner = this.#learn(prepared);
    let good: readonly NamedArray[] = await learner.read();
    let reached: Reached = { arrays: good, loss: 0, step: 0 };
    let [step, goodStep, sum, summed] = [0, 0, 0, 0];
    const advance = async (): Promise<void> => {
      const rate = flowRate(recipe, step) * this.#setbacks.rateFactor;
      sum += (await learner.step(batches.draw(random), rate)).loss;
      summed++;
      step++;
      await learner.settle();
      meter.flowStep(step, recipe.conditions * recipe.cellsEach);
      if (step % every !== 0 && step !== recipe.steps) return;
      const train = sum / summed;
      [sum, summed] = [0, 0];
      const loss = await meanLoss(learner, checks, train);
      if (!Number.isFinite(train) || !Number.isFinite(loss)) {
        this.#setbacks.report(step, goodStep);
        step = goodStep;
        learner.restart(good);
        return;
      }
      good = await learner.read();
      goodStep = step;
      // The last averages are kept: weak effects are learnt after the check has stopped to fall.
      reached = { arrays: await learner.averages(), loss, step };
      await this.#report(prepared, reached, train, meter);
    };
    const renew = async (): Promise<void> => {
      await this.#context.renewDevice();
      this.#device = readyDevice();
      learner = this.#learn(prepared);
      learner.restart(good);
      step = goodStep;
    };
    try {
      while (step < recipe.steps && !control.stopped) {
        if ((await this.#losses.guard(advance, renew)) !== RENEWED) await control.breathe();
      }
      if (reached.step === step) return reached;
      return { arrays: await learner.averages(), loss: sum / summed, step };
    } finally {
      learner.dispose();
    }
  }

  async #report(
    prepared: Prepared,
    now: Reached,
    train: number,
    meter: ProgressMeter,
  ): Promise<void> {
    const { onEvent, onCheckpoint, onPreview } = this.#context;
    const { step, loss } = now;
    onEvent({ type: 'loss', stage: 'flow', at: step, train, heldOut: loss });
    onCheckpoint(this.#finish(prepared.base, now, meter.seconds, true));
    const cells = this.#request.previewCells;
    const last = step === this.#config.flow.steps;
    const start = performance.now();
    if (cells === 0 || (start < this.#nextPreview && !last)) return;
    const most = this.#settings.tier === 'fast' ? cells : Math.min(cells, MOST_PREVIEW_CELLS);
    onPreview(step, await this.#sample(prepared, now.arrays, most));
    const spent = performance.now() - start;
    this.#nextPreview = start + Math.max(PREVIEW_MS, PREVIEW_WAIT * spent);
  }

  /** Cells with perturbations and attributes as in the training cells, or with these. */
  #sample(
    { base, tokens }: Pick<Prepared, 'base' | 'tokens'>,
    flow: readonly NamedArray[],
    cells: number,
    codes: SampleRequest['codes'] | null = null,
  ): Promise<SampledCells> {
    const { network, genes } = base.architecture;
    const weights = new NetworkWeights(this.#device, networkSpecs(network));
    weights.arena.write(flow);
    const request: SampleRequest = {
      cells,
      seed: this.#request.settings.seed,
      guidance: [],
      library: { mode: 'chosen' },
      solver: { method: 'heun', steps: STEPS[this.#settings.tier] },
      frames: 0,
      ...(codes && { codes }),
    };
    const parts = {
      device: this.#device,
      weights,
      model: { ...base, flow },
      arrays: readStates(base.autoencoder, genes),
      tokens,
      startNoise: START_NOISE,
    };
    return sampleScreen(parts, request, null).finally(() => weights.dispose());
  }

  #shifted(prepared: Prepared, flow: readonly NamedArray[]): Promise<readonly NamedArray[]> {
    const { shift, start } = this.#config.flow;
    if (shift !== 'fitted') return Promise.resolve(flow);
    return withFittedShifts(flow, {
      ...this.#request.data,
      ...prepared,
      screen: this.#screen,
      fromNoise: start === 'gaussian',
      cellsInAll: SHIFT_CELLS,
      rowsOf: (shifts) => this.#rowsOf(prepared, shifts),
      generate: (arrays, cells, codes) => this.#sample(prepared, arrays, cells, codes),
    });
  }

  /** What surrounds the network, with thresholds that need cells it generates. */
  async #calibrated(prepared: Prepared, reached: Reached): Promise<Prepared['base']> {
    if (this.#config.drawsCounts) return prepared.base;
    const cells = Math.min(CALIBRATION_CELLS, this.#trainingCells.length);
    const { latents } = await this.#sample(prepared, reached.arrays, cells);
    const { counts } = this.#request.data;
    const autoencoder = withThresholds(prepared, latents, counts, this.#trainingCells);
    return { ...prepared.base, autoencoder };
  }

  /** With corrections of what is carried over to contexts that a perturbation was not seen in. */
  async #carried(
    prepared: Prepared,
    base: Prepared['base'],
    { arrays: flow }: Reached,
    meter: ProgressMeter,
  ): Promise<Prepared['base']> {
    if (!this.#config.contextOffsets) return base;
    const autoencoder = await withCarriedEffects({
      ...this.#request.data,
      model: { ...base, flow },
      screen: this.#screen,
      cellsEach: CARRIED_CELLS[this.#settings.tier],
      fromNoise: this.#config.flow.start === 'gaussian',
      generate: (cells, codes) => this.#sample(prepared, flow, cells, codes),
      onShare: (share) => meter.calibrationShare(share),
    });
    return { ...base, autoencoder };
  }

  #finish(
    base: Prepared['base'],
    flow: Reached,
    seconds: number,
    stoppedEarly: boolean,
  ): TrainedModel {
    return describeTrained(this.#request, {
      model: 'scdfm',
      latentDim: base.architecture.latentDim,
      screen: base.screen,
      autoencoderLoss: 0,
      autoencoderEpoch: 0,
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

/** Mean loss over held-out batches; the training's own where there are none. */
async function meanLoss(
  learner: ScreenLearner,
  batches: readonly FlowBatch[],
  otherwise: number,
): Promise<number> {
  let sum = 0;
  for (const batch of batches) sum += (await learner.evaluate(batch)).loss / batches.length;
  return batches.length === 0 ? otherwise : sum;
}
