/**
 * @file Kernels that add up: columns, blocks, squared errors, partial sums, scaled errors.
 *
 * Sums over the lanes of a workgroup go in a fixed order; partial sums are wide numbers whose low part is what one float32
 * leaves; totals over many steps are added as pairs.
 */
import type { GpuKernel } from '../kernel.ts';
import { sumOver } from '../library.ts';
import { reads, readsWords, writes } from '../shader.ts';
import { PLACE, SUM_ROWS } from './norm.ts';

const LANES = 256;

/** sums[j] = copy[j] = Σ_i x[i, j]; a workgroup per 16 columns. */
export const columnSums: GpuKernel<'columnSums'> = ({ x, stride, sums, copy, rows, columns }) => [
  {
    label: 'columnSums',
    operands: {
      x: reads(x),
      sums: writes(sums),
      ...(copy == null ? {} : { second: writes(copy) }),
    },
    ints: { rows, columns, stride },
    lanes: LANES,
    groups: Math.ceil(columns / 16),
    head: SUM_ROWS,
    body: `${PLACE}
var sum = 0.0;
for (var r = first; r < p.rows; r += 16u) { sum += x_at(r * p.stride + j); }
let total = sumRows(column, first, sum);
if (inside && first == 0u) {
  sums_put(j, total);
  ${copy == null ? '' : 'second_put(j, total);'}
}`,
  },
];

/** out[g] = Σ_blocks partial[block, g] · factor[g] · scale (/ cells); one invocation per gene. */
export const sumBlocks: GpuKernel<'sumBlocks'> = (call) => {
  const { factor, cells } = call;
  return [
    {
      label: 'sumBlocks',
      operands: {
        blocks: reads(call.partial),
        out: writes(call.out),
        ...(factor == null ? {} : { factor: reads(factor) }),
        ...(cells == null ? {} : { cells: readsWords(cells) }),
      },
      ints: { count: call.blocks, genes: call.genes },
      floats: { scale: call.scale },
      lanes: 64,
      groups: Math.ceil(call.genes / 64),
      body: `let g = group * 64u + lane;
if (g >= p.genes) { return; }
var sum = 0.0;
for (var b = 0u; b < p.count; b++) { sum += blocks_at(b * p.genes + g); }
${factor == null ? '' : 'sum *= factor_at(g);'}
out_put(g, sum * ${cells == null ? 'p.scale' : '(p.scale / f32(cells_at(0u)))'});`,
    },
  ];
};

/** d = 2 (v − target) / count and sums of squares, a workgroup per 16 rows. */
export const squaredError: GpuKernel<'squaredError'> = ({
  v,
  target,
  d,
  partial,
  rows,
  columns,
}) => [
  {
    label: 'squaredError',
    operands: {
      v: reads(v),
      goal: reads(target),
      ...(d == null ? {} : { d: writes(d) }),
      sums: writes(partial),
    },
    ints: { block: 16 * columns, count: rows * columns },
    floats: { scale: 2 / (rows * columns) },
    lanes: LANES,
    groups: Math.ceil(rows / 16),
    head: sumOver(LANES),
    body: `var sum = 0.0;
let past = min(p.count, (group + 1u) * p.block);
for (var i = group * p.block + lane; i < past; i += ${LANES}u) {
  let e = v_at(i) - goal_at(i);
  ${d == null ? '' : 'd_put(i, e * p.scale);'}
  sum += e * e;
}
let all = sumAll(lane, sum);
if (lane == 0u) { sums_put_wide(group, wideOf(all)); }`,
  },
];

/** out = Σ partial · scale (/ cells), also added to the wide total; one workgroup, pairs throughout. */
export const sumPartials: GpuKernel<'sumPartials'> = ({
  partial,
  count,
  out,
  scale,
  cells,
  total,
}) => [
  {
    label: 'sumPartials',
    operands: {
      parts: reads(partial),
      out: writes(out),
      ...(cells == null ? {} : { cells: readsWords(cells) }),
      ...(total == null ? {} : { total: writes(total) }),
    },
    ints: { count },
    floats: { scale },
    lanes: 64,
    groups: 1,
    head: 'var<workgroup> pairs: array<vec2f, 64>;',
    body: `var sum = vec2f();
for (var i = lane; i < p.count; i += 64u) { sum = wideAdd(sum, parts_wide(i)); }
pairs[lane] = sum;
workgroupBarrier();
if (lane > 0u) { return; }
for (var i = 1u; i < min(64u, p.count); i++) { sum = wideAdd(sum, pairs[i]); }
let scaled = wideScale(sum, ${cells == null ? 'p.scale' : 'p.scale / f32(cells_at(0u))'});
out_put(0u, scaled.x);
${total == null ? '' : 'total_put_wide(0u, wideAdd(total_wide(0u), scaled));'}`,
  },
];

/** Sums of (err / (atol + rtol · max(|x|, |y|)))², a workgroup per 1024 numbers. */
export const errorSquares: GpuKernel<'errorSquares'> = ({
  err,
  x,
  y,
  count,
  atol,
  rtol,
  partial,
}) => [
  {
    label: 'errorSquares',
    operands: { err: reads(err), x: reads(x), y: reads(y), sums: writes(partial) },
    ints: { count },
    floats: { atol, rtol },
    lanes: LANES,
    groups: Math.ceil(count / 1024),
    head: sumOver(LANES),
    body: `var sum = 0.0;
let past = min(p.count, (group + 1u) * 1024u);
for (var i = group * 1024u + lane; i < past; i += ${LANES}u) {
  let ratio = err_at(i) / (p.atol + p.rtol * max(abs(x_at(i)), abs(y_at(i))));
  sum += ratio * ratio;
}
let all = sumAll(lane, sum);
if (lane == 0u) { sums_put_wide(group, wideOf(all)); }`,
  },
];
