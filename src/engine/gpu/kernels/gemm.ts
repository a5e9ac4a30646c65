/**
 * @file Matrix products in three layouts with the fused end (A·B + bias) · factor + addend, or SiLU of it.
 *
 * A workgroup of 64 makes a tile of 64 × 64 (8 × 8 numbers each) or, where there are few tiles, 32 × 32 (4 × 4 each); 16 of the
 * depth at a time lie in shared memory as fours, along the depth where the operand does. Grid: tiles down a column first, so
 * that neighbours share their part of B. Few tiles of great depth are split along the depth; a second dispatch adds the parts
 * in order. float32, sums in a fixed order: the same bits every time.
 */
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel, KernelTools } from '../kernel.ts';
import { isAligned, reads, readsWords, writes, type Operand, type Shader } from '../shader.ts';
import { endHead, gemmBody, gemmHead, type GemmVariant } from './gemm-text.ts';

type Factors = Pick<
  KernelArguments<'gemm'>,
  'layout' | 'a' | 'lda' | 'b' | 'ldb' | 'ldc' | 'm' | 'n' | 'k' | 'side'
>;

/** How a product ends: what it is finished with, and where it goes. */
interface End {
  readonly names: GemmVariant['end'];
  readonly silu: GemmVariant['silu'];
  readonly operands: Readonly<Record<string, Operand>>;
  /** Places that are written, with stride ldc. */
  readonly outs: readonly View[];
}

/** Workgroups that keep a large GPU busy. */
const ENOUGH_GROUPS = 512;

/** From so many workgroups, or so many tiles without splitting, tiles are large. */
const LARGE_GROUPS = 256;
const LARGE_TILES = 96;

/** Products at least this deep may be split, into parts of at least `SHALLOWEST`. */
const DEEP = 256;
const SHALLOWEST = 64;
const MOST_PARTS = 32;

/** c = (op(a) · op(b) + bias) · factor + addend. */
export const gemm: GpuKernel<'gemm'> = (call, tools) => {
  const { bias, factor, addend, rows, c } = call;
  const end = finishing({ bias, factor, addend, rows: addend == null ? null : rows });
  return products(call, { ...end, silu: null, outs: [c] }, { c }, tools);
};

/** y = SiLU(op(a) · op(b) + bias + addend), its slope, and what it is taken of. */
export const gemmSilu: GpuKernel<'gemmSilu'> = (call, tools) => {
  const { bias, addend, rows, c, y, slope } = call;
  const end = finishing({ bias, addend, rows: addend == null ? null : rows });
  const outs = { ...(c == null ? {} : { c }), y, ...(slope == null ? {} : { slope }) };
  const silu = Object.keys(outs) as ('c' | 'y' | 'slope')[];
  return products(call, { ...end, silu, outs: Object.values(outs) }, outs, tools);
};

/** Names and operands of what is given. */
function finishing(
  given: Partial<Record<'bias' | 'factor' | 'addend' | 'rows', View | null | undefined>>,
): Pick<End, 'names' | 'operands'> {
  const names = (['bias', 'factor', 'addend', 'rows'] as const).filter((n) => given[n] != null);
  const operands = names.map((name) => {
    const view = given[name] as View;
    return [name, name === 'rows' ? readsWords(view) : reads(view)] as const;
  });
  return { names, operands: Object.fromEntries(operands) };
}

function products(
  call: Factors,
  end: End,
  outs: Readonly<Record<string, View>>,
  tools: KernelTools,
): Shader[] {
  const { m, n, k, ldc } = call;
  const tiles = (side: number): number => Math.ceil(m / side) * Math.ceil(n / side);
  const groups = tiles(64) * partsFor(tiles(64), k);
  const side = groups >= LARGE_GROUPS || tiles(64) >= LARGE_TILES ? 64 : 32;
  const parts = partsFor(tiles(side), k);
  const depth = Math.max(16, Math.ceil(k / parts / 16) * 16);
  const used = Math.max(1, Math.ceil(k / depth));
  if (used === 1) {
    const fours = end.outs.every((out) => inFours(out, ldc, n));
    const written = Object.entries(outs).map(([name, v]) => [
      name,
      writes(v, fours && call.layout !== 1),
    ]);
    const operands = { ...Object.fromEntries(written), ...end.operands } as Record<string, Operand>;
    return [product(call, side, operands, fours, end, depth, 1)];
  }
  const sums = tools.scratch(used * m * n);
  const fours = n % 4 === 0;
  const plain = { names: [], silu: null, operands: {}, outs: [] };
  const operands = { c: writes(sums, fours && call.layout !== 1) };
  return [
    product({ ...call, ldc: n }, side, operands, fours, plain, depth, used),
    finishParts(call, sums, used, end, outs),
  ];
}

function partsFor(tiles: number, k: number): number {
  if (k < DEEP || tiles >= ENOUGH_GROUPS / 2) return 1;
  return Math.min(MOST_PARTS, Math.floor(k / SHALLOWEST), Math.ceil(ENOUGH_GROUPS / tiles));
}

/** Whether all fours of an operand lie aligned: its rows, and the numbers of a row. */
function inFours(view: View, stride: number, along: number): boolean {
  return isAligned(view) && stride % 4 === 0 && along % 4 === 0;
}

function product(
  call: Factors,
  side: 32 | 64,
  outs: Readonly<Record<string, Operand>>,
  foursOut: boolean,
  end: End,
  depth: number,
  parts: number,
): Shader {
  const { layout, a, lda, b, ldb, ldc, m, n, k } = call;
  const fours = {
    a: inFours(a, lda, layout === 2 ? m : k),
    b: inFours(b, ldb, layout === 1 ? k : n),
    c: layout !== 1 && foursOut,
  };
  const variant = { layout: layout as 0 | 1 | 2, side, fours, end: end.names, silu: end.silu };
  const down = Math.ceil(m / side);
  const tiles = down * Math.ceil(n / side);
  return {
    label: `gemm${layout}`,
    operands: { a: reads(a, fours.a), b: reads(b, fours.b), ...outs },
    ints: { m, n, k, lda, ldb, ldc, side: call.side, depth, down, tiles },
    lanes: 64,
    groups: tiles * parts,
    head: gemmHead(variant),
    body: gemmBody(variant),
  };
}

/** The sum of the parts, finished; one invocation per number. */
function finishParts(
  { m, n, ldc, side }: Factors,
  sums: View,
  parts: number,
  end: End,
  outs: Readonly<Record<string, View>>,
): Shader {
  const written = Object.entries(outs).map(([name, view]) => [name, writes(view)] as const);
  return {
    label: 'gemmParts',
    operands: { sums: reads(sums), ...Object.fromEntries(written), ...end.operands },
    ints: { n, count: m * n, parts, ldc, side },
    lanes: 256,
    groups: Math.ceil((m * n) / 256),
    head: endHead({ end: end.names, silu: end.silu, fours: { a: false, b: false, c: false } }),
    body: `let at = group * 256u + lane;
if (at >= p.count) { return; }
let i = at / p.n;
let j = at % p.n;
var v = 0.0;
for (var q = 0u; q < p.parts; q++) { v += sums_at(q * p.count + at); }
emit(i * p.ldc + j, v, i, j);`,
  };
}
