/**
 * @file Flow inversion: real cells go along the guided velocity from t = 1 to noise with their own labels, and back to t = 1 with
 * others. What the labels explain is exchanged; what they do not explain stays in the noise and comes back.
 *
 * Source: Palma et al., ICLR 2025, batch correction.
 */
import type { NamedArray } from '../../engine/named-array.ts';
import { Breather } from '../../engine/run-control.ts';
import { adamsBashforth, dopri5, fixedStep } from '../../numerics/ode.ts';
import { StudioError } from '../../protocol/errors.ts';
import type {
  SampleRequest,
  SolverSettings,
  TransportEvent,
  TransportRequest,
  TransportResult,
} from '../../protocol/model.ts';
import { averagedModel } from './average-label.ts';
import type { Carrier, FieldQuestion, FieldRuntime } from '../backend.ts';
import { libraryAt, libraryState } from './library.ts';
import { flowDims, type SampledModel } from './sampled-model.ts';
import { resolveRequest, type ResolvedRequest } from './request.ts';

/** Cells that are carried together; dopri5 shares one step size among them. */
const MAX_TOGETHER = 4096;

/** What carrying cells needs to know of a model: beside what sampling does, its network and the size of its label tables. */
export interface CarriedModel extends SampledModel {
  readonly architecture: SampledModel['architecture'] & { readonly categories: readonly number[] };
  readonly flow: readonly NamedArray[];
}

/** A velocity network on the device. */
export interface StartedVelocity extends FieldRuntime {
  dispose(): void;
}

/** The model's velocity network, and a way to start that of a changed model on the same device. */
export interface VelocitySource<Model> {
  readonly own: StartedVelocity;
  start(model: Model): StartedVelocity;
}

/** Everything about transported cells but their handle. */
export type TransportedCells = Omit<TransportResult, 'sampleId'>;

/** One of the two ways. */
interface Way {
  readonly network: FieldRuntime;
  readonly resolved: ResolvedRequest;
  readonly from: 0 | 1;
  readonly to: 0 | 1;
}

/**
 * Carries cells 1 → 0 → 1.
 *
 * With the same labels and weights on both ways the cells come back to where they were, up to the solver's error. Errors: bad-request,
 * cancelled (when the signal is aborted).
 */
export async function transportCells<Model extends CarriedModel>(
  model: Model,
  velocities: VelocitySource<Model>,
  request: TransportRequest,
  signal: AbortSignal | null,
  onEvent: (event: TransportEvent) => void = () => undefined,
): Promise<TransportedCells> {
  const start = performance.now();
  const follow = progressOf(start, onEvent);
  check(model, request);
  const breather = new Breather(signal);
  const states = flowStates(model, request);
  const led = ledVelocity(model, request);
  const { average, from, to, weightsToNoise, weightsToCells } = request;
  const awayLabels = { ...request, codes: from, weights: weightsToNoise };
  const homeModel = average === null ? model : averagedModel(model, average);
  const homeCodes = average === null ? to : { ...to, [average]: averageCodes(model, request) };
  const homeLabels = { ...request, codes: homeCodes, weights: weightsToCells };
  const [resolvedAway, resolvedHome] = resolveBoth([model, awayLabels], [homeModel, homeLabels]);
  const away: Way = { network: velocities.own, resolved: resolvedAway, from: 1, to: 0 };
  let evaluations = await carryAll(away, states, led, request.solver, breather, follow);
  const noise = latentColumns(states, model);
  const network = average === null ? velocities.own : velocities.start(homeModel);
  try {
    const home: Way = { network, resolved: resolvedHome, from: 0, to: 1 };
    evaluations += await carryAll(home, states, led, request.solver, breather, follow);
  } finally {
    if (network !== velocities.own) network.dispose();
  }
  return {
    cells: request.logLibrary.length,
    latentDim: model.architecture.latentDim,
    latents: latentColumns(states, model),
    logLibrary: librariesOf(states, model, request),
    noise,
    extrapolated: resolvedHome.extrapolated,
    milliseconds: performance.now() - start,
    evaluations,
  };
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'These cells cannot be carried.', message);
}

