/**
 * @file The first layer on sparse counts: logarithms, transpose of a batch, X · W + b and Xᵀ · dY.
 *
 * W lies in panels of 32 columns, [⌈width/32⌉, genes, 32]. Grids go panel by panel, so that one panel (or the rows of dY under
 * it) stays in the caches while all cells pass. Sums in a fixed order; the transpose uses whole-number atomics in shared
 * memory, whose result does not depend on their order. float32.
 */
import type { GpuKernel } from '../kernel.ts';
import { isAligned, reads, readsWords, writes, writesWords } from '../shader.ts';
import { transposeBody, transposeHead } from './transpose-text.ts';

const LANES = 256;
const PANEL = 32;

/** logs = log1p(values) up to the end that indptr tells. */
export const csrLog: GpuKernel<'csrLog'> = ({ values, logs, indptr, rows }) => [
  {
    label: 'csrLog',
    operands: { values: reads(values), logs: writes(logs), indptr: readsWords(indptr) },
    ints: { rows },
    lanes: LANES,
    groups: Math.ceil(Math.min(values.bytes, logs.bytes) / 4 / LANES),
    body: `let i = group * ${LANES}u + lane;
if (i < indptr_at(p.rows)) { logs_put(i, logOnePlus(values_at(i))); }`,
  },
];

/** The batch by genes: starts, cells and values; a workgroup per 256 genes. */
export const csrTranspose: GpuKernel<'csrTranspose'> = (call) => [
  {
    label: 'csrTranspose',
    operands: {
      indptr: readsWords(call.indptr),
      indices: readsWords(call.indices),
      logs: reads(call.logs),
      starts: writesWords(call.starts),
      cells: writesWords(call.cells),
      entries: writes(call.values),
    },
    ints: { rows: call.rows, genes: call.genes },
    lanes: LANES,
    groups: Math.ceil(call.genes / 256),
    head: transposeHead,
    body: transposeBody,
  },
];

/** y = X · W + b: a workgroup per panel and row, 32 entries at a time. */
export const csrAffine: GpuKernel<'csrAffine'> = (call) => [
  {
    label: 'csrAffine',
    operands: {
      indptr: readsWords(call.indptr),
      indices: readsWords(call.indices),
      logs: reads(call.logs),
      weight: reads(call.weight, true),
      bias: reads(call.bias),
      y: writes(call.y),
    },
    ints: { rows: call.rows, width: call.width, genes: call.genes },
    lanes: LANES,
    groups: Math.ceil(call.width / PANEL) * call.rows,
    head: `var<workgroup> room: array<vec4f, ${LANES}>;`,
    body: `let panel = group / p.rows;
let row = group % p.rows;
let base = panel * p.genes * ${PANEL}u + (lane & 7u) * 4u;
let end = indptr_at(row + 1u);
var sum = vec4f();
for (var k = indptr_at(row) + (lane >> 3u); k < end; k += 32u) {
  sum += logs_at(k) * weight_quad(base + indices_at(k) * ${PANEL}u);
}
room[lane] = sum;
workgroupBarrier();
for (var s = ${LANES / 2}u; s >= 8u; s >>= 1u) {
  if (lane < s) { room[lane] += room[lane + s]; }
  workgroupBarrier();
}
if (lane >= ${PANEL}u) { return; }
let j = panel * ${PANEL}u + lane;
if (j < p.width) { y_put(row * p.width + j, room[lane >> 2u][lane & 3u] + bias_at(j)); }`,
  },
];

/** dW = Xᵀ · dY in panels: a workgroup per panel and 32 genes, eight lanes of four columns to a gene. */
export const csrWeightGradient: GpuKernel<'csrWeightGradient'> = (call) => {
  const { width, genes } = call;
  const fours = width % 4 === 0 && isAligned(call.dy);
  const gather = fours
    ? 'if (j < p.width) { v = dy_quad(at); }'
    : [0, 1, 2, 3]
        .map((q) => `if (j + ${q}u < p.width) { v[${q}] = dy_at(at + ${q}u); }`)
        .join(' ');
  return [
    {
      label: 'csrWeightGradient',
      operands: {
        starts: readsWords(call.starts),
        cells: readsWords(call.cells),
        entries: reads(call.values),
        dy: reads(call.dy, fours),
        dw: writes(call.dw, true),
      },
      ints: { width, genes, blocks: Math.ceil(genes / 32) },
      lanes: LANES,
      groups: Math.ceil(width / PANEL) * Math.ceil(genes / 32),
      body: `let panel = group / p.blocks;
let g = (group % p.blocks) * 32u + (lane >> 3u);
if (g >= p.genes) { return; }
let j = panel * ${PANEL}u + (lane & 7u) * 4u;
let end = starts_at(g + 1u);
var sum = vec4f();
for (var k = starts_at(g); k < end; k++) {
  let at = cells_at(k) * p.width + j;
  var v = vec4f();
  ${gather}
  sum += entries_at(k) * v;
}
dw_put_quad((panel * p.genes + g) * ${PANEL}u + (lane & 7u) * 4u, sum);`,
    },
  ];
};
