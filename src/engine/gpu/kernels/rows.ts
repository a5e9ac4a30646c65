/**
 * @file Entry-by-entry and row-by-row kernels of deeper networks: products, sums, embeddings, dropout, averages, segments.
 *
 * One invocation per number, or a workgroup of 64 per row or segment; sums over lanes in a fixed order; float32.
 */
import type { View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { sumOver } from '../library.ts';
import { reads, readsWords, writes, type Operand, type Shader } from '../shader.ts';

const LANES = 256;
const ROW_LANES = 64;

function optional(
  name: string,
  view: View | null | undefined,
  make: (view: View) => Operand,
): Record<string, Operand> {
  return view == null ? {} : { [name]: make(view) };
}

/** A dispatch with one invocation per number; \`at\` is its place. */
function perNumber(
  label: string,
  count: number,
  rest: Pick<Shader, 'operands' | 'body'> & Partial<Shader>,
): Shader {
  return {
    ...rest,
    label,
    ints: { ...rest.ints, count },
    lanes: LANES,
    groups: Math.ceil(count / LANES),
    body: `let at = group * ${LANES}u + lane;\nif (at >= p.count) { return; }\n${rest.body}`,
  };
}

/** dx = y (dy − Σ y dy). */
export const softmaxRowsGradient: GpuKernel<'softmaxRowsGradient'> = (call) => [
  {
    label: 'softmaxRowsGradient',
    operands: { y: reads(call.y), dy: reads(call.dy), dx: writes(call.dx) },
    ints: { columns: call.columns },
    lanes: ROW_LANES,
    groups: call.rows,
    head: sumOver(ROW_LANES),
    body: `let row = group * p.columns;
var sum = 0.0;
for (var j = lane; j < p.columns; j += ${ROW_LANES}u) { sum += y_at(row + j) * dy_at(row + j); }
let mean = sumAll(lane, sum);
for (var j = lane; j < p.columns; j += ${ROW_LANES}u) { dx_put(row + j, y_at(row + j) * (dy_at(row + j) - mean)); }`,
  },
];

/** out[i] = Σ_j x[i, j] (· y[i, j]). */
export const rowSums: GpuKernel<'rowSums'> = ({ x, y, out, rows, columns }) => [
  {
    label: 'rowSums',
    operands: { x: reads(x), ...optional('y', y, reads), out: writes(out) },
    ints: { columns },
    lanes: ROW_LANES,
    groups: rows,
    head: sumOver(ROW_LANES),
    body: `let row = group * p.columns;
var sum = 0.0;
for (var j = lane; j < p.columns; j += ${ROW_LANES}u) { sum += x_at(row + j)${y == null ? '' : ' * y_at(row + j)'}; }
let all = sumAll(lane, sum);
if (lane == 0u) { out_put(group, all); }`,
  },
];

/** Sums of x · y, a workgroup per 1024 numbers. */
export const dotProduct: GpuKernel<'dotProduct'> = ({ x, y, count, partial }) => [
  {
    label: 'dotProduct',
    operands: { x: reads(x), y: reads(y), sums: writes(partial) },
    ints: { count },
    lanes: LANES,
    groups: Math.ceil(count / 1024),
    head: sumOver(LANES),
    body: `var sum = 0.0;
let past = min(p.count, (group + 1u) * 1024u);
for (var i = group * 1024u + lane; i < past; i += ${LANES}u) { sum += x_at(i) * y_at(i); }
let all = sumAll(lane, sum);
if (lane == 0u) { sums_put_wide(group, wideOf(all)); }`,
  },
];

/** out = x · y + addend. */
export const multiplyAdd: GpuKernel<'multiplyAdd'> = ({ x, y, addend, out, count }) => [
  perNumber('multiplyAdd', count, {
    operands: { x: reads(x), y: reads(y), ...optional('addend', addend, reads), out: writes(out) },
    body: `out_put(at, x_at(at) * y_at(at)${addend == null ? '' : ' + addend_at(at)'});`,
  }),
];

/** out = addend + factor · c · y. */
export const addTimes: GpuKernel<'addTimes'> = ({ y, c, factor, addend, out, count }) => [
  perNumber('addTimes', count, {
    operands: { y: reads(y), c: reads(c), ...optional('addend', addend, reads), out: writes(out) },
    floats: { factor },
    body: `out_put(at, y_at(at) * (c_at(0u) * p.factor)${addend == null ? '' : ' + addend_at(at)'});`,
  }),
];

/** out[i] = scale[i] · x[i]. */
export const scaleRows: GpuKernel<'scaleRows'> = ({ x, scale, out, rows, columns }) => [
  perNumber('scaleRows', rows * columns, {
    operands: { x: reads(x), scale: reads(scale), out: writes(out) },
    ints: { columns },
    body: 'out_put(at, x_at(at) * scale_at(at / p.columns));',
  }),
];

/** to[i, j] = goal[i, j] for two strides. */
export const copyColumns: GpuKernel<'copyColumns'> = (call) => [
  perNumber('copyColumns', call.rows * call.columns, {
    operands: { source: reads(call.from), goal: writes(call.to) },
    ints: { columns: call.columns, sideFrom: call.sideFrom, sideTo: call.sideTo },
    body: `let row = at / p.columns;
let j = at % p.columns;
goal_put(row * p.sideTo + j, source_at(row * p.sideFrom + j));`,
  }),
];

/** out[i] = table[indices[i]] (· factor[i]). */
export const gatherRows: GpuKernel<'gatherRows'> = (call) => {
  const { factor, limit } = call;
  return [
    perNumber('gatherRows', call.rows * call.width, {
      operands: {
        table: reads(call.table),
        indices: readsWords(call.indices),
        ...optional('factor', factor, reads),
        ...optional('limit', limit, readsWords),
        out: writes(call.out),
      },
      ints: { width: call.width },
      body: `let row = at / p.width;
${limit == null ? '' : 'if (row >= limit_at(0u)) { out_put(at, 0.0); return; }'}
out_put(at, table_at(indices_at(row) * p.width + at % p.width)${factor == null ? '' : ' * factor_at(row)'});`,
    }),
  ];
};

/** dTable[t] = Σ over the rows that used it; one invocation per number of the table. */
export const gatherRowsGradient: GpuKernel<'gatherRowsGradient'> = (call) => [
  perNumber('gatherRowsGradient', call.tableRows * call.width, {
    operands: {
      starts: readsWords(call.starts),
      places: readsWords(call.places),
      ...optional('factor', call.factor, reads),
      dy: reads(call.dy),
      dTable: writes(call.dTable),
    },
    ints: { width: call.width },
    body: `let t = at / p.width;
let j = at % p.width;
var sum = 0.0;
for (var k = starts_at(t); k < starts_at(t + 1u); k++) {
  sum += dy_at(places_at(k) * p.width + j)${call.factor == null ? '' : ' * factor_at(k)'};
}
dTable_put(at, sum);`,
  }),
];

/** y = x / (1 − rate) where the counter's word is kept; one invocation per four numbers. */
export const dropout: GpuKernel<'dropout'> = ({ x, y, count, rate, key, site }) => [
  {
    label: 'dropout',
    operands: { x: reads(x), y: writes(y), key: readsWords(key) },
    ints: { total: count, site: 0x100 + site, least: Math.floor(Math.fround(rate) * 2 ** 32) },
    floats: { scale: 1 / (1 - Math.fround(rate)) },
    lanes: ROW_LANES,
    groups: Math.ceil(count / 4 / ROW_LANES),
    body: `let block = group * ${ROW_LANES}u + lane;
if (block * 4u >= p.total) { return; }
let words = philox(vec4u(block, key_at(3u), key_at(2u), p.site), vec2u(key_at(0u), key_at(1u)));
for (var q = 0u; q < 4u; q++) {
  let at = block * 4u + q;
  if (at < p.total) { y_put(at, select(0.0, x_at(at) * p.scale, words[q] >= p.least)); }
}`,
  },
];

/** average += share · (x − average). */
export const movingAverage: GpuKernel<'movingAverage'> = ({ x, average, count, share }) => [
  perNumber('movingAverage', count, {
    operands: { x: reads(x), average: writes(average), share: reads(share) },
    body: 'average_put(at, average_at(at) + share_at(0u) * (x_at(at) - average_at(at)));',
  }),
];

/** Begin, end and 1 / weight of a segment. */
function segment(mask: View | null | undefined): string {
  return `let begin = starts_at(group);
let end = starts_at(group + 1u);
var weight = ${mask == null ? 'f32(end - begin)' : '0.0'};
${mask == null ? '' : 'for (var r = begin; r < end; r++) { weight += mask_at(r); }'}
var inverse = 0.0;
if (weight != 0.0) { inverse = 1.0 / weight; }`;
}

/** Means of the rows of segments; a workgroup per segment. */
export const segmentMeans: GpuKernel<'segmentMeans'> = ({
  x,
  starts,
  mask,
  out,
  groups,
  columns,
}) => [
  {
    label: 'segmentMeans',
    operands: {
      x: reads(x),
      starts: readsWords(starts),
      ...optional('mask', mask, reads),
      out: writes(out),
    },
    ints: { columns },
    lanes: ROW_LANES,
    groups,
    body: `${segment(mask)}
for (var j = lane; j < p.columns; j += ${ROW_LANES}u) {
  var sum = 0.0;
  for (var r = begin; r < end; r++) { sum += x_at(r * p.columns + j)${mask == null ? '' : ' * mask_at(r)'}; }
  out_put(group * p.columns + j, sum * inverse);
}`,
  },
];

/** dx of segmentMeans. */
export const segmentMeansGradient: GpuKernel<'segmentMeansGradient'> = (call) => [
  {
    label: 'segmentMeansGradient',
    operands: {
      dOut: reads(call.dOut),
      starts: readsWords(call.starts),
      ...optional('mask', call.mask, reads),
      dx: writes(call.dx),
    },
    ints: { columns: call.columns },
    lanes: ROW_LANES,
    groups: call.groups,
    body: `${segment(call.mask)}
for (var j = lane; j < p.columns; j += ${ROW_LANES}u) {
  let d = dOut_at(group * p.columns + j) * inverse;
  for (var r = begin; r < end; r++) { dx_put(r * p.columns + j, d${call.mask == null ? '' : ' * mask_at(r)'}); }
}`,
  },
];
