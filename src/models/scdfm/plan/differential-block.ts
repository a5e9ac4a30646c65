/**
 * @file A block of differential attention on a tape: the difference of two attention maps, an MLP, both gated by the condition.
 *
 * `self`: both queries from the modulated cell, both keys from the cell as it is. `control`: the second query and key come from the
 * control cell. Values are always the cell's. Source: methods/scdfm §1.7.
 */
import type { View } from '../../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import { recordLinear } from '../../tape/layers.ts';
import { recordModulated } from '../../tape/modulated-norm.ts';
import type { Tape } from '../../tape/tape.ts';
import { recordActivation } from './condition-layers.ts';
import { recordGraphMaps, type GraphLists, type RecordedMaps } from './graph-attention.ts';
import { firstLambda, LEARNT_EPSILON, MODULATED_EPSILON } from './pad-arrays.ts';

/** How rows form cells, and what of the network a block needs. */
export interface BlockShape {
  readonly cells: number;
  /** Tokens of a cell. */
  readonly tokens: number;
  readonly heads: number;
  /** Number of the layer, from 0. */
  readonly layer: number;
  readonly wiring: 'self' | 'control';
  /** What each gene sees; null: every gene. */
  readonly graph: GraphLists | null;
}

/** The parts of queries, keys and values, in the order of their columns; the second values have a place for gradients alone. */
const PARTS = ['q1', 'q2', 'k1', 'k2', 'v'] as const;
const COLUMNS = PARTS.length + 1;

/** A recorded attention: the mixed values, and what gives gradients to the cell (modulated), and to the reference. */
export interface RecordedAttention {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => { readonly dY: Matrix; readonly dReference: Matrix };
}

/** Differential attention of y with a reference: y itself before it was modulated, or the control stream. */
export function recordDifferentialAttention(
  tape: Tape,
  name: string,
  y: Matrix,
  reference: Matrix,
  shape: BlockShape,
): RecordedAttention {
  const { graph, heads, layer } = shape;
  const mixed =
    graph === null
      ? recordFullMaps(tape, name, y, reference, shape)
      : recordGraphMaps(tape, name, y, reference, shape, graph);
  const norm = recordHeadNorm(tape, `${name}.gain`, mixed.out, heads, 1 - firstLambda(layer));
  const last = recordLinear(tape, `${name}.out`, norm.out);
  return {
    out: last.out,
    backward: (dOut) => mixed.backward(norm.backward(last.backward(dOut))),
  };
}

/** (A₁ − λ A₂) V where every gene sees every gene, as the original has it. */
function recordFullMaps(
  tape: Tape,
  name: string,
  y: Matrix,
  reference: Matrix,
  { cells, tokens, heads, layer, wiring }: BlockShape,
): RecordedMaps {
  const { rows, columns: d } = y;
  const ofReference = wiring === 'self' ? ['k1', 'k2'] : ['q2', 'k2'];
  const sourceOf = (part: string): Matrix => (ofReference.includes(part) ? reference : y);
  const weight = (part: string): Matrix => tape.weight(`${name}.${part}.weight`);
  const projected = tape.dense(rows, COLUMNS * d);
  const columns = (whole: Matrix, at: number): Matrix => columnsOf(whole, at * d, d);
  PARTS.forEach((part, at) =>
    affine(tape.recorder, sourceOf(part), weight(part), columns(projected, at)),
  );
  const attention = {
    groups: cells,
    nq: tokens,
    nk: tokens,
    heads,
    width: d / heads,
    sideQ: COLUMNS * d,
    sideKv: COLUMNS * d,
    shared: 0,
  };
  const view = (at: number): View => columns(projected, at).view;
  const maps = [0, 1].map((m) => {
    const out = tape.dense(rows, d);
    const lse = tape.dense(rows, heads).view;
    const given = { q: view(m), k: view(2 + m), v: view(4), ...attention, out: out.view, lse };
    tape.recorder.call('attention', given);
    return { out, given };
  });
  const mixed = recordDifference(tape, `${name}.lambda`, maps[0].out, maps[1].out, layer);
  return {
    out: mixed.out,
    backward(dOut) {
      const { recorder } = tape;
      const gradients = mixed.backward(dOut);
      const d6 = tape.dense(rows, COLUMNS * d);
      maps.forEach(({ given }, m) =>
        recorder.call('attentionGradient', {
          ...given,
          dOut: gradients[m].view,
          dq: columns(d6, m).view,
          dk: columns(d6, 2 + m).view,
          dv: columns(d6, 4 + m).view,
        }),
      );
      const dY = tape.dense(rows, d);
      const dReference = tape.dense(rows, d);
      const begun = new Set<Matrix>();
      const add = (part: string, at: number): void => {
        const target = ofReference.includes(part) ? dReference : dY;
        const addend = begun.has(target) ? target.view : null;
        affineInputGradient(recorder, columns(d6, at), weight(part), target, { addend });
        begun.add(target);
      };
      PARTS.forEach((part, at) => {
        const dWeight = tape.gradient(`${name}.${part}.weight`);
        affineWeightGradient(recorder, sourceOf(part), columns(d6, at), dWeight);
        add(part, at);
      });
      add('v', 5);
      addWeightGradient(tape, y, columns(d6, 5), tape.gradient(`${name}.v.weight`));
      return { dY, dReference };
    },
  };
}

