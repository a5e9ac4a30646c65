/**
 * @file Negative binomial counts of whole cells, written sparse: the random numbers of numerics/draw-counts, in float32.
 *
 * First one invocation per four genes draws their counts into working memory; most are settled by comparing one word with the
 * mean. Then a workgroup per row moves those above 0 together. A count differs from the CPU's only where rounding flips a
 * comparison; upper tails are summed anew before subtraction loses their digits.
 */
import type { GpuKernel } from '../kernel.ts';
import { reads, readsWords, writes, writesWords } from '../shader.ts';
import { DRAW_TEXT } from './draws-text.ts';

const LANES = 256;

/** Counts of cells from the shares of their genes. */
export const drawCounts: GpuKernel<'drawCounts'> = (call, { scratch }) => {
  const { rows, genes, library } = call;
  const drawn = scratch(rows * genes);
  const fours = Math.ceil(genes / 4);
  return [
    {
      label: 'drawCounts',
      operands: {
        shares: reads(call.shares),
        theta: reads(call.theta),
        library: reads(library),
        keys: readsWords(call.keys),
        drawn: writes(drawn),
      },
      ints: { genes, fours, count: rows * fours },
      lanes: 64,
      groups: Math.ceil((rows * fours) / 64),
      head: DRAW_TEXT,
      body: `let at = group * 64u + lane;
if (at >= p.count) { return; }
let row = at / p.fours;
let block = at % p.fours;
key = vec2u(keys_at(2u * row), keys_at(2u * row + 1u));
let words = philox(vec4u(block, 0u, 0u, 0x10u), key);
let size = library_wide(row);
for (var q = 0u; q < 4u; q++) {
  let gene = block * 4u + q;
  if (gene >= p.genes) { break; }
  let share = shares_at(row * p.genes + gene);
  let mean = share * size.x + share * size.y;
  var count = 0.0;
  if (mean >= 1.0 || words[q] < u32(ceil(mean * 4294967296.0))) {
    count = drawOne(mean, min(theta_at(gene), 3e38), words[q], gene);
  }
  drawn_put(row * p.genes + gene, count);
}`,
    },
    {
      label: 'packCounts',
      operands: {
        drawn: reads(drawn),
        indices: writesWords(call.indices),
        values: writes(call.values),
        counts: writesWords(call.counts),
      },
      ints: { genes, span: Math.ceil(genes / LANES) },
      lanes: LANES,
      groups: rows,
      head: `var<workgroup> sums: array<u32, ${LANES}>;`,
      body: `let row = group * p.genes;
let begin = lane * p.span;
let end = min(p.genes, begin + p.span);
var own = 0u;
for (var g = begin; g < end; g++) { own += select(0u, 1u, drawn_at(row + g) > 0.0); }
sums[lane] = own;
for (var s = 1u; s < ${LANES}u; s <<= 1u) {
  workgroupBarrier();
  var before = 0u;
  if (lane >= s) { before = sums[lane - s]; }
  workgroupBarrier();
  sums[lane] += before;
}
workgroupBarrier();
var to = row + sums[lane] - own;
for (var g = begin; g < end; g++) {
  let count = drawn_at(row + g);
  if (count > 0.0) {
    indices_put(to, g);
    values_put(to, count);
    to++;
  }
}
if (lane == ${LANES - 1}u) { counts_put(group, sums[lane]); }`,
    },
  ];
};
