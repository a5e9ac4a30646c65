/** @file Cases of differential attention over a graph: values and gradients against plain loops in float64. */
import { attentionReference, type AttentionShape } from '../references-attention.ts';
import { normals, once, slopes, type KernelBench, type KernelCase } from './kernel-bench.ts';

/** A symmetric relation of `tokens` tokens: neighbours at some distances, the first token with every `far`-th one, the last alone. */
function someGraph(tokens: number, far: number): number[][] {
  const seen = Array.from({ length: tokens }, (_, i) => new Set([i]));
  const join = (a: number, b: number): void => {
    seen[a].add(b);
    seen[b].add(a);
  };
  for (let i = 0; i + 1 < tokens - 1; i++) join(i, i + 1);
  for (let i = 0; i < tokens - 1; i += far) join(0, i);
  return seen.map((own) => [...own].sort((a, b) => a - b));
}

interface Sizes {
  readonly groups: number;
  readonly tokens: number;
  readonly heads: number;
  readonly width: number;
  readonly crossed: 0 | 1;
  readonly far: number;
  /** Numbers between the rows of x. */
  readonly gap?: number;
}

const LAMBDA = 0.35;

/** Parts of a row in the order of v, q₁, q₂, k₁, k₂, each [rows, heads · width]. */
function partsOf(x: ArrayLike<number>, side: number, columns: number, crossed: number) {
  const order = crossed === 0 ? [0, 1, 2, 3, 4] : [0, 1, 3, 2, 4];
  const rows = x.length / side;
  return order.map((at) =>
    Float64Array.from({ length: rows * columns }, (_, k) => {
      const row = Math.floor(k / columns);
      return x[row * side + at * columns + (k % columns)];
    }),
  );
}

function graphCase({ groups, tokens, heads, width, crossed, far, gap = 0 }: Sizes): KernelCase {
  const columns = heads * width;
  const side = 5 * columns + gap;
  const rows = groups * tokens;
  const lists = someGraph(tokens, far);
  const shape: AttentionShape = {
    groups,
    nq: tokens,
    heads,
    width,
    keysOf: (group, query) => lists[query].map((j) => group * tokens + j),
  };
  const known = once(() => {
    const x = normals(rows * side, 71, 1.5);
    const dOut = normals(rows * columns, 72);
    const both = (all: ArrayLike<number>) => {
      const [v, q1, q2, k1, k2] = partsOf(all, side, columns, crossed);
      return [attentionReference(q1, k1, v, shape), attentionReference(q2, k2, v, shape)];
    };
    const value = (all: ArrayLike<number>, weight: ArrayLike<number>): Float64Array => {
      const [a, b] = both(all);
      return a.out.map((one, i) => one - weight[0] * b.out[i]);
    };
    const logs = both(x);
    const lse = Float64Array.from({ length: 2 * rows * heads }, (_, k) => logs[k % 2].lse[k >> 1]);
    const [dx, dWeight] = slopes(value, dOut, [x, [LAMBDA]], 150);
    // What lies between the rows is nobody's.
    for (let k = 0; k < dx.length; k++) if (k % side >= 5 * columns) dx[k] = NaN;
    return { x, dOut, out: value(x, [LAMBDA]), lse, dx, dWeight };
  });
  const run = async (bench: KernelBench) => {
    const { x, dOut, ...expected } = known();
    const starts = [0];
    for (const list of lists) starts.push(starts[starts.length - 1] + list.length);
    const given = {
      x: bench.put(x),
      starts: bench.words(starts),
      keys: bench.words(lists.flat()),
      weight: bench.put([LAMBDA]),
      ...{ groups, tokens, heads, width, side, crossed },
    };
    const [out, lse] = [bench.blank(rows * columns), bench.blank(2 * rows * heads)];
    bench.call('differentialAttention', { ...given, out, lse });
    const [dx, means] = [bench.blank(rows * side), bench.blank(2 * rows * heads)];
    const slopesOut = bench.put(dOut);
    bench.call('differentialAttentionGradient', { ...given, lse, dOut: slopesOut, dx, means });
    const found = await bench.read(means);
    const dWeight = found.reduce((sum, one, k) => (k % 2 === 1 ? sum - one : sum), 0);
    return [
      { name: 'out', values: await bench.read(out), expected: expected.out, share: 3e-6 },
      { name: 'lse', values: await bench.read(lse), expected: expected.lse, share: 2e-6 },
      { name: 'dx', values: await bench.read(dx), expected: expected.dx, share: 1e-5 },
      { name: 'dλ', values: [dWeight], expected: expected.dWeight, share: 5e-5 },
    ];
  };
  const extras = `${crossed === 1 ? ', crossed' : ''}${gap > 0 ? ', strided' : ''}`;
  return {
    name: `differential attention over a graph: ${groups} groups, ${tokens} tokens, ${heads} heads of ${width}${extras}`,
    kernels: ['differentialAttention', 'differentialAttentionGradient'],
    run,
  };
}

/** Everything in this file. */
export const GRAPH_ATTENTION_CASES: readonly KernelCase[] = [
  graphCase({ groups: 1, tokens: 1, heads: 1, width: 1, crossed: 0, far: 2 }),
  graphCase({ groups: 2, tokens: 7, heads: 3, width: 5, crossed: 1, far: 3, gap: 3 }),
  graphCase({ groups: 3, tokens: 12, heads: 2, width: 16, crossed: 0, far: 2, gap: 4 }),
  graphCase({ groups: 1, tokens: 75, heads: 1, width: 16, crossed: 1, far: 1 }),
  graphCase({ groups: 1, tokens: 3, heads: 1, width: 68, crossed: 0, far: 2 }),
];
