/**
 * @file Attention of learnt queries to expressed genes (kernels/list-genes.ts): a workgroup takes four queries of one cell.
 *
 * Its 256 lanes share the cell's tokens for scores, peak and sum (scores of four queries are one vector), then 64 columns each
 * in four teams for what is pooled. float32, sums in a fixed order.
 */
import type { GpuKernel } from '../kernel.ts';
import { reads, readsWords, writes, type Shader } from '../shader.ts';
import type { KernelArguments } from '../../kernels/list.ts';
import { BOUNDS_HEAD, boundsText } from './attention-text.ts';

const LANES = 256;

/** Reduces `room` over lanes; all get the result by `joined`. */
function reduce(name: string, join: (a: string, b: string) => string): string {
  return `fn ${name}(lane: u32, value: vec4f) -> vec4f {
  workgroupBarrier();
  room[lane] = value;
  workgroupBarrier();
  for (var s = ${LANES / 2}u; s > 0u; s >>= 1u) {
    if (lane < s) { room[lane] = ${join('room[lane]', 'room[lane + s]')}; }
    workgroupBarrier();
  }
  return room[0];
}`;
}

/** Softmax-pooled tokens. */
export const countPooling: GpuKernel<'countPooling'> = (call) => [
  scalesShader(call),
  poolingShader(call),
];

/** 1 / deviation of every token; a lane a token. */
function scalesShader(call: KernelArguments<'countPooling'>): Shader {
  const { moments, genes, logs, starts, scales, cells, rows } = call;
  const room = scales.bytes / 4;
  return {
    label: 'countScales',
    operands: {
      moments: reads(moments),
      genes: readsWords(genes),
      logs: reads(logs),
      starts: readsWords(starts),
      scales: writes(scales),
    },
    ints: { cells, rows, room },
    lanes: 64,
    groups: Math.ceil(room / 64),
    body: `let k = group * 64u + lane;
if (k >= min(p.room, starts_at(p.cells))) { return; }
let gene = genes_at(k);
let log = logs_at(k);
let variance = moments_at(gene) + log * (2.0 * moments_at(p.rows + gene) + log * moments_at(p.rows - 1u));
scales_put(k, 1.0 / sqrt(max(variance, 0.0) + 1e-8));`,
  };
}

function poolingShader(call: KernelArguments<'countPooling'>): Shader {
  const { table, side, bias, genes, logs, starts, weights, scales, out } = call;
  const { cells, rows, tokens, width } = call;
  return {
    label: 'countPooling',
    operands: {
      table: reads(table, true),
      bias: reads(bias),
      genes: readsWords(genes),
      logs: reads(logs),
      starts: readsWords(starts),
      scales: reads(scales),
      weights: writes(weights, true),
      out: writes(out),
    },
    ints: { side, tokens, width, extra: (rows - 1) * side, fours: tokens / 4 },
    lanes: LANES,
    groups: (cells * tokens) / 4,
    head: `${BOUNDS_HEAD}
var<workgroup> room: array<vec4f, ${LANES}>;
${reduce('most', (a, b) => `max(${a}, ${b})`)}
${reduce('total', (a, b) => `${a} + ${b}`)}
fn exps(x: vec4f) -> vec4f { return vec4f(expOf(x.x), expOf(x.y), expOf(x.z), expOf(x.w)); }`,
    body: `let team = group / p.fours;
let query = 4u * (group % p.fours);
${boundsText(true)}
let lean = table_quad(p.extra + p.width + query);
var peak = vec4f(-3.4e38);
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let x = (table_quad(genes_at(k) * p.side + p.width + query) + logs_at(k) * lean) * scales_at(k);
  weights_put_quad(k * p.tokens + query, x);
  peak = max(peak, x);
}
peak = most(lane, peak);
var sum = vec4f();
var sumLean = vec4f();
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let at = k * p.tokens + query;
  let e = exps(weights_quad(at) - peak);
  let w = e * scales_at(k);
  weights_put_quad(at, w);
  sum += e;
  sumLean += w * logs_at(k);
}
sum = total(lane, sum);
sumLean = total(lane, sumLean) / sum;
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let at = k * p.tokens + query;
  weights_put_quad(at, weights_quad(at) / sum);
}
storageBarrier();
for (var block = 0u; block < p.width; block += 64u) {
  let own = block + (lane & 63u);
  let column = min(own, p.width - 1u);
  var pooled = vec4f();
  for (var k = begin + (lane >> 6u); k < end; k += 4u) {
    pooled += weights_quad(k * p.tokens + query) * table_at(genes_at(k) * p.side + column);
  }
  workgroupBarrier();
  room[lane] = pooled;
  workgroupBarrier();
  if (lane < 64u && own < p.width) {
    pooled = room[lane] + room[lane + 64u] + room[lane + 128u] + room[lane + 192u];
    pooled += sumLean * table_at(p.extra + column) + vec4f(bias_at(column));
    for (var i = 0u; i < 4u; i++) {
      out_put((team * p.tokens + query + i) * p.width + column, select(0.0, pooled[i], begin < end));
    }
  }
}`,
  };
}
