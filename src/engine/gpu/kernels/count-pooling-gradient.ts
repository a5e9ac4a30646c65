/**
 * @file Gradients of pooling over expressed genes (kernels/list-genes.ts): token by token through softmax and scale, then gene by
 * gene over the tokens that have it, and for the row that counts multiply over cells. The first piece gets all sums.
 */
import { part } from '../../compute-device.ts';
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel, KernelTools } from '../kernel.ts';
import { sumOver } from '../library.ts';
import { reads, readsWords, writes, type Shader } from '../shader.ts';
import { BOUNDS_HEAD, boundsText } from './attention-text.ts';
import { zeros } from './gene-sums.ts';

type Call = KernelArguments<'countPoolingGradient'>;

/** Working memory. */
interface Work {
  /** Tokens that there is room for. */
  readonly room: number;
  /** Of every query of a cell: dOut · (out − bias), and dOut · the extra row's values. */
  readonly means: View;
  readonly ends: View;
  /** Of every token: gradients of scores times its scale [room, tokens], gradient of its variance, its cell. */
  readonly slopes: View;
  readonly variances: View;
  readonly cellOf: View;
  /** Of every cell: the extra row's values and scores, the bias, the extra row's own moment. */
  readonly partial: View;
}

/** Backward of countPooling. */
export const countPoolingGradient: GpuKernel<'countPoolingGradient'> = (call, tools) => {
  const { dTable, dMoments, dBias, parts, rows, side, width } = call;
  const work = workOf(call, tools);
  const rest = [dTable, dMoments, dBias].flatMap((view, i) => {
    const size = [rows * side, 2 * rows, width][i];
    return parts === 1 ? [] : [zeros(part(view, size, (parts - 1) * size))];
  });
  return [
    queryMeans(call, work),
    tokenSlopes(call, work),
    geneGradients(call, work),
    cellSums(call, work),
    extraSums(call, work),
    ...rest,
  ];
};

function workOf({ scales, cells, tokens, width }: Call, { scratch }: KernelTools): Work {
  const room = scales.bytes / 4;
  return {
    room,
    means: scratch(cells * tokens),
    ends: scratch(cells * tokens),
    slopes: scratch(room * tokens),
    variances: scratch(room),
    cellOf: scratch(room),
    partial: scratch(cells * partialCount(tokens, width)),
  };
}

function partialCount(tokens: number, width: number): number {
  return 2 * width + tokens + 1;
}

function queryMeans(call: Call, { means, ends }: Work): Shader {
  const { table, bias, out, dOut, cells, rows, side, tokens, width } = call;
  return {
    label: 'countMeans',
    operands: {
      table: reads(table, true),
      bias: reads(bias, true),
      out: reads(out, true),
      dOut: reads(dOut, true),
      means: writes(means),
      ends: writes(ends),
    },
    ints: { count: cells * tokens, width, extra: (rows - 1) * side },
    lanes: 64,
    groups: Math.ceil((cells * tokens) / 64),
    body: `let row = group * 64u + lane;
if (row >= p.count) { return; }
var mean = 0.0;
var across = 0.0;
for (var c = 0u; c < p.width; c += 4u) {
  let d = dOut_quad(row * p.width + c);
  mean += dot(d, out_quad(row * p.width + c) - bias_quad(c));
  across += dot(d, table_quad(p.extra + c));
}
means_put(row, mean);
ends_put(row, across);`,
  };
}

/** Lanes side by side that share a token: a power of 2. */
function lanesFor(tokens: number, most: number): number {
  let lanes = 1;
  while (lanes < Math.min(tokens, most)) lanes *= 2;
  return lanes;
}

function tokenSlopes(call: Call, work: Work): Shader {
  const { table, genes, logs, starts, weights, scales, dOut, cells, rows, side, tokens, width } =
    call;
  const across = lanesFor(tokens, 64);
  const each = 64 / across;
  return {
    label: 'countSlopes',
    operands: {
      table: reads(table, true),
      genes: readsWords(genes),
      logs: reads(logs),
      starts: readsWords(starts),
      weights: reads(weights),
      scales: reads(scales),
      dOut: reads(dOut, true),
      means: reads(work.means),
      ends: reads(work.ends),
      slopes: writes(work.slopes),
      variances: writes(work.variances),
      cellOf: writes(work.cellOf),
    },
    ints: { cells, side, tokens, width, extra: (rows - 1) * side },
    lanes: 64,
    groups: Math.ceil(work.room / each),
    head: 'var<workgroup> room: array<f32, 64>;',
    body: `let k = group * ${each}u + lane / ${across}u;
let there = k < starts_at(p.cells);
var cell = 0u;
var tilt = 0.0;
var scale = 1.0;
if (there) {
  var past = p.cells;
  while (past - cell > 1u) {
    let middle = (cell + past) / 2u;
    if (starts_at(middle) <= k) { cell = middle; } else { past = middle; }
  }
  let values = genes_at(k) * p.side;
  let log = logs_at(k);
  scale = scales_at(k);
  for (var t = lane % ${across}u; t < p.tokens; t += ${across}u) {
    let query = cell * p.tokens + t;
    var sums = vec4f();
    for (var c = 0u; c < p.width; c += 4u) { sums += dOut_quad(query * p.width + c) * table_quad(values + c); }
    let a = dot(sums, vec4f(1.0)) + log * ends_at(query);
    let w = weights_at(k * p.tokens + t);
    let d = w * (a - means_at(query) / scale);
    let score = table_at(values + p.width + t) + log * table_at(p.extra + p.width + t);
    tilt += w * a / scale + d * score;
    slopes_put(k * p.tokens + t, d * scale);
  }
}
room[lane] = tilt;
workgroupBarrier();
if (!there || lane % ${across}u > 0u) { return; }
for (var i = 1u; i < ${across}u; i++) { tilt += room[lane + i]; }
variances_put(k, -0.5 * scale * scale * scale * tilt);
cellOf_put(k, f32(cell));`,
  };
}

