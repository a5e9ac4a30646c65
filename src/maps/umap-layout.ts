/** @file UMAP's layout: edges pull, random other cells push, by stochastic gradient descent that can be watched and stopped (McInnes et al. 2018, section 3.2). */
import { createRandom } from '../numerics/random.ts';
import type { Curve } from './curve.ts';
import { Arena, instantiateKernel, kernelModule } from './neighbour-kernel.ts';
import { Pacer } from './pacer.ts';
import type { FuzzyGraph } from './umap-graph.ts';

/** How a layout runs. */
export interface LayoutOptions {
  readonly curve: Curve;
  readonly epochs: number;
  readonly seed: number;
  readonly pacer?: Pacer;
  /** Called after an epoch, with the live positions [2·cells]: copy them if you keep them. */
  readonly onEpoch?: (positions: Float32Array, epoch: number, of: number) => void;
}

const NEGATIVE_SAMPLES = 5;
const CLIP = 4;
const START_WIDTH = 10;
const START_NOISE = 1e-4;
const LAYOUT_STREAM = 1;
const EDGES_PER_STRETCH = 2048;

/** Forces are tabulated over the squared distance: 64 steps in each octave from 2^-32 to 2^32, read by the bits of its float32. */
const OCTAVE_STEPS = 64;
const LOWEST_OCTAVE = -32;
const OCTAVES = 64;
const STEP_BITS = 23 - Math.log2(OCTAVE_STEPS);
const TABLE_OFFSET = (127 + LOWEST_OCTAVE) * OCTAVE_STEPS;
const REST_SCALE = 1 / 2 ** STEP_BITS;
const REST_MASK = 2 ** STEP_BITS - 1;
const LAST_CELL = OCTAVES * OCTAVE_STEPS - 1;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** Values of a smooth function of d² at the table's nodes. */
function tabulate(force: (square: number) => number): Float32Array {
  return Float32Array.from({ length: LAST_CELL + 2 }, (_, i) => {
    const octave = LOWEST_OCTAVE + Math.floor(i / OCTAVE_STEPS);
    return force(2 ** octave * (1 + (i % OCTAVE_STEPS) / OCTAVE_STEPS));
  });
}

/** Linear interpolation in a table; outside its range, the end value. */
function lookUp(table: Float32Array, square: number): number {
  float[0] = square;
  const word = bits[0];
  const cell = (word >> STEP_BITS) - TABLE_OFFSET;
  if (cell < 0) return table[0];
  if (cell > LAST_CELL) return table[LAST_CELL + 1];
  return table[cell] + (word & REST_MASK) * REST_SCALE * (table[cell + 1] - table[cell]);
}

function clip(value: number): number {
  return value > CLIP ? CLIP : value < -CLIP ? -CLIP : value;
}

/** Edges that are pulled at least once, with when each is due; in the kernel's memory where there is one. */
interface Schedule {
  readonly positions: Float32Array;
  readonly heads: Uint32Array;
  readonly tails: Uint32Array;
  /** Epochs between two pulls of an edge, and when the next pull and the next push are due. */
  readonly every: Float32Array;
  readonly next: Float32Array;
  readonly nextPush: Float32Array;
  readonly pull: Float32Array;
  readonly push: Float32Array;
}

/** Works through edges `from` … `to − 1` of one epoch with step size alpha. */
type Run = (from: number, to: number, epoch: number, alpha: number) => void;

function makeSchedule(graph: FuzzyGraph, options: LayoutOptions, arena: Arena | null): Schedule {
  const { a, b } = options.curve;
  const { weights } = graph;
  let top = 0;
  for (const weight of weights) top = Math.max(top, weight);
  const least = top / options.epochs;
  const edges = weights.reduce((count, weight) => (weight >= least ? count + 1 : count), 0);
  const floats = (length: number) => arena?.floats(length) ?? new Float32Array(length);
  const integers = (length: number) => arena?.wholes(length) ?? new Uint32Array(length);
  const table = tabulate((s) => (-2 * a * b * s ** (b - 1)) / (1 + a * s ** b));
  const schedule: Schedule = {
    positions: floats(2 * graph.cells),
    heads: integers(edges),
    tails: integers(edges),
    every: floats(edges),
    next: floats(edges),
    nextPush: floats(edges),
    pull: floats(table.length),
    push: floats(table.length),
  };
  schedule.pull.set(table);
  schedule.push.set(tabulate((s) => (2 * b) / ((1e-3 + s) * (1 + a * s ** b))));
  let e = 0;
  for (let from = 0; from < weights.length; from++) {
    if (!(weights[from] >= least)) continue;
    schedule.heads[e] = graph.rows[from];
    schedule.tails[e] = graph.cols[from];
    schedule.every[e] = schedule.next[e] = top / weights[from];
    schedule.nextPush[e] = schedule.every[e] / NEGATIVE_SAMPLES;
    e++;
  }
  return schedule;
}

