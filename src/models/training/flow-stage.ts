/** @file The flow stage of a training, whatever the network: a trial for its speed, steps with checks, checkpoints and previews. */
import type { NamedArray } from '../../engine/named-array.ts';
import { RunControl } from '../../engine/run-control.ts';
import { createRandom } from '../../numerics/random.ts';
import { cancelled } from '../../protocol/errors.ts';
import type { SampleRequest } from '../../protocol/model.ts';
import type { FlowLearner } from '../backend.ts';
import type { FlowRecipe } from '../recipes.ts';
import type { ProgressMeter } from './progress.ts';
import type { SampledCells } from '../flow/sample.ts';
import { trainFlow } from '../flow/train-flow.ts';
import { TRIAL_STEPS, TrialTime } from './trial-time.ts';
import type { TrainContext, TrainedModel } from '../trained-model.ts';
import type { TrainingCells } from './training-cells.ts';
import type { OpenTrainRequest } from './training-data.ts';

/** Milliseconds from one preview to the next, at least, and how many times its own duration. */
const PREVIEW_MS = 3000;
const PREVIEW_TIMES = 12;
const PREVIEW_STEPS = 8;

/** Stream of the training seed. */
const FLOW_STREAM = 8;

/** What the stage works with. */
export interface FlowStage {
  readonly request: OpenTrainRequest;
  readonly context: TrainContext;
  readonly cells: TrainingCells;
  readonly recipe: FlowRecipe;
  /** Added to the training seed: steps done in an earlier training that this one goes on from. */
  readonly salt: number;
  /** An untrained learner of states [cells, dims] on the present device. */
  readonly learn: (states: Float32Array, seed: number) => FlowLearner;
  /** Waits for the device that follows a lost one. */
  readonly renew: () => Promise<void>;
}

/** A network that could be kept. */
export interface KeptFlow {
  readonly arrays: readonly NamedArray[];
  readonly loss: number;
  readonly step: number;
}

/** What a stage's owner makes of networks. */
export interface FlowEnds {
  readonly finish: (flow: KeptFlow, stoppedEarly: boolean) => TrainedModel;
  readonly preview: (
    arrays: readonly NamedArray[],
    request: SampleRequest,
  ) => Promise<SampledCells>;
}

/** Milliseconds of a flow step, from a few steps of a network that is thrown away. @param dims numbers of a state */
export async function trialFlowStep(stage: FlowStage, dims: number): Promise<number> {
  const { cells, recipe } = stage;
  const states = new Float32Array(cells.heldOut.length * dims);
  const learner = renewable(stage, () => stage.learn(states, 0));
  const trial = new TrialTime();
  await trainFlow({
    ...learner.task,
    ...common(cells),
    recipe: { ...recipe, steps: TRIAL_STEPS },
    random: createRandom(0),
    control: new RunControl(),
    onStep: (step) => trial.mark(step),
    onCheck: () => Promise.resolve(),
  });
  learner.dispose();
  return trial.stepMs;
}

/** Trains the flow on states [cells, dims] to its end, or until stopped. Error: cancelled (stopped before any step). */
export async function runFlowStage(
  stage: FlowStage,
  states: Float32Array,
  meter: ProgressMeter,
  ends: FlowEnds,
): Promise<TrainedModel> {
  const { request, context, cells, recipe } = stage;
  const { control, onEvent, onCheckpoint } = context;
  const { seed } = request.settings;
  meter.enter('flow');
  const learner = renewable(stage, () => stage.learn(states, seed));
  const preview = new Previews(stage, ends);
  const result = await trainFlow({
    ...learner.task,
    ...common(cells),
    recipe,
    random: createRandom(seed + stage.salt, FLOW_STREAM),
    control,
    onStep: (step) => meter.flowStep(step, recipe.batch),
    onCheck: async (at, train, heldOut, averages) => {
      onEvent({ type: 'loss', stage: 'flow', at, train, heldOut });
      const arrays = await averages();
      onCheckpoint(ends.finish({ arrays, loss: heldOut, step: at }, true));
      await preview.show(at, arrays);
    },
  }).finally(() => learner.dispose());
  if (result.step === 0) throw cancelled();
  return ends.finish(result, control.stopped && result.step < recipe.steps);
}

/** The parts of a flow's task that cells give. */
function common({ codes, trainingCells, heldOutCells, setbacks }: TrainingCells) {
  return { codes, trainingCells, heldOutCells, setbacks };
}

/** A learner that is made anew on the device that follows a lost one. */
function renewable({ renew }: FlowStage, learn: () => FlowLearner) {
  let learner = learn();
  const relearn = async (): Promise<FlowLearner> => {
    await renew();
    return (learner = learn());
  };
  return { task: { learner, relearn }, dispose: () => learner.dispose() };
}

/** Test cells with fixed noise, now and then. */
class Previews {
  readonly #stage: FlowStage;
  readonly #ends: FlowEnds;
  #next = -Infinity;

  constructor(stage: FlowStage, ends: FlowEnds) {
    this.#stage = stage;
    this.#ends = ends;
  }

  async show(step: number, arrays: readonly NamedArray[]): Promise<void> {
    const { request, context, recipe } = this.#stage;
    const cells = request.previewCells;
    const start = performance.now();
    const due = start >= this.#next || step === recipe.steps;
    if (cells === 0 || !due) return;
    const sample = await this.#ends.preview(arrays, {
      cells,
      seed: request.settings.seed,
      guidance: [],
      library: { mode: 'chosen' },
      solver: { method: 'heun', steps: PREVIEW_STEPS },
      frames: 0,
    });
    const now = performance.now();
    this.#next = now + Math.max(PREVIEW_MS, PREVIEW_TIMES * (now - start));
    context.onPreview(step, sample);
  }
}
