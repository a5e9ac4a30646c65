/** @file Layers of both networks on a tape: norms, linear maps, gated layers, self-attention; each with its backward pass. */
import { part } from '../../engine/compute-device.ts';
import type { View } from '../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  biasGradient,
  columnsOf,
  type Matrix,
} from '../../engine/plan/layers.ts';
import type { ArraySpec } from '../../engine/plan/parameter-arena.ts';
import type { Tape } from './tape.ts';

/** ε of every layer norm. */
export const EPSILON = 1e-8;

/** Rows that one partial sum of a norm's gradients takes at least. */
const PART_ROWS = 64;
const MOST_PARTS = 64;

/** A recorded layer: its result, and what records the gradients of its weights and input. */
export interface Layer {
  readonly out: Matrix;
  /** @param addend added to the input's gradient */
  readonly backward: (dOut: Matrix, addend?: Matrix | null) => Matrix;
}

/** A layer norm without gain and shift. */
export function recordPlainNorm(tape: Tape, x: Matrix): Layer {
  return recordNorm(tape, null, x);
}

/** A layer norm with the arrays `<name>.gain` and `<name>.shift`, or without any. */
export function recordNorm(tape: Tape, name: string | null, x: Matrix, epsilon = EPSILON): Layer {
  const { rows, columns } = x;
  const out = tape.dense(rows, columns);
  const stats = tape.dense(rows, 2).view;
  const factor = name === null ? null : tape.weight(`${name}.gain`).view;
  const shift = name === null ? null : tape.weight(`${name}.shift`).view;
  const base = name === null ? 1 : 0;
  const shape = { side: columns, every: 1, groups: 1, rows, columns };
  const norm = { kind: 0, x: x.view, base, ...shape };
  tape.recorder.call('rowNorm', { ...norm, factor, shift, y: out.view, stats, epsilon });
  return {
    out,
    backward(dOut, addend = null) {
      if (name !== null) recordNormWeights(tape, name, x, stats, dOut);
      const dx = tape.dense(rows, columns);
      tape.recorder.call('rowNormGradient', {
        ...norm,
        stats,
        factor,
        dy: dOut.view,
        addend: addend?.view ?? null,
        dx: dx.view,
      });
      return dx;
    },
  };
}

/** Gradients of gain and shift. */
function recordNormWeights(tape: Tape, name: string, x: Matrix, stats: View, dy: Matrix): void {
  const { rows, columns } = x;
  const parts = Math.max(1, Math.min(MOST_PARTS, Math.floor(rows / PART_ROWS)));
  const every = Math.ceil(rows / parts);
  const sums = [tape.gradient(`${name}.gain`), tape.gradient(`${name}.shift`)];
  const partial = sums.map((sum) => (parts === 1 ? sum : tape.dense(parts, columns)));
  tape.recorder.call('rowNormFactorGradient', {
    x: x.view,
    stats,
    dy: dy.view,
    dFactor: partial[0].view,
    dShift: partial[1].view,
    side: columns,
    every,
    groups: parts,
    rows,
    columns,
  });
  if (parts > 1) partial.forEach((p, i) => recordSum(tape, p, sums[i].view));
}

/** Sum of the rows of a small matrix. */
export function recordSum(tape: Tape, partial: Matrix, out: View): void {
  tape.recorder.call('sumBlocks', {
    partial: partial.view,
    out,
    blocks: partial.rows,
    genes: partial.columns,
    scale: 1,
  });
}

/** How a linear map is finished. */
export interface LinearOptions {
  /** It has a bias. */
  readonly bias?: boolean;
  readonly addend?: Matrix | null;
  /** Row of the addend that goes to each row. */
  readonly rows?: View | null;
  /** Where the result goes; else working memory. */
  readonly out?: Matrix;
}

/** x · `<name>.weight` (+ `<name>.bias`) (+ addend). */
export function recordLinear(
  tape: Tape,
  name: string,
  x: Matrix,
  { bias = false, addend = null, rows = null, out: given }: LinearOptions = {},
): Layer {
  const weight = tape.weight(`${name}.weight`);
  const out = given ?? tape.dense(x.rows, weight.columns);
  affine(tape.recorder, x, weight, out, {
    bias: bias ? tape.weight(`${name}.bias`).view : null,
    addend: addend?.view ?? null,
    side: addend?.stride ?? out.stride,
    rows,
  });
  return {
    out,
    backward(dOut, dAddend = null) {
      affineWeightGradient(tape.recorder, x, dOut, tape.gradient(`${name}.weight`));
      if (bias) biasGradient(tape.recorder, dOut, tape.gradient(`${name}.bias`).view);
      const dx = tape.dense(x.rows, x.columns);
      affineInputGradient(tape.recorder, dOut, weight, dx, { addend: dAddend?.view ?? null });
      return dx;
    },
  };
}

/** SiLU(x A) ∘ (x B) of the two halves of `<name>.weight` [in, 2 gated]. */
export function recordGate(tape: Tape, name: string, x: Matrix): Layer {
  const both = recordLinear(tape, name, x);
  const { rows, columns } = both.out;
  const width = columns / 2;
  const out = tape.dense(rows, width);
  const halves = { a: both.out.view, b: columnsOf(both.out, width, width).view };
  tape.recorder.call('swiglu', { ...halves, side: columns, y: out.view, rows, width });
  return {
    out,
    backward(dOut, addend = null) {
      const d = tape.dense(rows, columns);
      tape.recorder.call('swigluGradient', {
        ...halves,
        side: columns,
        dy: dOut.view,
        da: d.view,
        db: columnsOf(d, width, width).view,
        sideOut: columns,
        rows,
        width,
      });
      return both.backward(d, addend);
    },
  };
}

