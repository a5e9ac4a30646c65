/**
 * @file Softmax attention within groups with ragged keys, forward and backward, without a matrix of scores.
 *
 * Forward: a workgroup of 64 takes up to 16 queries of one head and streams keys, 64 at a time, one a lane: scores and weights
 * of that block lie in shared memory, the softmax is kept running, results stay in registers. Backward: the weights come back
 * from the log of their sums; one dispatch streams keys past queries (dq), one queries past keys (dk, dv). float32, all sums in
 * a fixed order.
 */
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel, KernelTools } from '../kernel.ts';
import { isAligned, reads, readsWords, writes, type Operand, type Shader } from '../shader.ts';
import {
  addResults,
  blockRows,
  BOUNDS_HEAD,
  boundsText,
  declareResults,
  dotRows,
  eachResult,
  fillBlock,
  loads,
  STREAMED,
  type AttentionVariant,
} from './attention-text.ts';

type Call = KernelArguments<'attention'>;
type BackCall = KernelArguments<'attentionGradient'>;

/** Queries or keys of a workgroup at most. */
const MOST_ROWS = 16;

function variantOf(call: Omit<Call, 'out' | 'lse'>, dOut: View | null): AttentionVariant {
  const { width, sideQ, sideKv, q, k, v } = call;
  const fours =
    [width, sideQ, sideKv].every((n) => n % 4 === 0) &&
    [q, k, v, ...(dOut === null ? [] : [dOut])].every(isAligned);
  return { width, biased: call.bias != null, ragged: call.starts != null, fours };
}

/** Operands and numbers that all dispatches share. */
function sharedOf(call: Omit<Call, 'out' | 'lse'>, { fours }: AttentionVariant, names: string) {
  const { bias, starts } = call;
  const operands: Record<string, Operand> = {
    ...(names.includes('q') ? { q: reads(call.q, fours) } : {}),
    ...(names.includes('k') ? { k: reads(call.k, fours) } : {}),
    ...(names.includes('v') ? { v: reads(call.v, fours) } : {}),
    ...(bias == null ? {} : { bias: reads(bias) }),
    ...(starts == null ? {} : { starts: readsWords(starts) }),
  };
  const ints = {
    nq: call.nq,
    nk: call.nk,
    heads: call.heads,
    sideQ: call.sideQ,
    sideKv: call.sideKv,
    sideOut: call.heads * call.width,
    // Queries are those of the group, or the first ones for all.
    own: call.shared === 0 ? 1 : 0,
  };
  return { operands, ints, floats: { scale: 1 / Math.sqrt(call.width) } };
}

/** Which group, head and block a workgroup works on. */
function placeText(rows: number, width: number, ragged: boolean): string {
  return `let pair = group / p.blocks;
let first = (group % p.blocks) * ${rows}u;
let team = pair / p.heads;
let head = pair % p.heads;
let across = head * ${width}u;
${boundsText(ragged)}`;
}

const QUERY_ROW = '(team * p.nq * p.own + first + i) * p.sideQ + across';

