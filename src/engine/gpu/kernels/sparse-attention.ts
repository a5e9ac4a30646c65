/**
 * @file Attention over lists of keys per query, forward and backward, and the weight of differential attention.
 *
 * A workgroup of 64 per row and head; 64 entries of its list at a time, one a lane, then one column a lane. float32, sums in the
 * order of the lists.
 */
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { maxOver, sumOver } from '../library.ts';
import { reads, readsWords, writes, type Shader } from '../shader.ts';
import { normaliserShader } from './attention.ts';

type BackCall = KernelArguments<'sparseAttentionGradient'>;

const LANES = 64;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Sums of a lane: column lane, lane + 64, … of a head. */
function columnsOf(
  width: number,
  name: string,
  statement: (value: string, column: string) => string,
): string {
  return range(Math.ceil(width / LANES))
    .map(
      (c) =>
        `if (lane + ${c * LANES}u < ${width}u) { ${statement(`${name}${c}`, `(lane + ${c * LANES}u)`)} }`,
    )
    .join('\n');
}

function declare(width: number, name: string): string {
  return range(Math.ceil(width / LANES))
    .map((c) => `var ${name}${c} = 0.0;`)
    .join(' ');
}

/** \`begin\` and \`end\` of the list, the same in all lanes. */
const LIST = `if (lane == 0u) { bounds = vec2u(starts_at(own), starts_at(own + 1u)); }
let span = workgroupUniformLoad(&bounds);
let begin = span.x;
let end = span.y;`;

/** Each query sees the keys of its list. */
export const sparseAttention: GpuKernel<'sparseAttention'> = (call) => {
  const { nq, nk, heads, width, lse } = call;
  return [
    {
      label: 'sparseAttention',
      operands: {
        q: reads(call.q),
        k: reads(call.k),
        v: reads(call.v),
        starts: readsWords(call.starts),
        keys: readsWords(call.keys),
        out: writes(call.out),
        ...(lse == null ? {} : { lse: writes(lse) }),
      },
      ints: { nq, nk, heads, width, sideQ: call.sideQ, sideKv: call.sideKv },
      floats: { scale: 1 / Math.sqrt(width) },
      lanes: LANES,
      groups: call.groups * nq * heads,
      head: `var<workgroup> bounds: vec2u;
var<workgroup> weights: array<f32, ${LANES}>;
var<workgroup> rows: array<u32, ${LANES}>;
${sumOver(LANES)}
${maxOver(LANES)}`,
      body: `let row = group / p.heads;
let across = (group % p.heads) * p.width;
let own = row % p.nq;
let team = row / p.nq;
${LIST}
var peak = -3.4e38;
var total = 0.0;
${declare(width, 'o')}
for (var first = begin; first < end; first += ${LANES}u) {
  let count = min(${LANES}u, end - first);
  var score = -3.4e38;
  var key = 0u;
  if (lane < count) {
    key = (team * p.nk + keys_at(first + lane)) * p.sideKv + across;
    score = 0.0;
    for (var c = 0u; c < p.width; c++) { score += q_at(row * p.sideQ + across + c) * k_at(key + c); }
    score *= p.scale;
  }
  let most = max(peak, maxAll(lane, score));
  let shrink = expOf(peak - most);
  peak = most;
  let e = select(0.0, expOf(score - peak), lane < count);
  total = total * shrink + sumAll(lane, e);
  workgroupBarrier();
  weights[lane] = e;
  rows[lane] = key;
  workgroupBarrier();
${columnsOf(width, 'o', (o, c) => `${o} *= shrink; for (var i = 0u; i < count; i++) { ${o} += weights[i] * v_at(rows[i] + ${c}); }`)}
}
let inverse = select(0.0, 1.0 / total, begin < end);
${columnsOf(width, 'o', (o, c) => `out_put(group * p.width + ${c}, ${o} * inverse);`)}
${
  lse == null
    ? ''
    : `if (lane == 0u) {
  var log = 0.0;
  if (begin < end) { log = peak + logOf(total); }
  lse_put(group, log);
}`
}`,
    },
  ];
};

/** dq, or dk and dv. */
export const sparseAttentionGradient: GpuKernel<'sparseAttentionGradient'> = (call, tools) => {
  const rows = call.groups * call.nq;
  const stats = tools.scratch(2 * rows * call.heads);
  const first = normaliserShader(call, rows, stats);
  const { dq, dk, dv } = call;
  if (dq != null) return [first, listShader(call, stats, { dq })];
  const both = { ...(dk == null ? {} : { dk }), ...(dv == null ? {} : { dv }) };
  if (9 <= tools.bindings) return [first, listShader(call, stats, both)];
  return [
    first,
    ...Object.entries(both).map(([name, view]) => listShader(call, stats, { [name]: view })),
  ];
};

/** What lists are summed into. */
type Results = Readonly<Partial<Record<'dq' | 'dk' | 'dv', View>>>;