/** dWeight += xᵀ · dy. */
function addWeightGradient(tape: Tape, x: Matrix, dy: Matrix, dWeight: Matrix): void {
  const more = tape.dense(dWeight.rows, dWeight.columns);
  affineWeightGradient(tape.recorder, x, dy, more);
  const count = dWeight.rows * dWeight.columns;
  const view = dWeight.view;
  tape.recorder.call('addScaled', { x: view, y: more.view, out: view, count, c: 1 });
}

/** a − λ b, with λ from its four vectors. */
function recordDifference(tape: Tape, name: string, a: Matrix, b: Matrix, layer: number) {
  const { recorder } = tape;
  const { rows, columns } = a;
  const count = rows * columns;
  const vectors = tape.weight(name);
  const width = vectors.columns;
  const lambda = tape.dense(1, 1).view;
  const out = tape.dense(rows, columns);
  const base = firstLambda(layer);
  recorder.call('differentialWeight', { vectors: vectors.view, width, base, out: lambda });
  const times = { c: lambda, factor: -1, count };
  recorder.call('addTimes', { y: b.view, ...times, addend: a.view, out: out.view });
  return {
    out,
    backward(dOut: Matrix): [Matrix, Matrix] {
      const dB = tape.dense(rows, columns);
      recorder.call('addTimes', { y: dOut.view, ...times, out: dB.view });
      const blocks = Math.ceil(count / 1024);
      const partial = tape.pool.wide(blocks);
      const dWeight = tape.dense(1, 1).view;
      recorder.call('dotProduct', { x: dOut.view, y: b.view, count, partial });
      recorder.call('sumPartials', { partial, count: blocks, out: dWeight, scale: -1 });
      const dVectors = tape.gradient(name).view;
      recorder.call('differentialWeightGradient', { vectors: vectors.view, width, dWeight, dVectors }); // prettier-ignore
      return [dOut, dB];
    },
  };
}

/** RMS norm of every head with a gain that heads share, times a number. */
function recordHeadNorm(tape: Tape, name: string, x: Matrix, heads: number, scale: number) {
  const { recorder } = tape;
  const width = x.columns / heads;
  const rows = x.rows * heads;
  const gain = tape.weight(name);
  const own = tape.dense(1, width);
  const times = { base: scale, side: width, every: 1, groups: 1, rows: 1, columns: width };
  recorder.call('modulate', { x: gain.view, ...times, out: own.view });
  const out = tape.dense(x.rows, x.columns);
  const stats = tape.dense(rows, 2).view;
  const shape = { side: width, every: 1, groups: 1, rows, columns: width };
  const norm = { kind: 1, x: x.view, base: 0, ...shape };
  recorder.call('rowNorm', { ...norm, factor: own.view, y: out.view, stats, epsilon: LEARNT_EPSILON }); // prettier-ignore
  return {
    out,
    backward(dOut: Matrix): Matrix {
      const parts = 32;
      const sums = tape.dense(parts, width);
      recorder.call('rowNormFactorGradient', {
        x: x.view,
        stats,
        dy: dOut.view,
        dFactor: sums.view,
        ...shape,
        every: Math.ceil(rows / parts),
        groups: parts,
      });
      recorder.call('sumBlocks', {
        partial: sums.view,
        out: tape.gradient(name).view,
        blocks: parts,
        genes: width,
        scale,
      });
      const dx = tape.dense(x.rows, x.columns);
      recorder.call('rowNormGradient', { ...norm, stats, factor: own.view, dy: dOut.view, dx: dx.view }); // prettier-ignore
      return dx;
    },
  };
}