/** Softmax attention. */
export const attention: GpuKernel<'attention'> = (call) => {
  const { width, lse } = call;
  const variant = variantOf(call, null);
  const { operands, ints, floats } = sharedOf(call, variant, 'qkv');
  const fours = Math.ceil(width / 4);
  const rows = blockRows(16 * fours + 4 * STREAMED + 12, MOST_ROWS);
  const blocks = Math.ceil(call.nq / rows);
  return [
    {
      label: 'attention',
      operands: {
        ...operands,
        out: writes(call.out),
        ...(lse == null ? {} : { lse: writes(lse) }),
      },
      ints: { ...ints, blocks },
      floats,
      lanes: STREAMED,
      groups: call.groups * call.heads * blocks,
      head: `${loads(['q', 'k'], variant)}
${BOUNDS_HEAD}
var<workgroup> blockQ: array<vec4f, ${rows * fours}>;
var<workgroup> scores: array<f32, ${rows * STREAMED}>;
var<workgroup> room: array<f32, ${STREAMED}>;
var<workgroup> peaks: array<f32, ${rows}>;
var<workgroup> sums: array<f32, ${rows}>;
var<workgroup> shrink: array<f32, ${rows}>;`,
      body: `${placeText(rows, width, variant.ragged)}
${fillBlock('blockQ', 'q', rows, fours, QUERY_ROW, 'first + i < p.nq')}
if (lane < ${rows}u) { peaks[lane] = -3.4e38; sums[lane] = 0.0; }
${declareResults('o', width, rows)}
for (var key = begin; key < end; key += ${STREAMED}u) {
let count = min(${STREAMED}u, end - key);
${softmaxText(variant, rows, fours)}
${eachResult(width, rows, (i, r) => `o${i} *= shrink[${r}];`)}
${addResults([{ name: 'o', weights: 'scores', operand: 'v', row: '(key + i) * p.sideKv + across' }], width, rows)}
}
workgroupBarrier();
${eachResult(
  width,
  rows,
  (i, r, c) =>
    `if (first + ${r} < p.nq) { out_put((team * p.nq + first + ${r}) * p.sideOut + across + ${c}, select(0.0, o${i} / sums[${r}], begin < end)); }`,
)}
${
  lse == null
    ? ''
    : `if (lane < ${rows}u && first + lane < p.nq) {
  var log = 0.0;
  if (begin < end) { log = peaks[lane] + logOf(sums[lane]); }
  lse_put((team * p.nq + first + lane) * p.heads + head, log);
}`
}`,
    },
  ];
};

/** Scores of a block of keys, then e^(score − peak), with peaks, sums and what earlier results shrink by brought up to date. */
function softmaxText({ biased }: AttentionVariant, rows: number, fours: number): string {
  const parts = STREAMED / rows;
  const each = `for (var i = part; i < ${STREAMED}u; i += ${parts}u)`;
  const joined = (join: string): string =>
    `for (var i = 1u; i < ${parts}u; i++) { ${join.replace('X', 'room[lane + i]')} }`;
  const puts = Array.from(
    { length: rows },
    (_, r) => `scores[${r * STREAMED}u + lane] = select(-3.4e38, s${r} * p.scale + extra, there);`,
  );
  return `let there = lane < count;
let at = (key + lane) * p.sideKv + across;
workgroupBarrier();
${dotRows(rows, fours, [{ sum: 's', block: 'blockQ', streamed: 'four_k(at, c * 4u)' }])}
var extra = 0.0;
${biased ? 'if (there) { extra = bias_at(key + lane); }' : ''}
${puts.join('\n')}
workgroupBarrier();
let row = (lane / ${parts}u);
let part = lane % ${parts}u;
var most = -3.4e38;
${each} { most = max(most, scores[row * ${STREAMED}u + i]); }
room[lane] = most;
workgroupBarrier();
if (part == 0u) {
  var peak = max(peaks[row], room[lane]);
  ${joined('peak = max(peak, X);')}
  shrink[row] = expOf(peaks[row] - peak);
  peaks[row] = peak;
}
workgroupBarrier();
var sum = 0.0;
${each} {
  let e = select(0.0, expOf(scores[row * ${STREAMED}u + i] - peaks[row]), i < count);
  scores[row * ${STREAMED}u + i] = e;
  sum += e;
}
room[lane] = sum;
workgroupBarrier();
if (part == 0u) {
  ${joined('sum += X;')}
  sums[row] = sums[row] * shrink[row] + sum;
}`;
}

/** Backward of attention. */
export const attentionGradient: GpuKernel<'attentionGradient'> = (call, tools) => {
  const rows = call.groups * call.nq;
  const stats = tools.scratch(2 * rows * call.heads);
  return [
    normaliserShader(call, rows, stats),
    queryShader(call, stats),
    ...keyShaders(call, stats, tools),
  ];
};

