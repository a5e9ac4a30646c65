/** @file Layers that both of scDFM's networks use: activations, times, rows of label tables, sets of tokens. */
import type { View } from '../../../engine/kernels/list.ts';
import { ACTIVATIONS, type Activation } from '../../../engine/kernels/activations.ts';
import { matrix, type Matrix } from '../../../engine/plan/layers.ts';
import { recordAdd, type Layer } from '../../tape/layers.ts';
import type { Tape } from '../../tape/tape.ts';
import { contextName } from './fast-arrays.ts';
import type { Recorded } from './network.ts';

/** SiLU, or a function of the kernel `activate`, entry by entry. */
export function recordActivation(tape: Tape, kind: Activation | 'silu', x: Matrix): Layer {
  const { rows, columns } = x;
  const count = rows * columns;
  const [out, slope] = [tape.dense(rows, columns), tape.dense(rows, columns)];
  const places = { x: x.view, y: out.view, slope: slope.view, count };
  if (kind === 'silu') tape.recorder.call('silu', places);
  else tape.recorder.call('activate', { kind: ACTIVATIONS[kind], ...places });
  return {
    out,
    backward(dOut, addend = null) {
      const dx = tape.dense(rows, columns);
      tape.recorder.call('multiplyAdd', {
        x: dOut.view,
        y: slope.view,
        addend: addend?.view ?? null,
        out: dx.view,
        count,
      });
      return dx;
    },
  };
}

/** Sinusoidal features of wide times, [rows, 2 · speeds]. */
export function recordTimes(tape: Tape, times: View, rows: number, turns: Float64Array): Matrix {
  const half = turns.length;
  const speeds = tape.pool.wide(Math.ceil(half / 4) * 4);
  tape.device.writeWide(speeds, turns);
  const out = tape.dense(rows, 2 * half);
  tape.recorder.call('timeFeatures', { times, speeds, out: out.view, rows, half });
  return out;
}

/** Adds the label rows of every context to x, in place; returns what records the tables' gradients. */
export function recordContexts(
  tape: Tape,
  x: Matrix,
  codes: readonly View[],
  contexts: readonly number[],
): (dx: Matrix) => void {
  if (codes.length === 0) return () => undefined;
  const { rows, columns: width } = x;
  const places = {
    cells: tape.pool.words(Uint32Array.from({ length: rows }, (_, i) => i)),
    masks: tape.pool.words(new Uint32Array(rows).fill(1)),
    bit: 1,
    rows,
    width,
  };
  codes.forEach((own, k) => {
    const table = tape.weight(contextName(k)).view;
    tape.recorder.call('addLabelRows', { x: x.view, table, codes: own, ...places });
  });
  return (dx) =>
    codes.forEach((own, k) => {
      const dTable = tape.gradient(contextName(k)).view;
      const categories = contexts[k] + 1;
      tape.recorder.call('labelGradient', { dx: dx.view, dTable, codes: own, ...places, categories }); // prettier-ignore
    });
}

/** Adds rows that lie among others to values that lie one row after the other, in place. */
export function addRows(tape: Tape, values: Matrix, rows: Matrix): void {
  const dense = tape.dense(rows.rows, rows.columns);
  tape.recorder.call('copyColumns', {
    from: rows.view,
    sideFrom: rows.stride,
    to: dense.view,
    sideTo: dense.stride,
    rows: rows.rows,
    columns: rows.columns,
  });
  recordAdd(tape, matrix(values.view, rows.rows, rows.columns), dense);
}

/** weights · rows, of which both are learnt about. */
export function recordProduct(tape: Tape, weights: Matrix, rows: Matrix): Recorded<Matrix> {
  const out = tape.dense(weights.rows, rows.columns);
  const common = { layout: 0, a: weights.view, lda: weights.stride, side: rows.columns };
  tape.recorder.call('gemm', {
    ...common,
    b: rows.view,
    ldb: rows.stride,
    c: out.view,
    ldc: out.stride,
    m: weights.rows,
    n: rows.columns,
    k: rows.rows,
  });
  return {
    out,
    backward(dOut) {
      const d = tape.dense(rows.rows, rows.columns);
      tape.recorder.call('gemm', {
        ...common,
        layout: 2,
        b: dOut.view,
        ldb: dOut.stride,
        c: d.view,
        ldc: d.stride,
        m: rows.rows,
        n: rows.columns,
        k: weights.rows,
      });
      return d;
    },
  };
}
