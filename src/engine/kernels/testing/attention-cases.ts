/** @file Cases of attention: even, ragged, shared and biased keys, lists of keys, differential weight; gradients by finite differences. */
import {
  attentionReference,
  differentialWeightReference,
  type AttentionShape,
} from '../references-attention.ts';
import type { View } from '../list.ts';
import { normals, once, slopes, type KernelCase } from './kernel-bench.ts';

interface DenseShape {
  readonly groups: number;
  readonly nq: number;
  readonly heads: number;
  readonly width: number;
  /** Keys of each group, or their number where it is the same. */
  readonly keys: number | readonly number[];
  readonly shared?: boolean;
  readonly biased?: boolean;
  /** Numbers between rows of q, and of k and v, that belong to nobody. */
  readonly gap?: number;
}

const DENSE: readonly DenseShape[] = [
  { groups: 1, nq: 1, heads: 1, width: 1, keys: 1 },
  { groups: 3, nq: 3, heads: 1, width: 3, keys: 5, gap: 2 },
  { groups: 2, nq: 65, heads: 2, width: 16, keys: 63 },
  { groups: 3, nq: 7, heads: 4, width: 8, keys: [65, 0, 3], gap: 5 },
  { groups: 4, nq: 9, heads: 1, width: 63, keys: [1, 13, 300, 2], shared: true, biased: true },
  { groups: 2, nq: 130, heads: 3, width: 5, keys: 3, shared: true, gap: 1 },
  { groups: 1, nq: 40, heads: 1, width: 65, keys: 520 },
];

/** Rows [rows, columns] with a gap after each. */
function widen(values: ArrayLike<number>, columns: number, gap: number): Float32Array {
  const side = columns + gap;
  const out = new Float32Array((values.length / columns) * side).fill(-7777);
  for (let i = 0; i < values.length; i++)
    out[Math.floor(i / columns) * side + (i % columns)] = values[i];
  return out;
}

/** The opposite; gaps that were written to become NaN in the result. */
function narrow(values: Float32Array, columns: number, gap: number): Float32Array {
  const side = columns + gap;
  const spoilt = values.some((v, i) => i % side >= columns && v !== -7777);
  return values.filter((_, i) => i % side < columns).map((v) => (spoilt ? NaN : v));
}

function prepareDense({
  groups,
  nq,
  heads,
  width,
  keys,
  shared = false,
  biased = false,
}: DenseShape) {
  const columns = heads * width;
  const lengths = typeof keys === 'number' ? new Array<number>(groups).fill(keys) : keys;
  const starts = Uint32Array.from([0, ...lengths], (_, i) =>
    lengths.slice(0, i).reduce((a, b) => a + b, 0),
  );
  const rows = starts[groups];
  const q = normals((shared ? nq : groups * nq) * columns, 41, 2);
  const [k, v] = [normals(rows * columns, 42, 2), normals(rows * columns, 43)];
  const bias = biased ? normals(rows, 44) : undefined;
  const dOut = normals(groups * nq * columns, 45);
  const keysOf = (group: number): number[] =>
    Array.from({ length: lengths[group] }, (_, j) => starts[group] + j);
  const shape: AttentionShape = { groups, nq, heads, width, keysOf, shared, ...(bias && { bias }) };
  const value = (...all: ArrayLike<number>[]) =>
    attentionReference(all[0], all[1], all[2], shape).out;
  const expected = attentionReference(q, k, v, shape);
  return {
    q,
    k,
    v,
    bias,
    dOut,
    starts,
    rows,
    columns,
    expected,
    gradients: slopes(value, dOut, [q, k, v], 15),
  };
}

