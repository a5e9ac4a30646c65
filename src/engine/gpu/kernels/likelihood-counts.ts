/**
 * @file Bernoulli and Poisson likelihoods of sparse counts with the gradient of the logits in place.
 *
 * A workgroup per row first sums its likelihood and, in training, writes the gradient as if there were no counts, then takes
 * the counts off. One invocation per gene and 16 rows adds up the bias' gradient, one per 16 rows their likelihoods. float32;
 * sums over lanes in a fixed order; the large terms of a count are joined before they are added.
 */
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { maxOver, sumOver } from '../library.ts';
import { reads, readsWords, writes, type Operand, type Shader } from '../shader.ts';

type Bernoulli = KernelArguments<'bernoulli'>;
type Poisson = KernelArguments<'poisson'>;

const LANES = 256;

/** log of the Poisson probability of a whole count above 0 over e^−mean, from log(mean / count). */
const COUNT_TERM = `fn countTerm(x: f32, logRatio: f32) -> f32 {
  if (x < 9.0) {
    var sum = x * logRatio;
    for (var k = 1.0; k <= x; k += 1.0) { sum += logOf(x / k); }
    return sum;
  }
  let i = 1.0 / x;
  return x * (logRatio + 1.0) - 0.5 * logOf(6.283185307179586 * x) - i * (1.0 / 12.0 - i * i * (1.0 / 360.0));
}`;

const EACH_GENE = `for (var g = lane; g < p.genes; g += ${LANES}u)`;

interface RowParts {
  readonly label: string;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly head?: string;
  /** Sets \`ll\` from the logits. */
  readonly judge: string;
  /** Gradient of the loss times cells at gene g as if its count were 0, from its logit l. */
  readonly slope: string;
  /** What a count takes from it. */
  readonly value: string;
}

function rowsShader(call: Bernoulli, stats: View, parts: RowParts): Shader {
  const learns = call.partialBias != null;
  return {
    label: parts.label,
    operands: {
      logits: learns ? writes(call.logits) : reads(call.logits),
      indptr: readsWords(call.indptr),
      indices: readsWords(call.indices),
      cells: readsWords(call.cells),
      ...parts.operands,
      stats: writes(stats),
    },
    ints: { genes: call.genes },
    lanes: LANES,
    groups: call.rows,
    head: `${parts.head ?? ''}\n${sumOver(LANES)}`,
    body: `let at = group * p.genes;
let begin = indptr_at(group);
let end = indptr_at(group + 1u);
let counted = group < cells_at(0u);
let factor = select(0.0, 1.0 / f32(cells_at(0u)), counted);
var ll = 0.0;
${parts.judge}
let all = sumAll(lane, ll);
if (lane == 0u) { stats_put(group, select(0.0, all, counted)); }
${learns ? gradientText(parts) : ''}`,
  };
}

function gradientText({ slope, value }: RowParts): string {
  return `storageBarrier();
${EACH_GENE} {
  let l = logits_at(at + g);
  logits_put(at + g, (${slope}) * factor);
}
storageBarrier();
workgroupBarrier();
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let g = at + indices_at(k);
  logits_put(g, logits_at(g) - ${value} * factor);
}`;
}

/** The likelihoods of 16 rows each, and the bias' gradient where asked. */
function blockShaders(call: Bernoulli, stats: View): Shader[] {
  const { rows, genes, partialBias } = call;
  const blocks = Math.ceil(rows / 16);
  const loss: Shader = {
    label: 'countsLoss',
    operands: { stats: reads(stats), loss: writes(call.partialLoss) },
    ints: { rows, blocks },
    lanes: 64,
    groups: Math.ceil(blocks / 64),
    body: `let b = group * 64u + lane;
if (b >= p.blocks) { return; }
var block = vec2f();
for (var r = b * 16u; r < min(p.rows, b * 16u + 16u); r++) { block = wideAdd(block, wideOf(stats_at(r))); }
loss_put_wide(b, block);`,
  };
  if (partialBias == null) return [loss];
  const bias: Shader = {
    label: 'countsBias',
    operands: { logits: reads(call.logits), sums: writes(partialBias) },
    ints: { rows, genes, count: blocks * genes },
    lanes: LANES,
    groups: Math.ceil((blocks * genes) / LANES),
    body: `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let b = at / p.genes;
let g = at % p.genes;
var sum = 0.0;
for (var r = b * 16u; r < min(p.rows, b * 16u + 16u); r++) { sum += logits_at(r * p.genes + g); }
sums_put(at, sum);`,
  };
  return [loss, bias];
}

/** "There or not" with probabilities σ(logits). */
export const bernoulli: GpuKernel<'bernoulli'> = (call, tools) => {
  const stats = tools.scratch(call.rows);
  const first = rowsShader(call, stats, {
    label: 'bernoulli',
    operands: {},
    judge: `${EACH_GENE} {
  let l = logits_at(at + g);
  ll -= max(l, 0.0) + logOnePlus(expOf(-abs(l)));
}
for (var k = begin + lane; k < end; k += ${LANES}u) { ll += logits_at(at + indices_at(k)); }`,
    slope: 'sigmoidOf(l)',
    value: '1.0',
  });
  return [first, ...blockShaders(call, stats)];
};

/** Poisson with mean softmax × library, or e^logit. */
export const poisson: GpuKernel<'poisson'> = (call, tools) => {
  const stats = tools.scratch(call.rows);
  const { library = null } = call;
  const parts = library === null ? plainParts(call) : sharedParts(call, library);
  return [rowsShader(call, stats, parts), ...blockShaders(call, stats)];
};

function plainParts(call: Poisson): RowParts {
  return {
    label: 'poisson',
    operands: { values: reads(call.values) },
    head: COUNT_TERM,
    judge: `${EACH_GENE} { ll -= expOf(logits_at(at + g)); }
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let x = values_at(k);
  ll += countTerm(x, logits_at(at + indices_at(k)) - logOf(x));
}`,
    slope: 'expOf(l)',
    value: 'values_at(k)',
  };
}

function sharedParts(call: Poisson, library: View): RowParts {
  return {
    label: 'poissonShares',
    operands: { values: reads(call.values), library: reads(library) },
    head: `${COUNT_TERM}\n${maxOver(LANES)}`,
    judge: `var most = -3.4e38;
${EACH_GENE} { most = max(most, logits_at(at + g)); }
let peak = maxAll(lane, most);
var sum = 0.0;
${EACH_GENE} { sum += expOf(logits_at(at + g) - peak); }
let total = sumAll(lane, sum);
let size = library_at(group);
var counts = 0.0;
for (var k = begin + lane; k < end; k += ${LANES}u) {
  let x = values_at(k);
  counts += x;
  ll += countTerm(x, logits_at(at + indices_at(k)) - peak + logOf(size / (total * x)));
}
let pull = sumAll(lane, counts) / total;
if (lane == 0u) { ll -= size; }`,
    slope: 'expOf(l - peak) * pull',
    value: 'values_at(k)',
  };
}
