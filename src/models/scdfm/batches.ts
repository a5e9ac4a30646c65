/** @file Training batches: some conditions with some cells each, starts from control cells or noise, points on the paths between. */
import type { Random } from '../../numerics/random.ts';
import type { ScdfmRecipe } from './config.ts';
import { meanOfContext } from './model.ts';
import { assign } from './pairing.ts';
import type { Condition, Screen } from './screen.ts';

/** Cells that batches are drawn from. */
export interface BatchSource {
  readonly screen: Screen;
  /** Whitened components or log expression of all cells, [cells, dims]. */
  readonly states: Float32Array;
  readonly dims: number;
  /** Squared scale of each dimension, by which distances between starts and targets are weighed, [dims]. */
  readonly weights: Float32Array;
  /** Category of every cell, per attribute; −1 where it is not labelled. */
  readonly codes: readonly Int32Array[];
  /** Mean states of control cells of each context, then of all, [contexts + 1, dims]; null: a network is shown the cell that a path begins at. */
  readonly controlMeans: Float32Array | null;
}

/** One batch; conditions follow each other, every row is one cell. */
export interface FlowBatch {
  /** Points on the paths at `times`, [rows, dims]. */
  readonly states: Float32Array;
  /** Ends minus starts, [rows, dims]. */
  readonly velocities: Float32Array;
  /** [rows, dims] */
  readonly ends: Float32Array;
  /** States of control cells that the network is shown, [rows, dims]. */
  readonly controls: Float32Array;
  readonly times: Float64Array;
  /** Rows of each condition. */
  readonly groups: readonly number[];
  /** Category of the perturbation column, per condition. */
  readonly labels: readonly number[];
  /** Shown category of each row per attribute, −1: not shown; the perturbation's is not read. */
  readonly shown: readonly Int32Array[];
}

/** What of a recipe decides a batch. */
export type BatchRecipe = Pick<
  ScdfmRecipe,
  'conditions' | 'cellsEach' | 'start' | 'startNoise' | 'pairs' | 'even' | 'dropout' | 'controls'
>;

/** Draws batches of one training. */
export class Batches {
  readonly #source: BatchSource;
  readonly #recipe: BatchRecipe;
  readonly #control: readonly Condition[];
  readonly #perturbed: readonly Condition[];
  /** Cells of each label in all contexts. */
  readonly #byLabel = new Map<number, Uint32Array>();

  constructor(source: BatchSource, recipe: BatchRecipe) {
    const { screen } = source;
    this.#source = source;
    this.#recipe = recipe;
    const isControl = ({ label }: Condition): boolean => screen.sets[label]?.length === 0;
    this.#control = screen.conditions.filter(isControl);
    this.#perturbed = screen.conditions.filter((condition) => !isControl(condition));
    for (const { label, cells } of screen.conditions) {
      const before = this.#byLabel.get(label) ?? [];
      this.#byLabel.set(label, Uint32Array.from([...before, ...cells]));
    }
  }