function denseCase(shape: DenseShape): KernelCase {
  const { groups, nq, heads, width, keys, shared = false, gap = 0 } = shape;
  const known = once(() => prepareDense(shape));
  const run: KernelCase['run'] = async (bench) => {
    const x = known();
    const columns = heads * width;
    const side = columns + gap;
    const put = (values: Float32Array): View => bench.put(widen(values, columns, gap));
    const [q, k, v] = [put(x.q), put(x.k), put(x.v)];
    const bias = x.bias === undefined ? null : bench.put(x.bias);
    const starts = typeof keys === 'number' ? null : bench.words(x.starts);
    const rows = groups * nq;
    const [out, alone, lse] = [
      bench.blank(rows * columns),
      bench.blank(rows * columns),
      bench.blank(rows * heads),
    ];
    const nk = typeof keys === 'number' ? keys : Math.max(...keys);
    const sizes = {
      groups,
      nq,
      nk,
      heads,
      width,
      sideQ: side,
      sideKv: side,
      shared: shared ? 1 : 0,
    };
    bench.call('attention', { q, k, v, bias, starts, out, lse, ...sizes });
    bench.call('attention', { q, k, v, bias, starts, out: alone, ...sizes });
    const [dq, dk, dv] = [rows, x.rows, x.rows].map((n) => bench.blank(n * side));
    const dOut = bench.put(x.dOut);
    bench.call('attentionGradient', {
      q,
      k,
      v,
      bias,
      starts,
      out,
      lse,
      dOut,
      dq,
      dk,
      dv,
      ...sizes,
    });
    let queries = await bench.read(dq);
    if (shared) {
      const sums = bench.blank(nq * side);
      const all = { side, every: 1, groups: nq, rows, columns: side };
      bench.call('groupSums', { x: dq, out: sums, ...all });
      const summed = await bench.read(sums);
      const spoilt = narrow(queries, columns, gap).some(Number.isNaN);
      queries = summed.map((value, i) => (i % side < columns ? value : spoilt ? NaN : -7777));
    }
    const thin = async (view: View): Promise<Float32Array> =>
      narrow(await bench.read(view), columns, gap);
    return [
      { name: 'out', values: await bench.read(out), expected: x.expected.out, share: 3e-6 },
      { name: 'out alone', values: await bench.read(alone), expected: x.expected.out, share: 3e-6 },
      { name: 'lse', values: await bench.read(lse), expected: x.expected.lse, share: 3e-6 },
      { name: 'dq', values: narrow(queries, columns, gap), expected: x.gradients[0], share: 2e-5 },
      { name: 'dk', values: await thin(dk), expected: x.gradients[1], share: 2e-5 },
      { name: 'dv', values: await thin(dv), expected: x.gradients[2], share: 2e-5 },
    ];
  };
  const lengths = typeof keys === 'number' ? String(keys) : keys.join('/');
  const extras = `${shared ? ', shared' : ''}${shape.biased === true ? ', biased' : ''}${gap > 0 ? ', strided' : ''}`;
  const name = `attention: ${groups} groups, ${nq} queries, ${lengths} keys, ${heads} heads of ${width}${extras}`;
  return { name, kernels: ['attention', 'attentionGradient'], run };
}

/** Lists of keys of each query: itself and some others, none for the last query where `empty`. */
function someLists(nq: number, nk: number, empty: boolean): number[][] {
  return Array.from({ length: nq }, (_, i) => {
    if (empty && i === nq - 1) return [];
    const all = [i, 3 * i + 1, 7 * i + 2, 0].map((j) => j % nk);
    return [...new Set(i === 0 ? Array.from({ length: nk }, (_x, j) => j) : all)].sort(
      (a, b) => a - b,
    );
  });
}

/** The queries of each key. */
function turn(lists: readonly number[][], nk: number): number[][] {
  return Array.from({ length: nk }, (_, j) =>
    lists.flatMap((list, i) => (list.includes(j) ? [i] : [])),
  );
}

function packLists(lists: readonly number[][]): { starts: number[]; keys: number[] } {
  const starts = [0];
  for (const list of lists) starts.push(starts[starts.length - 1] + list.length);
  return { starts, keys: lists.flat() };
}