/** Gate and linear map: the gated layer without its norm and residual. */
export function recordGatedLayer(
  tape: Tape,
  name: string,
  x: Matrix,
  addend: Matrix | null,
): Layer {
  const gate = recordGate(tape, `${name}.in`, x);
  const last = recordLinear(tape, `${name}.out`, gate.out, { addend });
  return { out: last.out, backward: (dOut) => gate.backward(last.backward(dOut)) };
}

/** How rows form cells, and how many heads attend. */
export interface Tokens {
  readonly cells: number;
  readonly tokens: number;
  readonly heads: number;
}

/** Self-attention within cells, without norm; `bias` of both linear maps. */
export function recordSelfAttention(
  tape: Tape,
  name: string,
  x: Matrix,
  { cells, tokens, heads }: Tokens,
  { bias = false, addend = null }: LinearOptions = {},
): Layer {
  const width = x.columns;
  const qkv = recordLinear(tape, `${name}.qkv`, x, { bias });
  const mixed = tape.dense(x.rows, width);
  const lse = tape.dense(x.rows, heads).view;
  const three = (m: Matrix): { q: View; k: View; v: View } => ({
    q: m.view,
    k: columnsOf(m, width, width).view,
    v: columnsOf(m, 2 * width, width).view,
  });
  const shape = {
    groups: cells,
    nq: tokens,
    nk: tokens,
    heads,
    width: width / heads,
    sideQ: 3 * width,
    sideKv: 3 * width,
    shared: 0,
  };
  const given = { ...three(qkv.out), ...shape, out: mixed.view, lse };
  tape.recorder.call('attention', given);
  const last = recordLinear(tape, `${name}.out`, mixed, { bias, addend });
  return {
    out: last.out,
    backward(dOut, dAddend = null) {
      const dMixed = last.backward(dOut);
      const d = tape.dense(x.rows, 3 * width);
      const { q: dq, k: dk, v: dv } = three(d);
      tape.recorder.call('attentionGradient', { ...given, dOut: dMixed.view, dq, dk, dv });
      return qkv.backward(d, dAddend);
    },
  };
}

/** x + gated layer of its norm. */
export function recordGatedBlock(tape: Tape, name: string, x: Matrix): Layer {
  const norm = recordNorm(tape, `${name}.norm`, x);
  const layer = recordGatedLayer(tape, name, norm.out, x);
  return { out: layer.out, backward: (dOut) => norm.backward(layer.backward(dOut), dOut) };
}

/** A pre-norm block: x + self-attention of its norm, then the gated block. */
export function recordBlock(tape: Tape, name: string, x: Matrix, tokens: Tokens): Layer {
  const norm = recordNorm(tape, `${name}.attention.norm`, x);
  const attention = recordSelfAttention(tape, `${name}.attention`, norm.out, tokens, { addend: x });
  const gated = recordGatedBlock(tape, `${name}.gated`, attention.out);
  return {
    out: gated.out,
    backward(dOut) {
      const d = gated.backward(dOut);
      return norm.backward(attention.backward(d), d);
    },
  };
}

/** Several blocks, one after the other. */
export function recordBlocks(
  tape: Tape,
  name: string,
  x: Matrix,
  count: number,
  tokens: Tokens,
): Layer {
  const blocks: Layer[] = [];
  let out = x;
  for (let i = 0; i < count; i++) {
    blocks.push(recordBlock(tape, `${name}.${i}`, out, tokens));
    out = blocks[i].out;
  }
  return { out, backward: (dOut) => blocks.reduceRight((d, block) => block.backward(d), dOut) };
}

/** out += x, entry by entry; both without gaps. */
export function recordAdd(tape: Tape, out: Matrix, x: Matrix): void {
  const count = x.rows * x.columns;
  const view = part(out.view, 0, count);
  tape.recorder.call('addScaled', { x: view, y: x.view, out: view, count, c: 1 });
}

/** Gain and shift of a norm. */
export function normSpecs(name: string, width: number): ArraySpec[] {
  return ['gain', 'shift'].map((part) => ({ name: `${name}.${part}`, shape: [width] }));
}

/** The two maps of a gated layer. */
export function gatedSpecs(name: string, width: number, gated: number): ArraySpec[] {
  return [
    { name: `${name}.in.weight`, shape: [width, 2 * gated] },
    { name: `${name}.out.weight`, shape: [gated, width] },
  ];
}

/** Arrays of one pre-norm block. */
export function blockSpecs(name: string, width: number, gated: number): ArraySpec[] {
  return [
    ...normSpecs(`${name}.attention.norm`, width),
    { name: `${name}.attention.qkv.weight`, shape: [width, 3 * width] },
    { name: `${name}.attention.out.weight`, shape: [width, width] },
    ...normSpecs(`${name}.gated.norm`, width),
    ...gatedSpecs(`${name}.gated`, width, gated),
  ];
}
