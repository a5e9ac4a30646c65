/**
 * @file The guided velocity of many cells at one time as a replayed plan on a device, for networks on a tape.
 *
 * What time and attributes give is computed once per distinct condition. Branches of guidance go through the network side by side,
 * a part of the cells at a time, and are mixed at the end.
 */
import { part, type ComputeDevice, type Program } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../engine/plan/layers.ts';
import { Recorder } from '../../engine/plan/recorder.ts';
import { Pool, rowsOf, Tape, type NetworkWeights } from '../tape/tape.ts';

/** A guided question, taken apart into branches. */
export interface FieldQuestion {
  readonly cells: number;
  readonly branches: number;
  /** Numbers of a state. */
  readonly dims: number;
  /** Distinct conditions. */
  readonly count: number;
  /** Condition of each row, and its share in its cell's velocity, branch after branch, [branches · cells]. */
  readonly conditionOf: Uint32Array;
  readonly coefficients: Float32Array;
  /** Cells that pass the network at once. */
  readonly together: number;
}

/** Makes the rows of a part from one row per cell: the same for every branch. */
export type Repeat = (whole: Matrix) => Matrix;

/** A network on a tape, ready to be asked. */
export interface FieldNetwork {
  /** A row for every distinct condition. */
  readonly conditions: Matrix;
  /** Velocities [rows, dims] of states, given the rows of their conditions. */
  readonly velocity: (x: Matrix, own: Matrix, repeat: Repeat) => Matrix;
  /** Records what is done with the mixed velocities of `count` cells from `from` on. */
  readonly finish?: (out: Matrix, from: number, count: number) => void;
}

/** The field of one request; holds memory until disposed. */
export class GuidedField {
  readonly #device: ComputeDevice;
  readonly #question: FieldQuestion;
  readonly #pool: Pool;
  readonly #times: View;
  readonly #x: Matrix;
  readonly #v: Matrix;
  readonly #program: Program;

  /** @param record records the network on a tape, given where the time of every condition will lie */
  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    question: FieldQuestion,
    record: (tape: Tape, times: View) => FieldNetwork,
  ) {
    const { cells, dims, count } = question;
    this.#device = device;
    this.#question = question;
    this.#pool = new Pool(device);
    this.#times = this.#pool.wide(count);
    this.#x = matrix(this.#pool.fixed(cells * dims), cells, dims);
    this.#v = matrix(this.#pool.fixed(cells * dims), cells, dims);
    const tape = new Tape(device, weights, this.#pool);
    this.#program = this.#record(tape, record(tape, this.#times));
  }

  /** Writes the velocities at time t and the states `x` to `v`, [cells, dims] each. */
  evaluate(t: number, x: View, v: View): void {
    this.#device.writeWide(this.#times, new Float64Array(this.#question.count).fill(t));
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

  #record(tape: Tape, network: FieldNetwork): Program {
    const { cells, together } = this.#question;
    const most = Math.min(cells, together);
    for (let from = 0; from < cells; from += most) {
      // Parts take their memory in the same order, so that they lie in the same places.
      const memory = tape.place;
      this.#recordPart(tape, network, from, Math.min(most, cells - from));
      if (from + most < cells) tape.place = memory;
    }
    return this.#device.compile(tape.recorder);
  }

  /** Velocities of cells from … from + count − 1. */
  #recordPart(tape: Tape, network: FieldNetwork, from: number, count: number): void {
    const { recorder } = tape;
    const { cells, branches, dims, conditionOf, coefficients } = this.#question;
    const rows = count * branches;
    const out = rowsOf(this.#v, from, count);
    /** Row of all rows, branch after branch, that row r of this part is. */
    const origin = (r: number): number => Math.floor(r / count) * cells + from + (r % count);
    const numbered = (value: (r: number) => number): number[] =>
      Array.from({ length: rows }, (_, r) => value(r));
    const repeat: Repeat = (whole) => {
      const all = tape.dense(rows, whole.columns);
      const size = count * whole.columns;
      const { view } = rowsOf(whole, from, count);
      for (let b = 0; b < branches; b++) {
        recorder.call('copy', { from: view, to: part(all.view, b * size, size), count: size });
      }
      return all;
    };
    const x = repeat(this.#x);
    const own = tape.dense(rows, network.conditions.columns);
    recorder.call('gatherRows', {
      table: network.conditions.view,
      indices: tape.pool.words(numbered((r) => conditionOf[origin(r)])),
      out: own.view,
      rows,
      width: own.columns,
    });
    const velocity = network.velocity(x, own, repeat);
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
    network.finish?.(out, from, count);
  }
}
