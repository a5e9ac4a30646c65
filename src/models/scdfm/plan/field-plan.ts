/**
 * @file The guided velocity of many cells at one time as a replayed plan on a device.
 *
 * What time, perturbations and attributes give is computed once per distinct condition. Branches of guidance go through the network
 * side by side, a part of the cells at a time, and are mixed at the end.
 */
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import { Pool, rowsOf, Tape, type NetworkWeights } from '../../scldm/plan/tape.ts';
import type { VelocityShape } from '../shapes.ts';
import type { SeenTokens } from './gene-encoder.ts';
import { recordNetwork, rowsAtOnce, type RecordedNetwork } from './network.ts';

/** A guided question, taken apart into distinct conditions and branches. */
export interface ScreenConditions {
  readonly cells: number;
  readonly branches: number;
  /** Weights of tokens of each condition, [conditions, members + 1]. */
  readonly sets: Float32Array;
  /** Shown category of each condition per attribute beside the perturbation; −1: not shown. */
  readonly contexts: readonly (readonly number[])[];
  readonly count: number;
  /** Condition of each row, and its share in its cell's velocity, branch after branch, [branches · cells]. */
  readonly conditionOf: Uint32Array;
  readonly coefficients: Float32Array;
  /** Control cells beside the cells, [cells, dims]; null for networks that do not see them. */
  readonly controls: Float32Array | null;
  /** Tokens that each token sees (pad-lite). */
  readonly seen: SeenTokens;
}

/** The field of one request; holds memory until disposed. */
export class FieldPlan {
  readonly #device: ComputeDevice;
  readonly #weights: NetworkWeights;
  readonly #shape: VelocityShape;
  readonly #conditions: ScreenConditions;
  readonly #pool: Pool;
  readonly #times: View;
  readonly #x: Matrix;
  readonly #v: Matrix;
  readonly #controls: Matrix | null;
  readonly #program: Program;

  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    shape: VelocityShape,
    conditions: ScreenConditions,
  ) {
    const { cells, count, controls } = conditions;
    const dense = (): Matrix => matrix(this.#pool.fixed(cells * shape.dims), cells, shape.dims);
    this.#device = device;
    this.#weights = weights;
    this.#shape = shape;
    this.#conditions = conditions;
    this.#pool = new Pool(device);
    this.#times = this.#pool.wide(count);
    this.#x = dense();
    this.#v = dense();
    this.#controls = controls === null ? null : dense();
    if (this.#controls !== null && controls !== null) device.write(this.#controls.view, controls);
    this.#program = this.#record();
  }

  /** Writes the velocities at time t and the states `x` to `v`, [cells, dims] each. */
  evaluate(t: number, x: View, v: View): void {
    this.#device.writeWide(this.#times, new Float64Array(this.#conditions.count).fill(t));
    this.#copy(x, this.#x.view);
    this.#program.run();
    this.#copy(this.#v.view, v);
  }

  dispose(): void {
    this.#program.dispose();
    this.#pool.dispose();
  }

  #copy(from: View, to: View): void {
    const recorder = new Recorder();
    recorder.call('copy', { from, to, count: from.bytes / 4 });
    this.#device.perform(recorder);
  }

  #record(): Program {
    const tape = new Tape(this.#device, this.#weights, this.#pool);
    const { cells, branches } = this.#conditions;
    const network = recordNetwork(tape, this.#shape, this.#conditions.seen);
    const table = this.#recordConditions(network);
    const together = Math.floor(rowsAtOnce(this.#shape, this.#device.kind) / branches);
    const most = Math.min(cells, Math.max(4, together));
    for (let from = 0; from < cells; from += most) {
      // Parts take their memory in the same order, so that they lie in the same places.
      const memory = tape.place;
      this.#recordPart(tape, network, table, from, Math.min(most, cells - from));
      if (from + most < cells) tape.place = memory;
    }
    return this.#device.compile(tape.recorder);
  }

  #recordConditions(network: RecordedNetwork): Matrix {
    const { count, sets, contexts } = this.#conditions;
    const weights = matrix(this.#pool.fixed(sets.length), count, this.#shape.members + 1);
    this.#device.write(weights.view, sets);
    const codes = this.#shape.contexts.map((nothing, k) =>
      this.#pool.words(contexts.map((own) => (own[k] < 0 ? nothing : own[k]))),
    );
    return network.condition({ count, times: this.#times, sets: weights, codes }).out;
  }

  /** Velocities of cells from … from + count − 1. */
  #recordPart(
    tape: Tape,
    network: RecordedNetwork,
    table: Matrix,
    from: number,
    count: number,
  ): void {
    const { recorder } = tape;
    const { cells, branches, conditionOf, coefficients } = this.#conditions;
    const rows = count * branches;
    const out = rowsOf(this.#v, from, count);
    const dims = out.columns;
    /** Row of all rows, branch after branch, that row r of this part is. */
    const origin = (r: number): number => Math.floor(r / count) * cells + from + (r % count);
    const numbered = (value: (r: number) => number): number[] =>
      Array.from({ length: rows }, (_, r) => value(r));
    const repeated = (whole: Matrix): Matrix => {
      const all = tape.dense(rows, dims);
      for (let b = 0; b < branches; b++) {
        const to = part(all.view, b * count * dims, count * dims);
        const { view } = rowsOf(whole, from, count);
        recorder.call('copy', { from: view, to, count: count * dims });
      }
      return all;
    };
    const x = repeated(this.#x);
    const controls = this.#controls === null ? null : repeated(this.#controls);
    const own = tape.dense(rows, table.columns);
    recorder.call('gatherRows', {
      table: table.view,
      indices: tape.pool.words(numbered((r) => conditionOf[origin(r)])),
      out: own.view,
      rows,
      width: table.columns,
    });
    const velocity = network.velocity(x, controls, own).out;
    const shares = tape.pool.fixed(rows);
    this.#device.write(
      shares,
      numbered((r) => coefficients[origin(r)]),
    );
    const scaled = tape.dense(rows, dims);
    const weigh = { x: velocity.view, scale: shares, rows, columns: dims };
    recorder.call('scaleRows', { ...weigh, out: branches === 1 ? out.view : scaled.view });
    for (let b = 1; b < branches; b++) {
      const branch = (at: number): View => part(scaled.view, at * count * dims, count * dims);
      const sum = b === 1 ? branch(0) : out.view;
      const size = { count: count * dims, c: 1 };
      recorder.call('addScaled', { x: sum, y: branch(b), out: out.view, ...size });
    }
  }
}