function check(model: CarriedModel, { latents, logLibrary, average }: TransportRequest): void {
  const cells = logLibrary.length;
  if (cells < 1) throw badRequest('There is no cell to carry.');
  if (latents.length !== cells * model.architecture.latentDim) {
    throw badRequest('The latents are not those of this model, one row for each cell.');
  }
  if (!latents.every(Number.isFinite) || !logLibrary.every(Number.isFinite)) {
    throw badRequest('Some cell has no latent or no library size; leave out cells without counts.');
  }
  if (average !== null && !model.attributes.some(({ name }) => name === average)) {
    throw badRequest(`The model does not know the attribute ${average}.`);
  }
}

/** [z, log library as the flow sees it] where the flow has that dimension. */
function flowStates(model: CarriedModel, { latents, logLibrary }: TransportRequest): Float32Array {
  const { latentDim, jointLibrary } = model.architecture;
  if (!jointLibrary) return latents.slice();
  const dims = flowDims(model.architecture);
  const { library } = model;
  const states = new Float32Array(logLibrary.length * dims);
  logLibrary.forEach((value, i) => {
    states.set(latents.subarray(i * latentDim, (i + 1) * latentDim), i * dims);
    states[(i + 1) * dims - 1] = libraryState(library, value);
  });
  return states;
}

/** A constant velocity that ends at the cell's own library size and starts at the mean one; null where the flow decides. */
function ledVelocity(model: CarriedModel, request: TransportRequest): Float32Array | null {
  const { library: mode } = request;
  if (!model.architecture.jointLibrary || mode === 'carried') return null;
  const { library } = model;
  return request.logLibrary.map((value) => libraryState(library, value));
}

/** The code of the averaged label for every cell. */
function averageCodes(model: CarriedModel, { average, logLibrary }: TransportRequest): Int32Array {
  const attribute = model.attributes.find(({ name }) => name === average);
  return new Int32Array(logLibrary.length).fill(attribute?.categories.length ?? 0);
}

interface Labels {
  readonly codes: Readonly<Record<string, Int32Array>>;
  readonly weights: Readonly<Record<string, number>>;
  readonly logLibrary: Float32Array;
  readonly solver: SolverSettings;
  readonly seed: number;
}

function resolve(model: CarriedModel, labels: Labels): ResolvedRequest {
  const { codes, weights, logLibrary, solver, seed } = labels;
  const request: SampleRequest = {
    cells: logLibrary.length,
    seed,
    guidance: Object.entries(weights).map(([attribute, weight]) => ({
      attribute,
      value: null,
      weight,
    })),
    library: { mode: 'chosen' },
    solver,
    frames: 0,
    codes,
  };
  return resolveRequest(model, request);
}

/**
 * Both ways take the same kind of guidance for a cell: CFGen's Eq. 8 where either of its combinations has no training cell. A cell that
 * went away along one kind of field and came back along another would move without a change of labels.
 */
function resolveBoth(...ways: readonly [CarriedModel, Labels][]): readonly ResolvedRequest[] {
  const usual = ways.map(([model, labels]) => resolve(model, labels));
  if (!usual.some(({ extrapolated }) => extrapolated)) return usual;
  const unseen = ways.map(([model], w) => unseenCells(model, usual[w]));
  return ways.map(([model, labels], w) => {
    const additive = resolve({ ...model, recipe: 'faithful' }, labels);
    const { groups, groupOf } = usual[w];
    return {
      ...usual[w],
      groups: [...groups, ...additive.groups],
      groupOf: groupOf.map((group, i) =>
        unseen.some((marks) => marks[i] === 1) ? groups.length + additive.groupOf[i] : group,
      ),
    };
  });
}

/** 1 for cells whose shown categories no training cell has together. */
function unseenCells(
  { combinations }: CarriedModel,
  { codes, groupOf }: ResolvedRequest,
): Uint8Array {
  const known = new Map<string, number>();
  return Uint8Array.from(groupOf, (_, i) => {
    const own = codes.map((all) => all?.[i] ?? -1);
    const key = own.join();
    let unseen = known.get(key);
    if (unseen === undefined) {
      const seen = combinations.some((c) =>
        own.every((code, a) => code < 0 || c.codes[a] === code),
      );
      known.set(key, (unseen = seen ? 0 : 1));
    }
    return unseen;
  });
}