function listShader(call: BackCall, stats: View, results: Results): Shader {
  const { groups, nq, nk, heads, width } = call;
  const names = Object.keys(results) as (keyof Results)[];
  const forQueries = names.includes('dq');
  const owners = forQueries ? nq : nk;
  const terms: Record<keyof Results, string> = {
    dq: 'slopes[i] * k_at(others[i] + COLUMN)',
    dk: 'slopes[i] * q_at(others[i] + COLUMN)',
    dv: 'weights[i] * dOut_at(places[i] + COLUMN)',
  };
  const sums = names.map((name) =>
    columnsOf(
      width,
      name,
      (sum, c) =>
        `for (var i = 0u; i < count; i++) { ${sum} += ${terms[name].replace('COLUMN', c)}; }`,
    ),
  );
  const side = forQueries ? 'p.sideQ' : 'p.sideKv';
  return {
    label: 'sparseAttentionGradient',
    operands: {
      q: reads(call.q),
      k: reads(call.k),
      ...(names.join() === 'dv' ? {} : { v: reads(call.v) }),
      starts: readsWords(call.starts),
      keys: readsWords(call.keys),
      dOut: reads(call.dOut),
      stats: reads(stats),
      ...Object.fromEntries(names.map((name) => [name, writes(results[name] as View)])),
    },
    ints: { nq, nk, heads, width, owners, sideQ: call.sideQ, sideKv: call.sideKv },
    floats: { scale: 1 / Math.sqrt(width) },
    lanes: LANES,
    groups: groups * owners * heads,
    head: `var<workgroup> bounds: vec2u;
var<workgroup> weights: array<f32, ${LANES}>;
var<workgroup> slopes: array<f32, ${LANES}>;
var<workgroup> others: array<u32, ${LANES}>;
var<workgroup> places: array<u32, ${LANES}>;`,
    body: `let row = group / p.heads;
let head = group % p.heads;
let across = head * p.width;
let own = row % p.owners;
let team = row / p.owners;
${LIST}
${names.map((name) => declare(width, name)).join('\n')}
for (var first = begin; first < end; first += ${LANES}u) {
  let count = min(${LANES}u, end - first);
  workgroupBarrier();
  if (lane < count) {
    let other = keys_at(first + lane);
    let query = team * p.nq + ${forQueries ? 'own' : 'other'};
    let key = (team * p.nk + ${forQueries ? 'other' : 'own'}) * p.sideKv + across;
    let at = query * p.sideQ + across;
    let place0 = (query * p.heads + head) * p.width;
    var score = 0.0;
    var slope = 0.0;
    for (var c = 0u; c < p.width; c++) {
      score += q_at(at + c) * k_at(key + c);
      ${names.join() === 'dv' ? '' : 'slope += dOut_at(place0 + c) * v_at(key + c);'}
    }
    let w = expOf(score * p.scale - stats_at(2u * (query * p.heads + head)));
    weights[lane] = w;
    slopes[lane] = w * (slope - stats_at(2u * (query * p.heads + head) + 1u)) * p.scale;
    others[lane] = ${forQueries ? 'key' : 'at'};
    places[lane] = place0;
  }
  workgroupBarrier();
${sums.join('\n')}
}
${names.map((name) => columnsOf(width, name, (sum, c) => `${name}_put(row * ${side} + across + ${c}, ${sum});`)).join('\n')}`,
  };
}

const POWERS = `fn power(first: u32) -> f32 {
  var sum = 0.0;
  for (var c = 0u; c < p.width; c++) { sum += vectors_at(first + c) * vectors_at(first + p.width + c); }
  return expOf(sum);
}`;

/** λ of differential attention; one invocation. */
export const differentialWeight: GpuKernel<'differentialWeight'> = (call) => [
  {
    label: 'differentialWeight',
    operands: { vectors: reads(call.vectors), out: writes(call.out) },
    ints: { width: call.width },
    floats: { base: call.base },
    lanes: 1,
    groups: 1,
    head: POWERS,
    body: 'out_put(0u, power(0u) - power(2u * p.width) + p.base);',
  },
];

/** Gradient of its vectors; one invocation per number. */
export const differentialWeightGradient: GpuKernel<'differentialWeightGradient'> = (call) => [
  {
    label: 'differentialWeightGradient',
    operands: {
      vectors: reads(call.vectors),
      slope: reads(call.dWeight),
      dVectors: writes(call.dVectors),
    },
    ints: { width: call.width },
    lanes: 64,
    groups: Math.ceil((4 * call.width) / 64),
    head: POWERS,
    body: `let at = group * 64u + lane;
if (at >= 4u * p.width) { return; }
let first = at / (2u * p.width) * 2u * p.width;
let other = select(at - p.width, at + p.width, at - first < p.width);
let factor = select(-slope_at(0u), slope_at(0u), first == 0u) * power(first);
dVectors_put(at, factor * vectors_at(other));`,
  },
];