/** The compiled way, with the schedule in its memory; null where that cannot be. */
function compiledRun(graph: FuzzyGraph, options: LayoutOptions) {
  const module = kernelModule();
  if (!module) return null;
  try {
    const arena = new Arena(5 * graph.weights.length + 2 * graph.cells + 2 * LAST_CELL + 64);
    const schedule = makeSchedule(graph, options, arena);
    const { descend } = instantiateKernel(module, arena);
    const { positions, heads, tails, every, next, nextPush, pull, push } = schedule;
    const [p, h, t, v, n, m, l, s] = [positions, heads, tails, every, next, nextPush, pull, push].map(({ byteOffset }) => byteOffset); // prettier-ignore
    let state = firstState(options.seed);
    const run: Run = (from, to, epoch, alpha) => {
      state = descend(p, graph.cells, h, t, v, n, m, from, to, epoch, alpha, l, s, state);
    };
    return { schedule, run };
  } catch {
    return null;
  }
}

function firstState(seed: number): number {
  return createRandom(seed, LAYOUT_STREAM).uint32() | 1;
}

/** The same in plain code. */
export function plainRun(graph: FuzzyGraph, options: LayoutOptions) {
  const schedule = makeSchedule(graph, options, null);
  const { positions: y, heads, tails, every, next, nextPush, pull, push } = schedule;
  let state = firstState(options.seed);
  /** A 32-bit xorshift is enough here and ten times as fast as Philox. */
  const randomCell = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (((state >>> 0) * graph.cells) / 4294967296) >>> 0;
  };
  const attract = (head: number, tail: number, alpha: number): void => {
    const dx = y[head] - y[tail];
    const dy = y[head + 1] - y[tail + 1];
    const square = dx * dx + dy * dy;
    if (square === 0) return;
    const force = lookUp(pull, square);
    const gx = clip(force * dx) * alpha;
    const gy = clip(force * dy) * alpha;
    y[head] += gx;
    y[head + 1] += gy;
    y[tail] -= gx;
    y[tail + 1] -= gy;
  };
  const repel = (head: number, other: number, alpha: number): void => {
    const dx = y[head] - y[other];
    const dy = y[head + 1] - y[other + 1];
    const square = dx * dx + dy * dy;
    if (square === 0) return;
    const force = lookUp(push, square);
    y[head] += clip(force * dx) * alpha;
    y[head + 1] += clip(force * dy) * alpha;
  };
  const run: Run = (from, to, epoch, alpha) => {
    for (let e = from; e < to; e++) {
      if (next[e] > epoch) continue;
      next[e] += every[e];
      attract(2 * heads[e], 2 * tails[e], alpha);
      const between = Math.fround(every[e] / NEGATIVE_SAMPLES);
      const pushes = Math.floor(Math.fround((epoch - nextPush[e]) / between));
      for (let p = 0; p < pushes; p++) repel(2 * heads[e], 2 * randomCell(), alpha);
      nextPush[e] += Math.fround(pushes * between);
    }
  };
  return { schedule, run };
}

/**
 * Where a layout starts: two coordinates a cell with a little noise, each axis stretched to [0, 10].
 *
 * @param coordinates [cells, dims]; the first two columns are used, missing ones count as 0
 */
export function scaleStart(
  coordinates: Float32Array,
  cells: number,
  dims: number,
  seed: number,
): Float32Array {
  const random = createRandom(seed);
  const start = new Float32Array(2 * cells);
  let most = 0;
  for (let i = 0; i < cells; i++) {
    for (let d = 0; d < Math.min(2, dims); d++) {
      start[2 * i + d] = coordinates[i * dims + d];
      most = Math.max(most, Math.abs(start[2 * i + d]));
    }
  }
  const scale = most > 0 ? START_WIDTH / most : 1;
  for (let i = 0; i < start.length; i++) {
    start[i] = start[i] * scale + START_NOISE * random.normal();
  }
  for (let d = 0; d < 2; d++) stretchAxis(start, d);
  return start;
}

/** Stretches one axis to [0, 10]; an axis of one value becomes 0. */
function stretchAxis(positions: Float32Array, axis: number): void {
  let low = Infinity;
  let high = -Infinity;
  for (let i = axis; i < positions.length; i += 2) {
    low = Math.min(low, positions[i]);
    high = Math.max(high, positions[i]);
  }
  const scale = high > low ? START_WIDTH / (high - low) : 0;
  for (let i = axis; i < positions.length; i += 2) positions[i] = (positions[i] - low) * scale;
}

/**
 * Lays the graph out from `start` [2·cells]; returns new positions [2·cells]. Each edge is pulled in proportion to its membership, with five
 * pushes from random cells; the step falls from 1 to 0 over the epochs. The same seed gives the same map. Error: cancelled.
 */
export async function layOut(
  graph: FuzzyGraph,
  start: Float32Array,
  options: LayoutOptions,
): Promise<Float32Array> {
  const pacer = options.pacer ?? new Pacer();
  const { schedule, run } = compiledRun(graph, options) ?? plainRun(graph, options);
  const { positions, heads } = schedule;
  positions.set(start);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const alpha = 1 - epoch / options.epochs;
    for (let from = 0; from < heads.length; from += EDGES_PER_STRETCH) {
      if (pacer.due()) await pacer.rest();
      run(from, Math.min(heads.length, from + EDGES_PER_STRETCH), epoch, alpha);
    }
    options.onEpoch?.(positions, epoch + 1, options.epochs);
  }
  return positions.slice();
}
