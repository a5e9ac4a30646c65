/**
 * @file The decoder's loss: softmax × library size → negative binomial, with its gradients, over the logits in place.
 *
 * First a workgroup per row: peak, sum, the likelihood, and the sum of the gradients with respect to log μ, all kept in eight
 * words per row. Then, in training, a workgroup per 256 genes and 16 rows: it brings the row's counts above 0 into shared
 * memory (gamma functions only there), writes the logits' gradients and adds those of θ and of the bias. No atomics, all sums
 * in a fixed order; float32, with the large terms of the gamma functions joined before their logarithm is taken.
 */
import { part } from '../../compute-device.ts';
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { maxOver, sumOver } from '../library.ts';
import { reads, readsWords, writes, writesWords, type Shader } from '../shader.ts';
import { LOWER_BOUND } from './transpose-text.ts';

type Call = KernelArguments<'negativeBinomial'>;

const LANES = 256;

/** Words kept of a row: peak, 1 / sum, library / sum, pull, −1 / cells (0: does not count), begin, end, log-likelihood. */
const WORDS = 8;

/** log-likelihood that a count adds to the terms of a zero; q = μ / (θ + μ). */
const COUNT_TERM = `fn countTerm(x: f32, t: f32, q: f32) -> f32 {
  var sum = 0.0;
  let n = min(x, 8.0);
  for (var k = 0.0; k < n; k += 1.0) { sum += logOf((t + k) * q / (k + 1.0)); }
  if (x <= 8.0) { return sum; }
  let d = x - 8.0;
  let c = t + 8.0;
  let b = t + x;
  let a = 1.0 + x;
  let tail = (1.0 / b - 1.0 / c - 1.0 / a + 1.0 / 9.0) / 12.0
    - (1.0 / (b * b * b) - 1.0 / (c * c * c) - 1.0 / (a * a * a) + 1.0 / 729.0) / 360.0;
  return sum + (c - 0.5) * logOnePlus(d / c) - 8.5 * logOnePlus(d / 9.0) + d * logOf(b * q / a) + tail;
}`;

/** Softmax × library → negative binomial. */
export const negativeBinomial: GpuKernel<'negativeBinomial'> = (call, { scratch }) => {
  const { rows, partialTheta, partialBias } = call;
  const stats = scratch(rows * WORDS);
  const first = rowsShader(call, stats);
  if (partialTheta == null || partialBias == null) return [first, lossShader(call, stats)];
  return [first, gradientShader(call, stats, partialTheta, partialBias)];
};

function rowsShader(call: Call, stats: View): Shader {
  const { rows, genes, library } = call;
  return {
    label: 'negativeBinomialRows',
    operands: {
      logits: reads(part(call.logits, 0, rows * genes)),
      theta: reads(call.theta),
      indptr: readsWords(call.indptr),
      indices: readsWords(call.indices),
      values: reads(call.values),
      library: reads(library),
      cells: readsWords(call.cells),
      stats: writesWords(stats),
    },
    ints: { genes },
    lanes: LANES,
    groups: rows,
    head: `${maxOver(LANES)}\n${sumOver(LANES)}\n${COUNT_TERM}`,
    body: `let at = group * p.genes;
var most = -3.4e38;
for (var g = lane; g < p.genes; g += ${LANES}u) { most = max(most, logits_at(at + g)); }
let peak = maxAll(lane, most);
var sum = 0.0;
for (var g = lane; g < p.genes; g += ${LANES}u) { sum += expOf(logits_at(at + g) - peak); }
let total = sumAll(lane, sum);
let scale = library_at(group) / total;
var ll = 0.0;
var weighted = 0.0;
for (var g = lane; g < p.genes; g += ${LANES}u) {
  let mu = expOf(logits_at(at + g) - peak) * scale;
  let t = theta_at(g);
  let held = t + 1e-8;
  ll -= t * logOnePlus(mu / held);
  weighted -= t * (mu / (held + mu));
}
let begin = indptr_at(group);
let end = indptr_at(group + 1u);
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let g = indices_at(k);
  let x = values_at(k);
  let t = theta_at(g);
  let mu = expOf(logits_at(at + g) - peak) * scale;
  let h = mu + 1e-8;
  let inverse = 1.0 / (t + h);
  ll += countTerm(x, t, h * inverse);
  weighted += x * (mu / h) * (t * inverse);
}
let all = sumAll(lane, ll);
let pull = sumAll(lane, weighted) / total;
if (lane > 0u) { return; }
let counted = group < cells_at(0u);
let to = group * ${WORDS}u;
stats_put(to, bitcast<u32>(peak));
stats_put(to + 1u, bitcast<u32>(1.0 / total));
stats_put(to + 2u, bitcast<u32>(scale));
stats_put(to + 3u, bitcast<u32>(pull));
stats_put(to + 4u, bitcast<u32>(select(0.0, -1.0 / f32(cells_at(0u)), counted)));
stats_put(to + 5u, begin);
stats_put(to + 6u, end);
stats_put(to + 7u, bitcast<u32>(select(0.0, all, counted)));`,
  };
}