function sparseCase(
  groups: number,
  nq: number,
  nk: number,
  heads: number,
  width: number,
): KernelCase {
  const columns = heads * width;
  const known = once(() => {
    const lists = someLists(nq, nk, nq > 2);
    const q = normals(groups * nq * columns, 46, 2);
    const [k, v] = [normals(groups * nk * columns, 47, 2), normals(groups * nk * columns, 48)];
    const dOut = normals(groups * nq * columns, 49);
    const keysOf = (group: number, query: number): number[] =>
      lists[query].map((j) => group * nk + j);
    const shape: AttentionShape = { groups, nq, heads, width, keysOf };
    const value = (...all: ArrayLike<number>[]) =>
      attentionReference(all[0], all[1], all[2], shape).out;
    const expected = attentionReference(q, k, v, shape);
    return { lists, q, k, v, dOut, expected, gradients: slopes(value, dOut, [q, k, v], 15) };
  });
  const run: KernelCase['run'] = async (bench) => {
    const x = known();
    const [q, k, v, dOut] = [x.q, x.k, x.v, x.dOut].map((values) => bench.put(values));
    const lists = (all: readonly number[][]) => {
      const { starts, keys } = packLists(all);
      return { starts: bench.words(starts), keys: bench.words(keys) };
    };
    const sizes = { groups, nq, nk, heads, width, sideQ: columns, sideKv: columns };
    const [out, lse] = [bench.blank(groups * nq * columns), bench.blank(groups * nq * heads)];
    const forward = lists(x.lists);
    bench.call('sparseAttention', { q, k, v, ...forward, out, lse, ...sizes });
    const [dq, dk, dv] = [nq, nk, nk].map((n) => bench.blank(groups * n * columns));
    const shared = { q, k, v, out, lse, dOut, ...sizes };
    bench.call('sparseAttentionGradient', { ...shared, ...forward, dq });
    bench.call('sparseAttentionGradient', { ...shared, ...lists(turn(x.lists, nk)), dk, dv });
    return [
      { name: 'out', values: await bench.read(out), expected: x.expected.out, share: 2e-6 },
      { name: 'lse', values: await bench.read(lse), expected: x.expected.lse, share: 2e-6 },
      { name: 'dq', values: await bench.read(dq), expected: x.gradients[0], share: 1e-5 },
      { name: 'dk', values: await bench.read(dk), expected: x.gradients[1], share: 1e-5 },
      { name: 'dv', values: await bench.read(dv), expected: x.gradients[2], share: 1e-5 },
    ];
  };
  const name = `attention over lists: ${groups} groups, ${nq} queries, ${nk} keys, ${heads} heads of ${width}`;
  return { name, kernels: ['sparseAttention', 'sparseAttentionGradient'], run };
}

function weightCase(width: number): KernelCase {
  const known = once(() => {
    const vectors = normals(4 * width, 50, 0.5);
    const value = (v: ArrayLike<number>): number[] => [differentialWeightReference(v, 0.2)];
    return { vectors, weight: value(vectors), slopes: slopes(value, [-1.5], [vectors])[0] };
  });
  const run: KernelCase['run'] = async (bench) => {
    const x = known();
    const vectors = bench.put(x.vectors);
    const [out, dVectors] = [bench.blank(1), bench.blank(4 * width)];
    bench.call('differentialWeight', { vectors, width, base: 0.2, out });
    bench.call('differentialWeightGradient', {
      vectors,
      width,
      dWeight: bench.put([-1.5]),
      dVectors,
    });
    return [
      { name: 'λ', values: await bench.read(out), expected: x.weight, share: 1e-6 },
      { name: 'dVectors', values: await bench.read(dVectors), expected: x.slopes, share: 1e-6 },
    ];
  };
  return {
    name: `differential weight of vectors of ${width}`,
    kernels: ['differentialWeight', 'differentialWeightGradient'],
    run,
  };
}

/** Everything in this file. */
export const ATTENTION_CASES: readonly KernelCase[] = [
  ...DENSE.map(denseCase),
  sparseCase(1, 1, 1, 1, 1),
  sparseCase(2, 9, 5, 2, 3),
  sparseCase(1, 65, 63, 4, 8),
  weightCase(1),
  weightCase(63),
];
