/** @file Generates cells: noise is carried along the guided velocity from t = 0 to t = 1. */
import { Breather } from '../../engine/run-control.ts';
import { adamsBashforth, dopri5, fixedStep } from '../../numerics/ode.ts';
import { normalsAt } from '../../numerics/random.ts';
import { RANGE_CELLS, type SampleRequest, type SampleResult } from '../../protocol/model.ts';
import type { Carrier, FieldQuestion, FieldRuntime } from '../backend.ts';
import { libraryAt, planLibrary, type LibraryPlan } from './library.ts';
import { flowDims, type SampledModel } from './sampled-model.ts';
import { resolveRequest, type ResolvedRequest } from './request.ts';

/** Stream of the noise that cells start from. */
const NOISE_STREAM = 3;

/** Everything about a sample but its handle. */
export type SampledCells = Omit<SampleResult, 'sampleId'>;

/**
 * Generates latents and library sizes.
 *
 * Cell i's noise depends on (seed, first + i) alone. Cells are carried RANGE_CELLS at a time (dopri5 shares one step size among them), and
 * nothing beyond these enters their calculation. Errors: bad-request, cancelled (when the signal is aborted).
 */
export async function sampleCells(
  model: SampledModel,
  network: FieldRuntime,
  request: SampleRequest,
  signal: AbortSignal | null,
): Promise<SampledCells> {
  const start = performance.now();
  const resolved = resolveRequest(model, request);
  const { cells, library: wanted } = request;
  const { library: learnt } = model;
  const library = planLibrary(
    wanted,
    learnt,
    resolved.codes,
    cells,
    request.seed,
    model.architecture.jointLibrary,
    request.first,
  );
  const dims = flowDims(model.architecture);
  const states = new Float32Array(cells * dims);
  const frames = new FrameStore(request.frames, cells, dims);
  const joint = model.architecture.jointLibrary;
  const breather = new Breather(signal);
  const { noise: width = 1 } = learnt;
  const run: Run = { network, request, resolved, library, joint, width, states, frames, breather };
  let evaluations = 0;
  for (let from = 0; from < cells; from += RANGE_CELLS) {
    const part: Part = { from, to: Math.min(cells, from + RANGE_CELLS) };
    evaluations += await carry(run, part);
  }
  return {
    cells,
    latentDim: model.architecture.latentDim,
    latents: latentColumns(states, cells, model),
    logLibrary: logLibraries(states, library, model),
    codes: Object.fromEntries(
      model.attributes.map((a, i) => [a.name, resolved.codes[i] ?? new Int32Array(cells).fill(-1)]),
    ),
    trajectory: frames.trajectory(model),
    extrapolated: resolved.extrapolated,
    milliseconds: performance.now() - start,
    evaluations,
  };
}

interface Run {
  readonly network: FieldRuntime;
  readonly request: SampleRequest;
  readonly resolved: ResolvedRequest;
  readonly library: LibraryPlan;
  readonly joint: boolean;
  /** Standard deviation of the starting noise. */
  readonly width: number;
  readonly states: Float32Array;
  readonly frames: FrameStore;
  readonly breather: Breather;
}

interface Part {
  readonly from: number;
  readonly to: number;
}

/** Carries cells from … to − 1; writes their end states and frames; returns the field evaluations. */
async function carry(run: Run, { from, to }: Part): Promise<number> {
  const { network, request, resolved, library, joint, width, states, frames, breather } = run;
  const { dims } = network.shape;
  const drawn = startNoise(request, from, to, dims).map((value) => width * value);
  const noise = network.begin?.(drawn, from) ?? drawn;
  const led = library.kind === 'given' && joint;
  const last = led ? ledVelocity(library.steer.subarray(from, to), noise, dims) : null;
  const question = {
    codes: resolved.codes.map((codes) => codes?.subarray(from, to) ?? null),
    ...ownGroups(resolved.groups, resolved.groupOf.subarray(from, to)),
    lastVelocity: last,
  };
  frames.begin(from, noise);
  return network.carry(question, async (carrier) => {
    const x0 = carrier.create(noise);
    try {
      const end = await integrate(carrier, x0, request, frames, breather);
      states.set(await carrier.read(end.state), from * dims);
      carrier.free(end.state);
      return end.evaluations;
    } finally {
      carrier.free(x0);
    }
  });
}

