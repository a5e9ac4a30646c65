/** @file Differential attention put together from kernels: RMS norm of (A₁ − λ A₂) V, its value and all its gradients. */
import {
  attentionReference,
  differentialWeightReference,
  type AttentionShape,
} from '../references-attention.ts';
import { modulateReference, normaliseRows } from '../references-rows.ts';
import type { View } from '../list.ts';
import { normals, once, slopes, type KernelBench, type KernelCase } from './kernel-bench.ts';

const [GROUPS, TOKENS, HEADS, WIDTH] = [2, 9, 3, 5] as const;
const SIDE = HEADS * WIDTH;
const ROWS = GROUPS * TOKENS;
const BASE = 0.2;
const EPSILON = 1e-5;

const SHAPE: AttentionShape = {
  groups: GROUPS,
  nq: TOKENS,
  heads: HEADS,
  width: WIDTH,
  keysOf: (group) => Array.from({ length: TOKENS }, (_, j) => group * TOKENS + j),
};

/** q₁, k₁, q₂, k₂, v, the vectors of λ and the gain of the norm. */
type Inputs = readonly ArrayLike<number>[];

function reference([q1, k1, q2, k2, v, vectors, gain]: Inputs): Float64Array {
  const first = attentionReference(q1, k1, v, SHAPE).out;
  const second = attentionReference(q2, k2, v, SHAPE).out;
  const weight = differentialWeightReference(vectors, BASE);
  const mixed = first.map((value, i) => value - weight * second[i]);
  const normed = normaliseRows(mixed, WIDTH, 'rms', EPSILON).out;
  return modulateReference(normed, WIDTH, { base: 0, factor: gain, every: 1, groups: 1 });
}

const known = once(() => {
  const inputs = [61, 62, 63, 64, 65].map((seed) => normals(ROWS * SIDE, seed));
  inputs.push(normals(4 * WIDTH, 66, 0.3), normals(WIDTH, 67));
  const dOut = normals(ROWS * SIDE, 68);
  const gradients = slopes((...all) => reference(all), dOut, inputs, 20);
  return { inputs, dOut, out: reference(inputs), gradients };
});

const SIZES = {
  groups: GROUPS,
  nq: TOKENS,
  nk: TOKENS,
  heads: HEADS,
  width: WIDTH,
  sideQ: SIDE,
  sideKv: SIDE,
  shared: 0,
};
const NORM = {
  kind: 1,
  base: 0,
  side: WIDTH,
  every: 1,
  groups: 1,
  rows: ROWS * HEADS,
  columns: WIDTH,
};
const COUNT = ROWS * SIDE;

/** What a forward pass leaves for the backward. */
interface Kept {
  readonly inputs: readonly View[];
  readonly outs: readonly View[];
  readonly lses: readonly View[];
  readonly weight: View;
  readonly mixed: View;
  readonly stats: View;
}

function forward(bench: KernelBench, inputs: readonly View[], y: View): Kept {
  const [q1, k1, q2, k2, v, vectors, factor] = inputs;
  const outs = [bench.blank(COUNT), bench.blank(COUNT)];
  const lses = [bench.blank(ROWS * HEADS), bench.blank(ROWS * HEADS)];
  bench.call('attention', { q: q1, k: k1, v, out: outs[0], lse: lses[0], ...SIZES });
  bench.call('attention', { q: q2, k: k2, v, out: outs[1], lse: lses[1], ...SIZES });
  const weight = bench.blank(1);
  bench.call('differentialWeight', { vectors, width: WIDTH, base: BASE, out: weight });
  const mixed = bench.blank(COUNT);
  const mix = { y: outs[1], c: weight, factor: -1, addend: outs[0] };
  bench.call('addTimes', { ...mix, out: mixed, count: COUNT });
  const stats = bench.blank(2 * NORM.rows);
  bench.call('rowNorm', { ...NORM, x: mixed, factor, y, stats, epsilon: EPSILON });
  return { inputs, outs, lses, weight, mixed, stats };
}

/** Gradients of the inputs, in their order. */
function backward(bench: KernelBench, kept: Kept, dOut: View): View[] {
  const { outs, lses, weight, mixed, stats } = kept;
  const [q1, k1, q2, k2, v, vectors, factor] = kept.inputs;
  const [dMixed, dSecond] = [bench.blank(COUNT), bench.blank(COUNT)];
  bench.call('rowNormGradient', { ...NORM, x: mixed, stats, factor, dy: dOut, dx: dMixed });
  const dGain = bench.blank(WIDTH);
  const { side, rows, columns } = NORM;
  const whole = { side, every: rows, groups: 1, rows, columns };
  bench.call('rowNormFactorGradient', { x: mixed, stats, dy: dOut, dFactor: dGain, ...whole });
  bench.call('addTimes', { y: dMixed, c: weight, factor: -1, out: dSecond, count: COUNT });
  const blocks = Math.ceil(COUNT / 1024);
  const [partial, dWeight] = [bench.wide(blocks), bench.blank(1)];
  bench.call('dotProduct', { x: dMixed, y: outs[1], count: COUNT, partial });
  bench.call('sumPartials', { partial, count: blocks, out: dWeight, scale: -1 });
  const dVectors = bench.blank(4 * WIDTH);
  bench.call('differentialWeightGradient', { vectors, width: WIDTH, dWeight, dVectors });
  const half = (q: View, k: View, i: 0 | 1, own: View): View[] => {
    const [dq, dk, dv] = [1, 2, 3].map(() => bench.blank(COUNT));
    const from = { q, k, v, out: outs[i], lse: lses[i], dOut: own };
    bench.call('attentionGradient', { ...from, dq, dk, dv, ...SIZES });
    return [dq, dk, dv];
  };
  const [dq1, dk1, dv1] = half(q1, k1, 0, dMixed);
  const [dq2, dk2, dv2] = half(q2, k2, 1, dSecond);
  const dv = bench.blank(COUNT + 4);
  bench.call('addScaled', { x: dv1, y: dv2, out: dv, count: COUNT, c: 1 });
  return [dq1, dk1, dq2, dk2, { ...dv, bytes: 4 * COUNT }, dVectors, dGain];
}

/** One case. */
export const DIFFERENTIAL_CASES: readonly KernelCase[] = [
  {
    name: `differential attention: ${GROUPS} groups, ${TOKENS} tokens, ${HEADS} heads of ${WIDTH}`,
    kernels: ['attention', 'attentionGradient', 'differentialWeight', 'addTimes', 'rowNorm'],
    run: async (bench) => {
      const x = known();
      const inputs = x.inputs.map((values) => bench.put(values));
      const y = bench.blank(COUNT);
      const kept = forward(bench, inputs, y);
      const gradients = backward(bench, kept, bench.put(x.dOut));
      const names = ['dq₁', 'dk₁', 'dq₂', 'dk₂', 'dv', 'dVectors', 'dGain'];
      const outcomes = names.map(async (name, i) => {
        const values = await bench.read(gradients[i]);
        return { name, values, expected: x.gradients[i], share: 3e-5 };
      });
      const out = { name: 'y', values: await bench.read(y), expected: x.out, share: 5e-6 };
      return [out, ...(await Promise.all(outcomes))];
    },
  },
];