/** A workgroup a gene: lanes have columns, and go through the gene's tokens in their order. */
function geneGradients(call: Call, work: Work): Shader {
  const { geneStarts, places, logs, weights, dOut, dTable, dMoments, rows, side, tokens, width } =
    call;
  return {
    label: 'countGenes',
    operands: {
      geneStarts: readsWords(geneStarts),
      places: readsWords(places),
      logs: reads(logs),
      weights: reads(weights),
      dOut: reads(dOut),
      slopes: reads(work.slopes),
      variances: reads(work.variances),
      cellOf: reads(work.cellOf),
      dTable: writes(dTable),
      dMoments: writes(dMoments),
    },
    ints: { rows, side, tokens, width },
    lanes: 64,
    groups: rows - 1,
    body: `let begin = geneStarts_at(group);
let end = geneStarts_at(group + 1u);
for (var column = lane; column < p.width; column += 64u) {
  var sum = 0.0;
  for (var i = begin; i < end; i++) {
    let k = places_at(i);
    let at = u32(cellOf_at(k)) * p.tokens * p.width + column;
    for (var t = 0u; t < p.tokens; t++) { sum += weights_at(k * p.tokens + t) * dOut_at(at + t * p.width); }
  }
  dTable_put(group * p.side + column, sum);
}
for (var t = lane; t < p.tokens; t += 64u) {
  var sum = 0.0;
  for (var i = begin; i < end; i++) { sum += slopes_at(places_at(i) * p.tokens + t); }
  dTable_put(group * p.side + p.width + t, sum);
}
if (lane > 0u) { return; }
var spread = 0.0;
var lean = 0.0;
for (var i = begin; i < end; i++) {
  let k = places_at(i);
  spread += variances_at(k);
  lean += 2.0 * logs_at(k) * variances_at(k);
}
dMoments_put(group, spread);
dMoments_put(p.rows + group, lean);`,
  };
}

/** A workgroup a cell: its part of the extra row's gradients, and of the bias'. */
function cellSums(call: Call, work: Work): Shader {
  const { starts, logs, weights, dOut, cells, tokens, width } = call;
  const across = lanesFor(tokens, 128);
  const teams = 256 / across;
  return {
    label: 'countCells',
    operands: {
      starts: readsWords(starts),
      logs: reads(logs),
      weights: reads(weights),
      dOut: reads(dOut),
      slopes: reads(work.slopes),
      variances: reads(work.variances),
      partial: writes(work.partial),
    },
    ints: { tokens, width, count: partialCount(tokens, width) },
    lanes: 256,
    groups: cells,
    head: `${BOUNDS_HEAD}
var<workgroup> pairs: array<vec2f, 256>;
${sumOver(256)}`,
    body: `let team = group;
${boundsText(true)}
let t = lane % ${across}u;
var sums = vec2f();
var square = 0.0;
if (t < p.tokens) {
  for (var k = begin + lane / ${across}u; k < end; k += ${teams}u) {
    sums += logs_at(k) * vec2f(weights_at(k * p.tokens + t), slopes_at(k * p.tokens + t));
  }
}
for (var k = begin + lane; k < end; k += 256u) { square += logs_at(k) * logs_at(k) * variances_at(k); }
square = sumAll(lane, square);
pairs[lane] = sums;
workgroupBarrier();
if (lane < ${across}u) {
  for (var i = 1u; i < ${teams}u; i++) { sums += pairs[lane + i * ${across}u]; }
  pairs[lane] = sums;
}
workgroupBarrier();
let to = team * p.count;
for (var column = lane; column < p.width; column += 256u) {
  var both = vec2f();
  for (var q = 0u; q < p.tokens; q++) {
    both += vec2f(pairs[q].x, 1.0) * dOut_at((team * p.tokens + q) * p.width + column);
  }
  both = select(vec2f(), both, begin < end);
  partial_put(to + column, both.x);
  partial_put(to + p.width + p.tokens + column, both.y);
}
if (lane < p.tokens) { partial_put(to + p.width + lane, sums.y); }
if (lane == 0u) { partial_put(to + p.count - 1u, square); }`,
  };
}

/** Sums over cells; a lane a column. */
function extraSums(call: Call, { partial }: Work): Shader {
  const { dTable, dMoments, dBias, cells, rows, side, tokens, width } = call;
  return {
    label: 'countExtra',
    operands: {
      partial: reads(partial),
      dTable: writes(dTable),
      dMoments: writes(dMoments),
      dBias: writes(dBias),
    },
    ints: { cells, rows, side, tokens, width, count: partialCount(tokens, width) },
    lanes: 64,
    groups: Math.ceil(partialCount(tokens, width) / 64),
    body: `let column = group * 64u + lane;
if (column >= p.count) { return; }
var sum = 0.0;
for (var c = 0u; c < p.cells; c++) { sum += partial_at(c * p.count + column); }
if (column < p.width + p.tokens) { dTable_put((p.rows - 1u) * p.side + column, sum); }
else if (column < p.count - 1u) { dBias_put(column - p.width - p.tokens, sum); }
else {
  dMoments_put(p.rows - 1u, sum);
  dMoments_put(2u * p.rows - 1u, 0.0);
}`,
  };
}