/** What both backward dispatches need of every query and head: the log of its sum, and dOut · out. */
export function normaliserShader(
  call: Pick<BackCall, 'out' | 'lse' | 'dOut' | 'heads' | 'width'>,
  rows: number,
  stats: View,
): Shader {
  return {
    label: 'attentionStats',
    operands: {
      out: reads(call.out),
      lse: reads(call.lse),
      dOut: reads(call.dOut),
      stats: writes(stats),
    },
    ints: { count: rows * call.heads, width: call.width },
    lanes: 64,
    groups: Math.ceil((rows * call.heads) / 64),
    body: `let at = group * 64u + lane;
if (at >= p.count) { return; }
var sum = 0.0;
for (var c = 0u; c < p.width; c++) { sum += out_at(at * p.width + c) * dOut_at(at * p.width + c); }
stats_put(2u * at, lse_at(at));
stats_put(2u * at + 1u, sum);`,
  };
}

function queryShader(call: BackCall, stats: View): Shader {
  const { width } = call;
  const variant = variantOf(call, call.dOut);
  const { operands, ints, floats } = sharedOf(call, variant, 'qkv');
  const fours = Math.ceil(width / 4);
  const rows = blockRows(32 * fours + 4 * STREAMED + 8, MOST_ROWS);
  const blocks = Math.ceil(call.nq / rows);
  const slopes = Array.from(
    { length: rows },
    (_, r) =>
      `slopes[${r * STREAMED}u + lane] = select(0.0, expOf(s${r} * p.scale + extra - logs[${r}]) * (d${r} - means[${r}]) * p.scale, there);`,
  );
  return {
    label: 'attentionQueries',
    operands: {
      ...operands,
      dOut: reads(call.dOut, variant.fours),
      stats: reads(stats),
      dq: writes(call.dq),
    },
    ints: { ...ints, blocks },
    floats,
    lanes: STREAMED,
    groups: call.groups * call.heads * blocks,
    head: `${loads(['q', 'k', 'v', 'dOut'], variant)}
${BOUNDS_HEAD}
var<workgroup> blockQ: array<vec4f, ${rows * fours}>;
var<workgroup> blockD: array<vec4f, ${rows * fours}>;
var<workgroup> slopes: array<f32, ${rows * STREAMED}>;
var<workgroup> logs: array<f32, ${rows}>;
var<workgroup> means: array<f32, ${rows}>;`,
    body: `${placeText(rows, width, variant.ragged)}
${fillBlock('blockQ', 'q', rows, fours, QUERY_ROW, 'first + i < p.nq')}
${fillBlock('blockD', 'dOut', rows, fours, '(team * p.nq + first + i) * p.sideOut + across', 'first + i < p.nq')}
if (lane < ${rows}u) {
  let at = (team * p.nq + min(first + lane, p.nq - 1u)) * p.heads + head;
  logs[lane] = stats_at(2u * at);
  means[lane] = stats_at(2u * at + 1u);
}
${declareResults('o', width, rows)}
for (var key = begin; key < end; key += ${STREAMED}u) {
let count = min(${STREAMED}u, end - key);
let there = lane < count;
let at = (key + lane) * p.sideKv + across;
workgroupBarrier();
${dotRows(rows, fours, [
  { sum: 's', block: 'blockQ', streamed: 'four_k(at, c * 4u)' },
  { sum: 'd', block: 'blockD', streamed: 'four_v(at, c * 4u)' },
])}
var extra = 0.0;
${variant.biased ? 'if (there) { extra = bias_at(key + lane); }' : ''}
${slopes.join('\n')}
workgroupBarrier();
${addResults([{ name: 'o', weights: 'slopes', operand: 'k', row: '(key + i) * p.sideKv + across' }], width, rows)}
}
${eachResult(
  width,
  rows,
  (i, r, c) =>
    `if (first + ${r} < p.nq) { dq_put((team * p.nq + first + ${r}) * p.sideQ + across + ${c}, o${i}); }`,
)}`,
  };
}

/** dk and dv in one dispatch, or in two where there are not bindings enough. */
function keyShaders(call: BackCall, stats: View, { bindings }: KernelTools): Shader[] {
  const needed = 7 + (call.bias == null ? 0 : 1) + (call.starts == null ? 0 : 1);
  return needed <= bindings
    ? [keyShader(call, stats, ['dk', 'dv'])]
    : [keyShader(call, stats, ['dk']), keyShader(call, stats, ['dv'])];
}

