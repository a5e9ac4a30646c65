/**
 * @file The guided velocity of many cells at one time as a replayed plan on a device.
 *
 * Time and labels enter as a few rows, one per distinct condition, computed once per evaluation. Branches of guidance
 * share the first layers, go through one product a layer and are mixed before the last layer, which is linear.
 */
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { affine, affineSilu, matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { GuidedConditions } from '../../flow/guided-conditions.ts';
import { featureSpeeds, tableName, type FlowWeights } from './flow-weights.ts';

/** Rows that pass the network at once: what they need stays in the second cache. */
const ROWS_AT_ONCE = 768;

/** Working memory that the parts of the cells use one after the other. */
interface PartBuffers {
  /** [cells, hidden] each. */
  readonly first: View;
  readonly shared: View;
  /** [cells · branches, hidden] each. */
  readonly active: View;
  readonly inner: View;
  readonly h: View;
  readonly spare: View;
}

/** The field of one request; holds memory until disposed. */
export class FieldPlan {
  readonly #device: ComputeDevice;
  readonly #weights: FlowWeights;
  readonly #conditions: GuidedConditions;
  readonly #owned: View[] = [];
  readonly #time: View;
  readonly #x: Matrix;
  readonly #v: Matrix;
  readonly #program: Program;

  constructor(device: ComputeDevice, weights: FlowWeights, conditions: GuidedConditions) {
    const { dims } = weights.shape;
    const { cells } = conditions;
    this.#device = device;
    this.#weights = weights;
    this.#conditions = conditions;
    this.#time = this.#own(device.allocateWide(1));
    this.#x = this.#dense(cells, dims);
    this.#v = this.#dense(cells, dims);
    this.#program = this.#record();
  }

  /** Writes the velocities at time t and the states `x` to `v`, [cells, dims] each. */
  evaluate(t: number, x: View, v: View): void {
    this.#device.writeWide(this.#time, [t]);
    this.#copy(x, this.#x.view);
    this.#program.run();
    this.#copy(this.#v.view, v);
  }

  dispose(): void {
    this.#program.dispose();
    this.#device.free(...this.#owned);
  }

  #copy(from: View, to: View): void {
    const recorder = new Recorder();
    recorder.call('copy', { from, to, count: from.bytes / 4 });
    this.#device.perform(recorder);
  }

  #own(view: View): View {
    this.#owned.push(view);
    return view;
  }

  #dense(rows: number, columns: number): Matrix {
    return matrix(this.#own(this.#device.allocate(rows * columns)), rows, columns);
  }

  #indices(values: ArrayLike<number>): View {
    const view = this.#own(this.#device.allocate(values.length));
    this.#device.writeWords(view, values);
    return view;
  }

  #numbers(values: ArrayLike<number>): View {
    const view = this.#own(this.#device.allocate(values.length));
    this.#device.write(view, values);
    return view;
  }

  #record(): Program {
    const recorder = new Recorder();
    const { cells, branches } = this.#conditions;
    const tables = this.#recordConditions(recorder);
    const most = Math.min(cells, Math.max(32, Math.floor(ROWS_AT_ONCE / branches)));
    const buffers = this.#partBuffers(most, most * branches);
    for (let from = 0; from < cells; from += most) {
      this.#recordPart(recorder, tables, buffers, from, Math.min(most, cells - from));
    }
    return this.#device.compile(recorder);
  }

  #partBuffers(cells: number, rows: number): PartBuffers {
    const { hidden } = this.#weights.shape;
    const views = (count: number, height: number): View[] =>
      Array.from({ length: count }, () => this.#dense(height, hidden).view);
    const [first, shared] = views(2, cells);
    const [active, inner, h, spare] = views(4, rows);
    return { first, shared, active, inner, h, spare };
  }

  /** Records the velocities of cells from … from + count − 1. */
  #recordPart(
    recorder: Recorder,
    tables: readonly Matrix[],
    buffers: PartBuffers,
    from: number,
    count: number,
  ): void {
    const weights = this.#weights;
    const { hidden, blocks, dims } = weights.shape;
    const { cells, branches, conditionOf, coefficients, lastVelocity } = this.#conditions;
    const rows = count * branches;
    const wide = (view: View): Matrix => matrix(view, rows, hidden);
    const narrow = (view: View): Matrix => matrix(view, count, hidden);
    /** Row of all rows, branch after branch, that row r of this part is. */
    const origin = (r: number): number => Math.floor(r / count) * cells + from + (r % count);
    const numbered = (value: (r: number) => number): number[] =>
      Array.from({ length: rows }, (_, r) => value(r));
    const condition = this.#indices(numbered((r) => conditionOf[origin(r)]));
    const pick = this.#indices(numbered((r) => r % count));
    const states = matrix(part(this.#x.view, from * dims, count * dims), count, dims);
    const v = matrix(part(this.#v.view, from * dims, count * dims), count, dims);
    const first = narrow(buffers.first);
    const shared = narrow(buffers.shared);
    const active = wide(buffers.active);
    const inner = wide(buffers.inner);
    const input = { x: first, y: narrow(buffers.active), slope: null };
    affineSilu(recorder, states, weights.weight('input'), input, { bias: weights.bias('input') });
    affine(recorder, narrow(buffers.active), weights.weight('block.0.net1'), shared);
    recorder.call('siluOfSum', {
      x: shared.view,
      pick,
      table: tables[0].view,
      side: hidden,
      condition,
      out: inner.view,
      rows,
      width: hidden,
    });
    let h = wide(buffers.h);
    let spare = wide(buffers.spare);
    /** From SiLU in `inner` to the sum, and SiLU of that where another block follows. */
    const net2 = (i: number, out: Matrix, addend: View, pick: View | null): void => {
      const weight = weights.weight(`block.${i}.net2`);
      const finish = { bias: weights.bias(`block.${i}.net2`), addend, rows: pick };
      if (i === blocks - 1) affine(recorder, inner, weight, out, finish);
      else affineSilu(recorder, inner, weight, { x: out, y: active, slope: null }, finish);
    };
    net2(0, h, first.view, pick);
    for (let i = 1; i < blocks; i++) {
      const only = { x: null, y: inner, slope: null };
      affineSilu(recorder, active, weights.weight(`block.${i}.net1`), only, {
        addend: tables[i].view,
        rows: condition,
      });
      net2(i, spare, h.view, null);
      [h, spare] = [spare, h];
    }
    recorder.call('mixSilu', {
      h: h.view,
      coefficients: this.#numbers(numbered((r) => coefficients[origin(r)])),
      out: shared.view,
      branches,
      rows: count,
      width: hidden,
    });
    affine(recorder, shared, weights.weight('output'), v, { bias: weights.bias('output') });
    if (lastVelocity === null) return;
    const values = this.#numbers(lastVelocity.subarray(from, from + count));
    recorder.call('setLastColumn', { x: v.view, values, rows: count, columns: dims });
  }

  /** Per block, what time and labels add before the second SiLU, [conditions, hidden]. */
  #recordConditions(recorder: Recorder): Matrix[] {
    const weights = this.#weights;
    const { embedding, hidden, blocks } = weights.shape;
    const half = embedding / 2;
    const labels = this.#labelSums();
    const count = labels.rows;
    const features = this.#dense(1, embedding);
    const speeds = this.#own(this.#device.allocateWide(Math.ceil(half / 4) * 4));
    this.#device.writeWide(speeds, featureSpeeds(embedding));
    recorder.call('timeFeatures', {
      times: this.#time,
      speeds,
      out: features.view,
      rows: 1,
      half,
    });
    const first = this.#dense(1, embedding);
    affine(recorder, features, weights.weight('time.0'), first, { bias: weights.bias('time.0') });
    silu(recorder, first, first);
    const sum = this.#dense(count, embedding);
    // A stride of 0 gives every condition the one row of the time.
    affine(recorder, { ...first, rows: count, stride: 0 }, weights.weight('time.1'), sum, {
      bias: weights.bias('time.1'),
      addend: labels.view,
    });
    silu(recorder, sum, sum);
    const zeros = this.#indices(new Uint32Array(count));
    return Array.from({ length: blocks }, (_, i) => {
      const table = this.#dense(count, hidden);
      affine(recorder, sum, weights.weight(`block.${i}.condition`), table, {
        bias: weights.bias(`block.${i}.condition`),
        addend: weights.bias(`block.${i}.net1`),
        rows: zeros,
      });
      return table;
    });
  }

  /** Summed label rows of each distinct condition. */
  #labelSums(): Matrix {
    const { embedding, categories } = this.#weights.shape;
    const { conditions } = this.#conditions;
    const sums = this.#dense(conditions.length, embedding);
    const rows = conditions.length;
    const recorder = new Recorder();
    const cells = this.#indices(conditions.map((_, k) => k));
    categories.forEach((_, a) =>
      recorder.call('addLabelRows', {
        x: sums.view,
        table: this.#weights.arena.value(tableName(a)),
        codes: this.#indices(conditions.map((codes) => Math.max(0, codes[a]))),
        cells,
        masks: this.#indices(conditions.map((codes) => (codes[a] < 0 ? 0 : 1))),
        bit: 1,
        rows,
        width: embedding,
      }),
    );
    this.#device.perform(recorder);
    return sums;
  }
}

function silu(recorder: Recorder, x: Matrix, y: Matrix): void {
  recorder.call('silu', { x: x.view, y: y.view, count: x.rows * x.columns });
}