/** A recorded block; gradients of the condition's six vectors go to `dCondition`. */
export interface RecordedBlock {
  readonly out: Matrix;
  readonly backward: (
    dOut: Matrix,
    dCondition: Matrix,
  ) => { dY: Matrix; dReference: Matrix | null };
}

/**
 * y plus gated attention plus gated MLP.
 *
 * @param control the control stream; not read by the `self` wiring
 * @param condition six vectors of each cell from column `at` · width on: shift, factor and gate of the attention, then of the MLP
 */
export function recordDifferentialBlock(
  tape: Tape,
  name: string,
  y: Matrix,
  control: Matrix,
  condition: Matrix,
  at: number,
  shape: BlockShape,
): RecordedBlock {
  const { rows, columns: width } = y;
  const { cells, tokens, wiring } = shape;
  const groups = { side: condition.stride, every: tokens, groups: cells, columns: width };
  const vector = (m: Matrix, k: number): Matrix => columnsOf(m, (at + k) * width, width);
  const modulated = (x: Matrix, first: number) =>
    recordModulated(
      tape,
      x,
      groups,
      (m) => ({ factor: vector(m, first + 1).view, shift: vector(m, first).view }),
      MODULATED_EPSILON,
    );
  const gated = (x: Matrix, gate: number, addend: Matrix): Matrix => {
    const out = tape.dense(rows, width);
    const factor = vector(condition, gate).view;
    const shapes = { base: 0, rows, ...groups };
    tape.recorder.call('modulate', { x: x.view, factor, addend: addend.view, out: out.view, ...shapes }); // prettier-ignore
    return out;
  };
  const firstNorm = modulated(y, 0);
  const reference = wiring === 'self' ? y : control;
  const attention = recordDifferentialAttention(tape, name, firstNorm.out(condition), reference, shape); // prettier-ignore
  const middle = gated(attention.out, 2, y);
  const secondNorm = modulated(middle, 3);
  const first = recordLinear(tape, `${name}.mlp.0`, secondNorm.out(condition), { bias: true });
  const active = recordActivation(tape, 'geluTanh', first.out);
  const second = recordLinear(tape, `${name}.mlp.1`, active.out, { bias: true });
  const out = gated(second.out, 5, middle);
  const gateBackward = (dOut: Matrix, x: Matrix, gate: number, dCondition: Matrix): Matrix => {
    const sums = { x: dOut.view, y: x.view, out: vector(dCondition, gate).view, rows, ...groups };
    tape.recorder.call('groupSums', sums);
    const dx = tape.dense(rows, width);
    const factor = vector(condition, gate).view;
    tape.recorder.call('modulate', {
      x: dOut.view,
      factor,
      base: 0,
      out: dx.view,
      rows,
      ...groups,
    });
    return dx;
  };
  return {
    out,
    backward(dOut, dCondition) {
      const dSecond = gateBackward(dOut, second.out, 5, dCondition);
      const dNormed = first.backward(active.backward(second.backward(dSecond)));
      const dMiddle = secondNorm.backward(dNormed, dOut, condition, dCondition);
      const dAttention = gateBackward(dMiddle, attention.out, 2, dCondition);
      const { dY: dModulated, dReference } = attention.backward(dAttention);
      const dY = firstNorm.backward(dModulated, dMiddle, condition, dCondition);
      if (wiring === 'control') return { dY, dReference };
      const count = rows * width;
      tape.recorder.call('addScaled', {
        x: dY.view,
        y: dReference.view,
        out: dY.view,
        count,
        c: 1,
      });
      return { dY, dReference: null };
    },
  };
}

/** Rows of cells as one row each. */
export function perCell(x: Matrix, cells: number): Matrix {
  return matrix(x.view, cells, (x.rows / cells) * x.columns);
}
