/** @file UMAP's layout: edges pull, random other cells push, by stochastic gradient descent that can be watched and stopped (McInnes et al. 2018, section 3.2). */
import { createRandom } from '../numerics/random.ts';
import type { Curve } from './curve.ts';
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

/** The running state of one layout. */
class Descent {
  readonly edges: number;
  private readonly positions: Float32Array;
  private readonly cells: number;
  private readonly heads: Uint32Array;
  private readonly tails: Uint32Array;
  private readonly every: Float64Array;
  private readonly next: Float64Array;
  private readonly nextPush: Float64Array;
  private readonly pull: Float32Array;
  private readonly push: Float32Array;
  private state: number;

  constructor(graph: FuzzyGraph, positions: Float32Array, options: LayoutOptions) {
    const { a, b } = options.curve;
    const top = graph.weights.reduce((most, w) => Math.max(most, w), 0);
    const kept = [...graph.weights.keys()].filter((e) => graph.weights[e] >= top / options.epochs);
    this.edges = kept.length;
    this.positions = positions;
    this.cells = graph.cells;
    this.heads = Uint32Array.from(kept, (e) => graph.rows[e]);
    this.tails = Uint32Array.from(kept, (e) => graph.cols[e]);
    this.every = Float64Array.from(kept, (e) => top / graph.weights[e]);
    this.next = this.every.slice();
    this.nextPush = this.every.map((value) => value / NEGATIVE_SAMPLES);
    this.pull = tabulate((s) => (-2 * a * b * s ** (b - 1)) / (1 + a * s ** b));
    this.push = tabulate((s) => (2 * b) / ((1e-3 + s) * (1 + a * s ** b)));
    this.state = createRandom(options.seed, LAYOUT_STREAM).uint32() | 1;
  }

  /** A random cell; a 32-bit xorshift is enough here and ten times as fast as Philox. */
  private randomCell(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (((x >>> 0) * this.cells) / 4294967296) >>> 0;
  }

  /** Works through edges `from` … `to − 1` of one epoch with step size alpha. */
  run(from: number, to: number, epoch: number, alpha: number): void {
    for (let e = from; e < to; e++) {
      if (this.next[e] > epoch) continue;
      const every = this.every[e];
      this.next[e] += every;
      const head = 2 * this.heads[e];
      this.attract(head, 2 * this.tails[e], alpha);
      const between = every / NEGATIVE_SAMPLES;
      const pushes = Math.floor((epoch - this.nextPush[e]) / between);
      for (let p = 0; p < pushes; p++) this.repel(head, 2 * this.randomCell(), alpha);
      this.nextPush[e] += pushes * between;
    }
  }

  private attract(head: number, tail: number, alpha: number): void {
    const y = this.positions;
    const dx = y[head] - y[tail];
    const dy = y[head + 1] - y[tail + 1];
    const square = dx * dx + dy * dy;
    if (square === 0) return;
    const force = lookUp(this.pull, square);
    const gx = clip(force * dx) * alpha;
    const gy = clip(force * dy) * alpha;
    y[head] += gx;
    y[head + 1] += gy;
    y[tail] -= gx;
    y[tail + 1] -= gy;
  }

  private repel(head: number, other: number, alpha: number): void {
    const y = this.positions;
    const dx = y[head] - y[other];
    const dy = y[head + 1] - y[other + 1];
    const square = dx * dx + dy * dy;
    if (square === 0) return;
    const force = lookUp(this.push, square);
    y[head] += clip(force * dx) * alpha;
    y[head + 1] += clip(force * dy) * alpha;
  }
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
  const positions = start.slice();
  const descent = new Descent(graph, positions, options);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const alpha = 1 - epoch / options.epochs;
    for (let from = 0; from < descent.edges; from += EDGES_PER_STRETCH) {
      if (pacer.due()) await pacer.rest();
      descent.run(from, Math.min(descent.edges, from + EDGES_PER_STRETCH), epoch, alpha);
    }
    options.onEpoch?.(positions, epoch + 1, options.epochs);
  }
  return positions;
}