function keyShader(call: BackCall, stats: View, wanted: readonly ('dk' | 'dv')[]): Shader {
  const { width } = call;
  const variant = variantOf(call, call.dOut);
  const slopes = wanted.includes('dk');
  const { operands, ints, floats } = sharedOf(call, variant, slopes ? 'qkv' : 'qk');
  const fours = Math.ceil(width / 4);
  const rows = blockRows(32 * fours + 8 * STREAMED, MOST_ROWS / 2);
  const blocks = Math.ceil(call.nk / rows);
  const weights = Array.from({ length: rows }, (_, r) => {
    const extra = variant.biased ? ` + bias_at(min(low + ${r}u, end - 1u))` : '';
    return `{ let w = select(0.0, expOf(s${r} * p.scale${extra} - log), there);
weights[${r * STREAMED}u + lane] = w;
${slopes ? `slopes[${r * STREAMED}u + lane] = w * (d${r} - mean) * p.scale;` : ''} }`;
  });
  const terms = {
    dk: {
      name: 'dk',
      weights: 'slopes',
      operand: 'q',
      row: '(team * p.nq * p.own + query + i) * p.sideQ + across',
    },
    dv: {
      name: 'dv',
      weights: 'weights',
      operand: 'dOut',
      row: '(team * p.nq + query + i) * p.sideOut + across',
    },
  };
  const pairs = [
    { sum: 's', block: 'blockK', streamed: 'four_q(at, c * 4u)' },
    ...(slopes ? [{ sum: 'd', block: 'blockV', streamed: 'four_dOut(to, c * 4u)' }] : []),
  ];
  return {
    label: 'attentionKeys',
    operands: {
      ...operands,
      dOut: reads(call.dOut, variant.fours),
      stats: reads(stats),
      ...Object.fromEntries(wanted.map((name) => [name, writes(call[name])])),
    },
    ints: { ...ints, blocks },
    floats,
    lanes: STREAMED,
    groups: call.groups * call.heads * blocks,
    head: `${loads(slopes ? ['q', 'k', 'v', 'dOut'] : ['q', 'k'], variant)}
${BOUNDS_HEAD}
var<workgroup> blockK: array<vec4f, ${rows * fours}>;
${slopes ? `var<workgroup> blockV: array<vec4f, ${rows * fours}>;\nvar<workgroup> slopes: array<f32, ${rows * STREAMED}>;` : ''}
var<workgroup> weights: array<f32, ${rows * STREAMED}>;`,
    body: `${placeText(rows, width, variant.ragged)}
let low = begin + first;
if (low >= end) { return; }
${fillBlock('blockK', 'k', rows, fours, '(low + i) * p.sideKv + across', 'low + i < end')}
${slopes ? fillBlock('blockV', 'v', rows, fours, '(low + i) * p.sideKv + across', 'low + i < end') : ''}
${wanted.map((name) => declareResults(name, width, rows)).join('\n')}
for (var query = 0u; query < p.nq; query += ${STREAMED}u) {
let count = min(${STREAMED}u, p.nq - query);
let there = lane < count;
let own = min(query + lane, p.nq - 1u);
let at = (team * p.nq * p.own + own) * p.sideQ + across;
let to = (team * p.nq + own) * p.sideOut + across;
let log = stats_at(2u * ((team * p.nq + own) * p.heads + head));
let mean = stats_at(2u * ((team * p.nq + own) * p.heads + head) + 1u);
workgroupBarrier();
${dotRows(rows, fours, pairs)}
${weights.join('\n')}
workgroupBarrier();
${addResults(
  wanted.map((name) => terms[name]),
  width,
  rows,
)}
}
${wanted
  .map((name) =>
    eachResult(
      width,
      rows,
      (i, r, c) =>
        `if (low + ${r} < end) { ${name}_put((low + ${r}) * p.sideKv + across + ${c}, ${name}${i}); }`,
    ),
  )
  .join('\n')}`,
  };
}
