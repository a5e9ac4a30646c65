/**
 * @file Differential attention over a graph: both maps of a token and head in one workgroup of 64, an entry of the list a lane, then a
 * column a lane. float32, sums in the order of the lists.
 */
import type { KernelArguments } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { maxOver, sumOver } from '../library.ts';
import { reads, readsWords, writes, type Shader } from '../shader.ts';

type Call = KernelArguments<'differentialAttention'>;
type BackCall = KernelArguments<'differentialAttentionGradient'>;

const LANES = 64;

/** For every column of a lane (lane, lane + 64, … of a head) a statement about its sum and its number. */
function eachColumn(
  width: number,
  name: string,
  statement: (sum: string, column: string) => string,
): string {
  return Array.from({ length: Math.ceil(width / LANES) }, (_, c) => {
    const column = `(lane + ${c * LANES}u)`;
    return `if (${column} < p.width) { ${statement(`${name}${c}`, column)} }`;
  }).join('\n');
}

function declare(width: number, name: string): string {
  const count = Math.ceil(width / LANES);
  return Array.from({ length: count }, (_, c) => `var ${name}${c} = 0.0;`).join(' ');
}

function sizesOf({ tokens, heads, width, side, crossed }: Call | BackCall) {
  const columns = heads * width;
  const [q2, k1] = crossed === 0 ? [2 * columns, 3 * columns] : [3 * columns, 2 * columns];
  return { tokens, heads, width, side, q1: columns, q2, k1, k2: 4 * columns };
}

/** Bounds of the list of \`own\`, the same in all lanes, and where the group's rows of x begin. */
const LIST = `let row = group / p.heads;
let head = group % p.heads;
let across = head * p.width;
let own = row % p.tokens;
let base = (row - own) * p.side + across;
if (lane == 0u) { bounds = vec2u(starts_at(own), starts_at(own + 1u)); }
let span = workgroupUniformLoad(&bounds);
let begin = span.x;
let end = span.y;`;

/** (A₁ − λ A₂) v. */
export const differentialAttention: GpuKernel<'differentialAttention'> = (call) => {
  const { width, lse } = call;
  return [
    {
      label: 'differentialAttention',
      operands: {
        x: reads(call.x),
        starts: readsWords(call.starts),
        keys: readsWords(call.keys),
        lambda: reads(call.weight),
        out: writes(call.out),
        ...(lse == null ? {} : { lse: writes(lse) }),
      },
      ints: sizesOf(call),
      floats: { scale: 1 / Math.sqrt(width) },
      lanes: LANES,
      groups: call.groups * call.tokens * call.heads,
      head: `var<workgroup> bounds: vec2u;
var<workgroup> weights: array<vec2f, ${LANES}>;
var<workgroup> places: array<u32, ${LANES}>;
${sumOver(LANES)}
${maxOver(LANES)}`,
      body: `${LIST}
let mine = base + own * p.side;
var peak = vec2f(-3.4e38);
var total = vec2f(0.0);
${declare(width, 'a')}
${declare(width, 'b')}
for (var first = begin; first < end; first += ${LANES}u) {
  let count = min(${LANES}u, end - first);
  var score = vec2f(-3.4e38);
  var key = 0u;
  if (lane < count) {
    key = base + keys_at(first + lane) * p.side;
    score = vec2f(0.0);
    for (var c = 0u; c < p.width; c++) {
      score += vec2f(x_at(mine + p.q1 + c) * x_at(key + p.k1 + c), x_at(mine + p.q2 + c) * x_at(key + p.k2 + c));
    }
    score *= p.scale;
  }
  let most1 = max(peak.x, maxAll(lane, score.x));
  workgroupBarrier();
  let most2 = max(peak.y, maxAll(lane, score.y));
  let shrink = vec2f(expOf(peak.x - most1), expOf(peak.y - most2));
  peak = vec2f(most1, most2);
  var e = vec2f(0.0);
  if (lane < count) { e = vec2f(expOf(score.x - most1), expOf(score.y - most2)); }
  workgroupBarrier();
  let sum1 = sumAll(lane, e.x);
  workgroupBarrier();
  total = total * shrink + vec2f(sum1, sumAll(lane, e.y));
  workgroupBarrier();
  weights[lane] = e;
  places[lane] = key;
  workgroupBarrier();
${eachColumn(width, 'a', (a, c) => {
  const b = a.replace('a', 'b');
  return `${a} *= shrink.x; ${b} *= shrink.y; for (var i = 0u; i < count; i++) { let v = x_at(places[i] + ${c}); ${a} += weights[i].x * v; ${b} += weights[i].y * v; }`;
})}
}
let inverse = select(vec2f(0.0), vec2f(1.0, -lambda_at(0u)) / total, begin < end);
${eachColumn(width, 'a', (a, c) => `out_put(group * p.width + ${c}, ${a} * inverse.x + ${a.replace('a', 'b')} * inverse.y);`)}
${
  lse == null
    ? ''
    : `if (lane == 0u) {
  var log = vec2f(0.0);
  if (begin < end) { log = peak + vec2f(logOf(total.x), logOf(total.y)); }
  lse_put(2u * group, log.x);
  lse_put(2u * group + 1u, log.y);
}`
}`,
    },
  ];
};