async function integrate<State>(
  carrier: Carrier<State>,
  x0: State,
  { solver }: SampleRequest,
  frames: FrameStore,
  breather: Breather,
): Promise<{ state: State; evaluations: number }> {
  const velocity = async (t: number, x: State): Promise<State> => {
    await carrier.settle();
    await breather.breathe();
    return carrier.velocity(t, x);
  };
  const record = async (t: number, x: State): Promise<void> => {
    if (frames.wanted) frames.record(t, await carrier.read(x));
  };
  if (solver.method === 'dopri5') {
    const { tolerance } = solver;
    const result = await dopri5(carrier.space, velocity, x0, [0, 1], {
      atol: tolerance,
      rtol: tolerance,
      onAccepted: record,
    });
    return { state: result.states[1], evaluations: result.evaluations };
  }
  const options = {
    from: 0,
    to: 1,
    steps: solver.steps,
    onStep: (_step: number, t: number, x: State) => record(t, x),
  };
  const { method } = solver;
  if (method === 'ab3') return adamsBashforth(carrier.space, velocity, x0, options);
  return fixedStep(carrier.space, velocity, x0, { ...options, method });
}

/** The groups that some of the cells have, by first appearance: a range is calculated as it is within more cells. */
function ownGroups(
  groups: ResolvedRequest['groups'],
  groupOf: Uint16Array,
): Pick<FieldQuestion, 'groups' | 'groupOf'> {
  const present = [...new Set(groupOf)];
  return {
    groups: present.map((group) => groups[group]),
    groupOf: groupOf.map((group) => present.indexOf(group)),
  };
}

function startNoise(
  { seed, first = 0 }: SampleRequest,
  from: number,
  to: number,
  dims: number,
): Float32Array {
  const noise = new Float32Array((to - from) * dims);
  for (let i = from; i < to; i++) {
    normalsAt(
      seed,
      NOISE_STREAM,
      first + i,
      noise.subarray((i - from) * dims, (i - from + 1) * dims),
    );
  }
  return noise;
}

/** The constant velocity that takes the last dimension from its noise to where it must end. */
function ledVelocity(steer: Float32Array, noise: Float32Array, dims: number): Float32Array {
  return steer.map((end, i) => end - noise[i * dims + dims - 1]);
}

function latentColumns(states: Float32Array, cells: number, model: SampledModel): Float32Array {
  const { latentDim } = model.architecture;
  const dims = flowDims(model.architecture);
  if (dims === latentDim) return states;
  const latents = new Float32Array(cells * latentDim);
  for (let i = 0; i < cells; i++) {
    latents.set(states.subarray(i * dims, i * dims + latentDim), i * latentDim);
  }
  return latents;
}

/** Library sizes stay between half the smallest and twice the largest of the training cells, unless they are given. */
function logLibraries(states: Float32Array, plan: LibraryPlan, model: SampledModel): Float32Array {
  if (plan.kind === 'given') return plan.logLibrary;
  const dims = flowDims(model.architecture);
  const { library } = model;
  return Float32Array.from({ length: states.length / dims }, (_, i) =>
    libraryAt(library, states[i * dims + dims - 1]),
  );
}

/** Collects states at even times, linearly between the solver's own steps. */
class FrameStore {
  readonly #frames: number;
  readonly #cells: number;
  readonly #dims: number;
  readonly #states: Float32Array;
  #from = 0;
  #next = 0;
  #lastTime = 0;
  #last: Float32Array = new Float32Array(0);

  constructor(frames: number, cells: number, dims: number) {
    this.#frames = frames;
    this.#cells = cells;
    this.#dims = dims;
    this.#states = new Float32Array(frames * cells * dims);
  }

  get wanted(): boolean {
    return this.#frames > 0;
  }

  /** Starts a part of the cells with its noise. */
  begin(from: number, noise: Float32Array): void {
    if (!this.wanted) return;
    this.#from = from;
    this.#last = noise;
    this.#lastTime = 0;
    this.#put(0, noise);
    this.#next = 1;
  }

  record(t: number, state: ArrayLike<number>): void {
    const now = Float32Array.from(state);
    while (this.#next < this.#frames) {
      const time = this.#next / (this.#frames - 1);
      if (time > t + 1e-9) break;
      const share = Math.min(1, (time - this.#lastTime) / (t - this.#lastTime));
      const last = this.#last;
      this.#put(
        this.#next++,
        now.map((value, i) => last[i] + share * (value - last[i])),
      );
    }
    this.#last = now;
    this.#lastTime = t;
  }

  /** Frames without the library dimension, or null when none were asked for. */
  trajectory(model: SampledModel): SampleResult['trajectory'] {
    if (!this.wanted) return null;
    const frames = this.#frames;
    return {
      times: Float32Array.from({ length: frames }, (_, f) => f / (frames - 1)),
      latents: latentColumns(this.#states, frames * this.#cells, model),
    };
  }

  #put(frame: number, values: Float32Array): void {
    this.#states.set(values, (frame * this.#cells + this.#from) * this.#dims);
  }
}
