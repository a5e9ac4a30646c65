/**
 * @file Differential attention over the gene graph on a tape: a gene sees its neighbours alone, in both maps.
 *
 * What is made of one source is made in one product: values, first queries and one more part of the cell; two parts of the reference.
 * Source: methods/scdfm §4.2.
 */
import type { View } from '../../../engine/kernels/list.ts';
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  columnsOf,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import type { Tape } from '../../tape/tape.ts';
import type { BlockShape } from './differential-block.ts';
import { firstLambda } from './pad-arrays.ts';

/** Genes that each gene sees, as lists on the device; the relation is symmetric. */
export interface GraphLists {
  readonly starts: View;
  readonly keys: View;
}

/** Both maps applied to the values, [rows, width], and what gives gradients to the modulated cell and to the reference. */
export interface RecordedMaps {
  readonly out: Matrix;
  readonly backward: (dOut: Matrix) => { readonly dY: Matrix; readonly dReference: Matrix };
}

/** Lists of `seen` for the first `tokens` tokens among themselves. */
export function graphLists(
  tape: Tape,
  seen: readonly (readonly number[])[],
  tokens: number,
): GraphLists {
  const lists = seen.slice(0, tokens).map((own) => own.filter((other) => other < tokens));
  const starts = new Uint32Array(tokens + 1);
  lists.forEach((own, i) => (starts[i + 1] = starts[i] + own.length));
  return { starts: tape.pool.words(starts), keys: tape.pool.words(lists.flat()) };
}

/** Numbers between rows of all parts: rows a power of 2 apart would crowd a few sets of the cache. */
const GAP = 16;

/** Parts that are made of one source, side by side. */
interface Joined {
  readonly source: Matrix;
  readonly parts: readonly string[];
  /** First column of the parts, in units of the width. */
  readonly at: number;
  readonly weight: Matrix;
}

/** (A₁ − λ A₂) V of y with a reference: y itself before it was modulated, or the control stream. */
export function recordGraphMaps(
  tape: Tape,
  name: string,
  y: Matrix,
  reference: Matrix,
  { cells, tokens, heads, layer, wiring }: BlockShape,
  lists: GraphLists,
): RecordedMaps {
  const { recorder } = tape;
  const { rows, columns: d } = y;
  const side = 5 * d + GAP;
  const projected = tape.dense(rows, side);
  const isOwn = wiring === 'self';
  const joined = [
    join(tape, name, y, ['v', 'q1', isOwn ? 'q2' : 'k1'], 0),
    join(tape, name, reference, [isOwn ? 'k1' : 'q2', 'k2'], 3),
  ];
  const columns = (whole: Matrix, { at, parts }: Joined): Matrix =>
    columnsOf(whole, at * d, parts.length * d);
  for (const own of joined) affine(recorder, own.source, own.weight, columns(projected, own));
  const vectors = tape.weight(`${name}.lambda`);
  const weight = tape.dense(1, 1).view;
  const lambda = { vectors: vectors.view, width: vectors.columns };
  recorder.call('differentialWeight', { ...lambda, base: firstLambda(layer), out: weight });
  const out = tape.dense(rows, d);
  const lse = tape.dense(rows, 2 * heads).view;
  const given = {
    x: projected.view,
    ...lists,
    weight,
    groups: cells,
    tokens,
    heads,
    width: d / heads,
    side,
    crossed: isOwn ? 0 : 1,
  };
  recorder.call('differentialAttention', { ...given, out: out.view, lse });
  return {
    out,
    backward(dOut) {
      const dx = tape.dense(rows, side);
      const means = tape.dense(rows, 2 * heads);
      const back = { dOut: dOut.view, dx: dx.view, means: means.view };
      recorder.call('differentialAttentionGradient', { ...given, lse, ...back });
      const dWeight = recordWeightSlope(tape, means);
      const dVectors = tape.gradient(`${name}.lambda`).view;
      recorder.call('differentialWeightGradient', { ...lambda, dWeight, dVectors });
      const [dY, dReference] = joined.map((own) => {
        const dOwn = columns(dx, own);
        split(tape, name, own, dOwn);
        const dSource = tape.dense(rows, d);
        affineInputGradient(recorder, dOwn, own.weight, dSource);
        return dSource;
      });
      return { dY, dReference };
    },
  };
}

/** The weights of some parts side by side. */
function join(
  tape: Tape,
  name: string,
  source: Matrix,
  parts: readonly string[],
  at: number,
): Joined {
  const d = source.columns;
  const weight = tape.dense(d, parts.length * d);
  parts.forEach((part, k) =>
    tape.recorder.call('copyColumns', {
      from: tape.weight(`${name}.${part}.weight`).view,
      sideFrom: d,
      to: columnsOf(weight, k * d, d).view,
      sideTo: weight.stride,
      rows: d,
      columns: d,
    }),
  );
  return { source, parts, at, weight };
}

/** Gradients of the weights of some parts, each to its place. */
function split(tape: Tape, name: string, { source, parts, weight }: Joined, dOwn: Matrix): void {
  const d = source.columns;
  const dWeight = tape.dense(weight.rows, weight.columns);
  affineWeightGradient(tape.recorder, source, dOwn, dWeight);
  parts.forEach((part, k) =>
    tape.recorder.call('copyColumns', {
      from: columnsOf(dWeight, k * d, d).view,
      sideFrom: dWeight.stride,
      to: tape.gradient(`${name}.${part}.weight`).view,
      sideTo: d,
      rows: d,
      columns: d,
    }),
  );
}

/** −Σ of the second of every two means: the gradient of λ. */
function recordWeightSlope(tape: Tape, means: Matrix): View {
  const { recorder } = tape;
  const { rows, columns } = means;
  const sums = tape.dense(1, columns).view;
  const shape = { stride: columns, rows, columns };
  recorder.call('columnSums', { x: means.view, sums, copy: null, ...shape });
  const seconds = tape.pool.fixed(columns);
  tape.device.write(
    seconds,
    Array.from({ length: columns }, (_, k) => k % 2),
  );
  const partial = tape.pool.wide(1);
  const out = tape.dense(1, 1).view;
  recorder.call('dotProduct', { x: sums, y: seconds, count: columns, partial });
  recorder.call('sumPartials', { partial, count: 1, out, scale: -1 });
  return out;
}