/** What queries get, with the means of the slopes of their weights; then what keys get. */
export const differentialAttentionGradient: GpuKernel<'differentialAttentionGradient'> = (call) => [
  queryShader(call),
  keyShader(call),
];

/** Weights of both maps and the slope of the weights, between the query at \`query\` and the key at \`key\` of x. */
const PAIR = `fn pair(query: u32, key: u32, at: u32) -> vec3f {
  var score = vec2f(0.0);
  var slope = 0.0;
  for (var c = 0u; c < p.width; c++) {
    score += vec2f(x_at(query + p.q1 + c) * x_at(key + p.k1 + c), x_at(query + p.q2 + c) * x_at(key + p.k2 + c));
    slope += dOut_at(at * p.width + c) * x_at(key + c);
  }
  score *= p.scale;
  return vec3f(expOf(score.x - lse_at(2u * at)), expOf(score.y - lse_at(2u * at + 1u)), slope);
}`;

function backShader(call: BackCall, writesMeans: boolean): Omit<Shader, 'label' | 'body'> {
  return {
    operands: {
      x: reads(call.x),
      starts: readsWords(call.starts),
      keys: readsWords(call.keys),
      lambda: reads(call.weight),
      lse: reads(call.lse),
      dOut: reads(call.dOut),
      means: writesMeans ? writes(call.means) : reads(call.means),
      dx: writes(call.dx),
    },
    ints: sizesOf(call),
    floats: { scale: 1 / Math.sqrt(call.width) },
    lanes: LANES,
    groups: call.groups * call.tokens * call.heads,
    head: `var<workgroup> bounds: vec2u;
var<workgroup> slopes: array<vec3f, ${LANES}>;
var<workgroup> places: array<u32, ${LANES}>;
var<workgroup> rows: array<u32, ${LANES}>;
${PAIR}
${sumOver(LANES)}`,
  };
}

function queryShader(call: BackCall): Shader {
  const { width } = call;
  return {
    label: 'differentialAttentionQueries',
    ...backShader(call, true),
    body: `${LIST}
let mine = base + own * p.side;
var part = vec2f(0.0);
for (var at = begin + lane; at < end; at += ${LANES}u) {
  let w = pair(mine, base + keys_at(at) * p.side, group);
  part += w.xy * w.z;
}
let mean1 = sumAll(lane, part.x);
workgroupBarrier();
let mean2 = sumAll(lane, part.y);
if (lane == 0u) {
  means_put(2u * group, mean1);
  means_put(2u * group + 1u, mean2);
}
${declare(width, 'a')}
${declare(width, 'b')}
for (var first = begin; first < end; first += ${LANES}u) {
  let count = min(${LANES}u, end - first);
  workgroupBarrier();
  if (lane < count) {
    let key = base + keys_at(first + lane) * p.side;
    let w = pair(mine, key, group);
    slopes[lane] = vec3f(w.x * (w.z - mean1), -lambda_at(0u) * w.y * (w.z - mean2), 0.0) * p.scale;
    places[lane] = key;
  }
  workgroupBarrier();
${eachColumn(width, 'a', (a, c) => `for (var i = 0u; i < count; i++) { ${a} += slopes[i].x * x_at(places[i] + p.k1 + ${c}); ${a.replace('a', 'b')} += slopes[i].y * x_at(places[i] + p.k2 + ${c}); }`)}
}
${eachColumn(width, 'a', (a, c) => `dx_put(mine + p.q1 + ${c}, ${a}); dx_put(mine + p.q2 + ${c}, ${a.replace('a', 'b')});`)}`,
  };
}

function keyShader(call: BackCall): Shader {
  const { width } = call;
  return {
    label: 'differentialAttentionKeys',
    ...backShader(call, false),
    body: `${LIST}
let mine = base + own * p.side;
${['a', 'b', 'd'].map((name) => declare(width, name)).join('\n')}
for (var first = begin; first < end; first += ${LANES}u) {
  let count = min(${LANES}u, end - first);
  workgroupBarrier();
  if (lane < count) {
    let other = keys_at(first + lane);
    let query = base + other * p.side;
    let at = (row - own + other) * p.heads + head;
    let w = pair(query, mine, at);
    let weight2 = -lambda_at(0u) * w.y;
    slopes[lane] = vec3f(w.x * (w.z - means_at(2u * at)) * p.scale, weight2 * (w.z - means_at(2u * at + 1u)) * p.scale, w.x + weight2);
    places[lane] = query;
    rows[lane] = at * p.width;
  }
  workgroupBarrier();
${eachColumn(width, 'a', (a, c) => {
  const [b, d] = [a.replace('a', 'b'), a.replace('a', 'd')];
  return `for (var i = 0u; i < count; i++) { ${a} += slopes[i].x * x_at(places[i] + p.q1 + ${c}); ${b} += slopes[i].y * x_at(places[i] + p.q2 + ${c}); ${d} += slopes[i].z * dOut_at(rows[i] + ${c}); }`;
})}
}
${eachColumn(width, 'a', (a, c) => `dx_put(mine + p.k1 + ${c}, ${a}); dx_put(mine + p.k2 + ${c}, ${a.replace('a', 'b')}); dx_put(mine + ${c}, ${a.replace('a', 'd')});`)}`,
  };
}
