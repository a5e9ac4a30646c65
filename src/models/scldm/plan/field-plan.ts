/**
 * @file The guided velocity of many cells at one time as a replayed plan on a device.
 *
 * What time and labels give is computed once per distinct condition. Branches of guidance go through the network side by side,
 * a part of the cells at a time, and are mixed at the end.
 */
import { part, type ComputeDevice, type Program } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { Recorder } from '../../../engine/plan/recorder.ts';
import type { GuidedConditions } from '../../cfgen/plan/guided-conditions.ts';
import { denoiserTokens, flowDims, type DenoiserShape } from '../shapes.ts';
import { recordDenoiser, recordModulation } from './denoiser.ts';
import { Pool, rowsOf, Tape, type NetworkWeights } from './tape.ts';

/** Tokens that pass the network at once. */
const TOKENS_AT_ONCE = { cpu: 2_048, webgpu: 32_768 } as const;

/** The field of one request; holds memory until disposed. */
export class FieldPlan {
  readonly #device: ComputeDevice;
  readonly #weights: NetworkWeights;
  readonly #shape: DenoiserShape;
  readonly #conditions: GuidedConditions;
  readonly #pool: Pool;
  readonly #times: View;
  readonly #x: Matrix;
  readonly #v: Matrix;
  readonly #program: Program;

  constructor(
    device: ComputeDevice,
    weights: NetworkWeights,
    shape: DenoiserShape,
    conditions: GuidedConditions,
  ) {
    const { cells } = conditions;
    const dims = flowDims(shape);
    this.#device = device;
    this.#weights = weights;
    this.#shape = shape;
    this.#conditions = conditions;
    this.#pool = new Pool(device);
    this.#times = this.#pool.wide(conditions.conditions.length);
    this.#x = matrix(this.#pool.fixed(cells * dims), cells, dims);
    this.#v = matrix(this.#pool.fixed(cells * dims), cells, dims);
    this.#program = this.#record();
  }

  /** Writes the velocities at time t and the states `x` to `v`, [cells, dims] each. */
  evaluate(t: number, x: View, v: View): void {
    const count = this.#conditions.conditions.length;
    this.#device.writeWide(this.#times, new Float64Array(count).fill(t));
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
    const modulation = this.#recordConditions(tape);
    const together = Math.floor(
      TOKENS_AT_ONCE[this.#device.kind] / denoiserTokens(this.#shape) / branches,
    );
    const most = Math.min(cells, Math.max(8, together));
    for (let from = 0; from < cells; from += most) {
      // Parts take their memory in the same order, so that they lie in the same places.
      const memory = tape.place;
      this.#recordPart(tape, modulation, from, Math.min(most, cells - from));
      if (from + most < cells) tape.place = memory;
    }
    return this.#device.compile(tape.recorder);
  }

  /** Modulation of each distinct condition. */
  #recordConditions(tape: Tape): Matrix {
    const { categories } = this.#shape;
    const { conditions } = this.#conditions;
    const codes = categories.map((nothing, a) =>
      this.#pool.words(conditions.map((own) => (own[a] < 0 ? nothing : own[a]))),
    );
    const places = { count: conditions.length, times: this.#times, codes };
    return recordModulation(tape, this.#shape, places).out;
  }

  /** Velocities of cells from … from + count − 1. */
  #recordPart(tape: Tape, modulation: Matrix, from: number, count: number): void {
    const { recorder } = tape;
    const { cells, branches, conditionOf, coefficients, lastVelocity } = this.#conditions;
    const rows = count * branches;
    const { columns: dims } = this.#x;
    const states = rowsOf(this.#x, from, count);
    const out = rowsOf(this.#v, from, count);
    /** Row of all rows, branch after branch, that row r of this part is. */
    const origin = (r: number): number => Math.floor(r / count) * cells + from + (r % count);
    const numbered = (value: (r: number) => number): number[] =>
      Array.from({ length: rows }, (_, r) => value(r));
    const x = tape.dense(rows, dims);
    for (let b = 0; b < branches; b++) {
      const to = part(x.view, b * count * dims, count * dims);
      recorder.call('copy', { from: states.view, to, count: count * dims });
    }
    const own = tape.dense(rows, modulation.columns);
    recorder.call('gatherRows', {
      table: modulation.view,
      indices: tape.pool.words(numbered((r) => conditionOf[origin(r)])),
      out: own.view,
      rows,
      width: modulation.columns,
    });
    const { velocity } = recordDenoiser(tape, this.#shape, x, own);
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
    if (lastVelocity === null) return;
    const values = tape.pool.fixed(count);
    this.#device.write(values, lastVelocity.subarray(from, from + count));
    recorder.call('setLastColumn', { x: out.view, values, rows: count, columns: dims });
  }
}