  /** The next batch. */
  draw(random: Random): FlowBatch {
    const { conditions, cellsEach, dropout, even } = this.#recipe;
    const { screen, codes } = this.#source;
    const draw = even ? pick : pickFreely;
    const drawn = Array.from({ length: conditions }, () => this.#condition(random));
    const hidden = drawn.map(() => codes.map(() => random.uniform() < dropout));
    const cells = drawn.map(({ label, cells: own }, k) => {
      // Without its context a condition is all cells of its label.
      const all = screen.context >= 0 && hidden[k][screen.context];
      return draw(all ? (this.#byLabel.get(label) as Uint32Array) : own, cellsEach, random);
    });
    const rows = cells.flatMap((some) => Array.from(some));
    const shown = codes.map((own, a) =>
      Int32Array.from(rows, (cell, r) => (hidden[Math.floor(r / cellsEach)][a] ? -1 : own[cell])),
    );
    return this.#paths(
      cells,
      drawn.map(({ label }) => label),
      shown,
      random,
    );
  }

  /** A few batches that stay the same, of conditions of held-out cells; nothing is hidden. Empty when their perturbations are not known. */
  check(heldOut: readonly Condition[], count: number, random: Random): FlowBatch[] {
    const { cellsEach, conditions } = this.#recipe;
    const { screen, codes } = this.#source;
    const known = heldOut.filter(({ label }) => screen.sets[label] !== null);
    if (known.length === 0) return [];
    const order = random.permutation(known.length);
    return Array.from({ length: count }, (_, b) => {
      const drawn = Array.from(
        { length: conditions },
        (_, k) => known[order[(b * conditions + k) % order.length]],
      );
      const cells = drawn.map((condition) => pick(condition.cells, cellsEach, random));
      const rows = cells.flatMap((some) => Array.from(some));
      const shown = codes.map((own) => Int32Array.from(rows, (cell) => own[cell]));
      const labels = drawn.map(({ label }) => label);
      return this.#paths(cells, labels, shown, random);
    });
  }

  #condition(random: Random): Condition {
    const { controls } = this.#recipe;
    const from = random.uniform() < controls ? this.#control : this.#perturbed;
    return from[random.integer(from.length)];
  }

  #paths(
    cells: readonly Uint32Array[],
    labels: readonly number[],
    shown: readonly Int32Array[],
    random: Random,
  ): FlowBatch {
    const { dims } = this.#source;
    const { even } = this.#recipe;
    const rows = cells.reduce((sum, { length }) => sum + length, 0);
    const [states, velocities, ends, controls] = [0, 1, 2, 3].map(
      () => new Float32Array(rows * dims),
    );
    const times = new Float64Array(rows);
    let at = 0;
    for (const own of cells) {
      const beside = this.#controlsOf(own, random);
      const starts = this.#starts(beside, random);
      const target = this.#gather(own);
      const order = this.#recipe.pairs ? this.#match(own, beside, starts, target) : null;
      const first = random.uniform() / own.length;
      const mixed = random.permutation(own.length);
      for (let r = 0; r < own.length; r++) {
        const s = order === null ? r : order[r];
        const t = even ? first + mixed[r] / own.length : random.uniform();
        times[at + r] = t;
        controls.set(this.#meansBeside(own[r]) ?? this.#rowOf(beside[s]), (at + r) * dims);
        for (let d = 0; d < dims; d++) {
          const [start, end] = [starts[s * dims + d], target[r * dims + d]];
          const k = (at + r) * dims + d;
          states[k] = (1 - t) * start + t * end;
          velocities[k] = end - start;
          ends[k] = end;
        }
      }
      at += own.length;
    }
    const groups = cells.map(({ length }) => length);
    return { states, velocities, ends, controls, times, groups, labels, shown };
  }

  #rowOf(cell: number): Float32Array {
    const { states, dims } = this.#source;
    return states.subarray(cell * dims, (cell + 1) * dims);
  }

  /** Mean of the control cells of a cell's context. */
  #meansBeside(cell: number): Float32Array | null {
    const { controlMeans, dims } = this.#source;
    if (controlMeans === null) return null;
    return meanOfContext(controlMeans, dims, this.#contextOf(cell));
  }

  #gather(cells: Uint32Array): Float32Array {
    const out = new Float32Array(cells.length * this.#source.dims);
    cells.forEach((cell, r) => out.set(this.#rowOf(cell), r * this.#source.dims));
    return out;
  }

  /** A control cell of each cell's context, any control cell where its context has none. */
  #controlsOf(cells: Uint32Array, random: Random): Uint32Array {
    const { screen } = this.#source;
    return cells.map((cell) => {
      const context = this.#contextOf(cell);
      const own = this.#control.find((condition) => condition.context === context);
      const from = own?.cells ?? screen.controls;
      return from[random.integer(from.length)];
    });
  }

  #contextOf(cell: number): number {
    const { screen, codes } = this.#source;
    return screen.context < 0 ? -1 : codes[screen.context][cell];
  }

  #starts(beside: Uint32Array, random: Random): Float32Array {
    const { start, startNoise } = this.#recipe;
    if (start === 'gaussian') {
      const noise = new Float32Array(beside.length * this.#source.dims);
      return noise.map(() => random.normal());
    }
    const own = this.#gather(beside);
    return start === 'control' ? own : own.map((value) => value + startNoise * random.normal());
  }

  /** Start of each target: nearest in all, within contexts where starts are control cells. */
  #match(
    cells: Uint32Array,
    beside: Uint32Array,
    starts: Float32Array,
    target: Float32Array,
  ): Uint32Array {
    const { dims, weights } = this.#source;
    const n = cells.length;
    const cost = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = this.#contextOf(cells[i]) === this.#contextOf(beside[j]) ? 0 : 1e9;
        for (let d = 0; d < dims; d++) {
          const difference = starts[j * dims + d] - target[i * dims + d];
          sum += weights[d] * difference * difference;
        }
        cost[i * n + j] = sum;
      }
    }
    return assign(cost, n);
  }
}

/** Cells without repeats where there are enough, with repeats else. */
function pick(from: Uint32Array, count: number, random: Random): Uint32Array {
  if (from.length < count) return pickFreely(from, count, random);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(from[random.integer(from.length)]);
  return Uint32Array.from(chosen);
}

/** Cells with repeats. */
function pickFreely(from: Uint32Array, count: number, random: Random): Uint32Array {
  return Uint32Array.from({ length: count }, () => from[random.integer(from.length)]);
}