const EVENT_MS = 100;

/** Tells the share at most ten times a second, with the time left as the time so far suggests. */
function progressOf(start: number, onEvent: (event: TransportEvent) => void) {
  let last = -Infinity;
  return (share: number): void => {
    const now = performance.now();
    if (now - last < EVENT_MS) return;
    last = now;
    const seconds = (now - start) / 1000;
    onEvent({ share, secondsLeft: share > 0.02 ? (seconds * (1 - share)) / share : null });
  };
}

/** Moves all states along one way in place, part by part; returns the field evaluations. */
async function carryAll(
  way: Way,
  states: Float32Array,
  led: Float32Array | null,
  solver: SolverSettings,
  breather: Breather,
  follow: (share: number) => void,
): Promise<number> {
  const { network, resolved } = way;
  const begun = way.from === 1 ? 0 : 0.5;
  const { dims } = network.shape;
  const cells = states.length / dims;
  let evaluations = 0;
  for (let from = 0; from < cells; from += MAX_TOGETHER) {
    const to = Math.min(cells, from + MAX_TOGETHER);
    const question: FieldQuestion = {
      codes: resolved.codes.map((codes) => codes?.subarray(from, to) ?? null),
      groups: resolved.groups,
      groupOf: resolved.groupOf.subarray(from, to),
      lastVelocity: led?.subarray(from, to) ?? null,
    };
    const part = states.subarray(from * dims, to * dims);
    const onTime = (t: number): void =>
      follow(begun + (0.5 * (from + Math.abs(t - way.from) * (to - from))) / cells);
    evaluations += await network.carry(question, async (carrier) => {
      const x = carrier.create(part);
      try {
        const end = await integrate(carrier, x, way, solver, breather, onTime);
        part.set(await carrier.read(end.state));
        carrier.free(end.state);
        return end.evaluations;
      } finally {
        carrier.free(x);
      }
    });
  }
  return evaluations;
}

async function integrate<State>(
  carrier: Carrier<State>,
  x: State,
  { from, to }: Way,
  solver: SolverSettings,
  breather: Breather,
  onTime: (t: number) => void,
): Promise<{ state: State; evaluations: number }> {
  const velocity = async (t: number, at: State): Promise<State> => {
    await carrier.settle();
    await breather.breathe();
    onTime(t);
    return carrier.velocity(t, at);
  };
  if (solver.method === 'dopri5') {
    const tolerances = { atol: solver.tolerance, rtol: solver.tolerance };
    const result = await dopri5(carrier.space, velocity, x, [from, to], tolerances);
    return { state: result.states[1], evaluations: result.evaluations };
  }
  const { method, steps } = solver;
  if (method === 'ab3') return adamsBashforth(carrier.space, velocity, x, { from, to, steps });
  return fixedStep(carrier.space, velocity, x, { from, to, steps, method });
}

function latentColumns(states: Float32Array, model: CarriedModel): Float32Array {
  const { latentDim } = model.architecture;
  const dims = flowDims(model.architecture);
  if (dims === latentDim) return states.slice();
  const cells = states.length / dims;
  const latents = new Float32Array(cells * latentDim);
  for (let i = 0; i < cells; i++) {
    latents.set(states.subarray(i * dims, i * dims + latentDim), i * latentDim);
  }
  return latents;
}

/** The given sizes, or those the flow came to, held between half the smallest and twice the largest of the training cells. */
function librariesOf(
  states: Float32Array,
  model: CarriedModel,
  { library, logLibrary }: TransportRequest,
): Float32Array {
  if (library === 'kept' || !model.architecture.jointLibrary) return logLibrary.slice();
  const { library: learnt } = model;
  const dims = flowDims(model.architecture);
  return logLibrary.map((_, i) => libraryAt(learnt, states[(i + 1) * dims - 1]));
}