/** Adds the likelihoods of the rows of block \`b\`. */
const BLOCK_LOSS = `var block = vec2f();
for (var r = b * 16u; r < min(p.rows, b * 16u + 16u); r++) {
  block = wideAdd(block, wideOf(bitcast<f32>(stats_at(r * ${WORDS}u + 7u))));
}
loss_put_wide(b, block);`;

function lossShader(call: Call, stats: View): Shader {
  const blocks = Math.ceil(call.rows / 16);
  return {
    label: 'negativeBinomialLoss',
    operands: { stats: readsWords(stats), loss: writes(call.partialLoss) },
    ints: { rows: call.rows, blocks },
    lanes: 64,
    groups: Math.ceil(blocks / 64),
    body: `let b = group * 64u + lane;\nif (b >= p.blocks) { return; }\n${BLOCK_LOSS}`,
  };
}

function gradientShader(call: Call, stats: View, theta: View, bias: View): Shader {
  const { rows, genes } = call;
  const tiles = Math.ceil(genes / 256);
  return {
    label: 'negativeBinomialGradient',
    operands: {
      logits: writes(part(call.logits, 0, rows * genes)),
      theta: reads(call.theta),
      indices: readsWords(call.indices),
      values: reads(call.values),
      stats: readsWords(stats),
      dTheta: writes(theta),
      dBias: writes(bias),
      loss: writes(call.partialLoss),
    },
    ints: { rows, genes, tiles },
    lanes: LANES,
    groups: tiles * Math.ceil(rows / 16),
    head: `${LOWER_BOUND}
var<workgroup> slopes: array<f32, 1024>;
var<workgroup> weights: array<f32, 1024>;
var<workgroup> bounds: array<u32, 32>;
fn stat(row: u32, word: u32) -> f32 { return bitcast<f32>(stats_at(row * ${WORDS}u + word)); }`,
    body: `let tile = group % p.tiles;
let b = group / p.tiles;
let low = tile * 256u;
let gene = min(low + lane, p.genes - 1u);
let inside = low + lane < p.genes;
let t = theta_at(gene);
let held = t + 1e-8;
if (lane < 32u) {
  let row = min(b * 16u + (lane >> 1u), p.rows - 1u);
  bounds[lane] = lowerBound(stats_at(row * ${WORDS}u + 5u), stats_at(row * ${WORDS}u + 6u), low + (lane & 1u) * 256u);
}
var sumTheta = 0.0;
var sumBias = 0.0;
for (var four = 0u; four < 16u; four += 4u) {
  workgroupBarrier();
  for (var i = 0u; i < 4u; i++) {
    slopes[i * 256u + lane] = 0.0;
    weights[i * 256u + lane] = 0.0;
  }
  workgroupBarrier();
  let slot = four + (lane >> 6u);
  let source = b * 16u + slot;
  if (source < p.rows) {
    let peak = stat(source, 0u);
    let scale = stat(source, 2u);
    for (var k = bounds[2u * slot] + (lane & 63u); k < bounds[2u * slot + 1u]; k += 64u) {
      let g = indices_at(k);
      let x = values_at(k);
      let tg = theta_at(g);
      let mu = expOf(logits_at(source * p.genes + g) - peak) * scale;
      let h = mu + 1e-8;
      let inverse = 1.0 / (tg + h);
      let place = (lane >> 6u) * 256u + g - low;
      slopes[place] = digammaDifference(tg, x) - x * inverse;
      weights[place] = x * (mu / h) * (tg * inverse);
    }
  }
  storageBarrier();
  workgroupBarrier();
  for (var i = 0u; i < 4u; i++) {
    let row = b * 16u + four + i;
    if (row >= p.rows || !inside) { continue; }
    let at = row * p.genes + gene;
    let factor = stat(row, 4u);
    if (factor == 0.0) {
      logits_put(at, 0.0);
      continue;
    }
    let e = expOf(logits_at(at) - stat(row, 0u));
    let mu = e * stat(row, 2u);
    let ratio = mu / (held + mu);
    sumTheta += (ratio - logOnePlus(mu / held)) + slopes[i * 256u + lane];
    let d = ((weights[i * 256u + lane] - t * ratio) - e * stat(row, 3u)) * factor;
    logits_put(at, d);
    sumBias += d;
  }
}
if (inside) {
  dTheta_put(b * p.genes + gene, sumTheta);
  dBias_put(b * p.genes + gene, sumBias);
}
if (tile > 0u || lane > 0u) { return; }
${BLOCK_LOSS}`,
  };
}
