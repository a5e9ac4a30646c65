/**
 * @file Gradients of the gene decoder's logits, some genes at a time, so that only their rows are in memory.
 *
 * Rows are made again, eight genes and one cell a workgroup, and their gradients written [cells, genes of the chunk, side]; then
 * come the gradients of query · key, and the sums over genes (tokens), over cells (genes' own rows), and over both. Every sum has
 * a fixed order. Pieces of sums over genes take neighbouring chunks; pieces without one are 0.
 */
import { part } from '../../compute-device.ts';
import type { KernelArguments, View } from '../../kernels/list.ts';
import type { GpuKernel, KernelTools } from '../kernel.ts';
import { reads, writes, type Shader } from '../shader.ts';
import { endsCount, gatherEnds, rowOperands, rowParameters } from './gene-logits.ts';
import {
  eachFour,
  eachGated,
  eachOfY,
  ROW_FOURS,
  ROW_GENES,
  ROW_LANES,
  rowHead,
  rowStart,
  sumFours,
} from './gene-rows-text.ts';
import { tokenSums, geneSums, querySums, partialSums, zeros } from './gene-sums.ts';

type Call = KernelArguments<'geneLogitsGradient'>;

/** Numbers of working memory that a chunk's rows take at most; they are read four times, best from a cache. */
const CHUNK_NUMBERS = 8 << 20;

/** Genes of a chunk, and working memory. */
interface Chunks {
  readonly genes: number;
  /** Tokens, rounded up to fours. */
  readonly four: number;
  readonly ends: View;
  /** Gradients of rows, [cells, genes of the chunk, side]. */
  readonly rows: View;
  /** Genes' shares in tokens, and gradients of query · key, [cells, genes of the chunk, four]. */
  readonly shares: View;
  readonly slopes: View;
  /** A row of sums for every eight genes and cell. */
  readonly partial: View;
}

/** Some genes. */
interface Chunk {
  readonly from: number;
  readonly count: number;
}

/** Backward of geneLogits. */
export const geneLogitsGradient: GpuKernel<'geneLogitsGradient'> = (call, tools) => {
  const { genes, cells, tokens, side, width, gated, parts } = call;
  const work = chunksOf(call, tools);
  const count = Math.ceil(genes / work.genes);
  const pieceOf = (chunk: number): number => Math.floor((chunk * parts) / count);
  const shaders: Shader[] = [gatherEnds(call, work.ends)];
  const sizes = { dKeys: cells * tokens * width, dMix: cells * tokens * side, sums: width + 3 * gated }; // prettier-ignore
  const pieceAt = (name: keyof typeof sizes, p: number): View =>
    part(call[name], p * sizes[name], sizes[name]);
  for (let c = 0; c < count; c++) {
    const from = c * work.genes;
    const chunk = { from, count: Math.min(work.genes, genes - from) };
    const piece = pieceOf(c);
    const adds = c > 0 && pieceOf(c - 1) === piece;
    const shape = { cells, tokens, four: work.four, genes: chunk.count, adds };
    const queries = part(call.queries, from * width, chunk.count * width);
    shaders.push(
      rowGradients(call, work, chunk),
      scoreGradients(call, work, chunk),
      tokenSums({
        weights: work.shares,
        rows: work.rows,
        perCell: chunk.count * side,
        side,
        columns: width + 2 * gated,
        out: pieceAt('dMix', piece),
        ...shape,
      }),
      tokenSums({
        weights: work.slopes,
        rows: queries,
        perCell: 0,
        side: width,
        columns: width,
        out: pieceAt('dKeys', piece),
        ...shape,
      }),
      geneSums(work.rows, part(call.dBase, from * side, chunk.count * side), cells, chunk.count * side), // prettier-ignore
      querySums(work.slopes, call.keys, part(call.dQueries, from * width, chunk.count * width), {
        ...shape,
        width,
      }),
      partialSums(work.partial, pieceAt('sums', piece), {
        rows: cells * Math.ceil(chunk.count / ROW_GENES),
        columns: sizes.sums,
        adds,
      }),
    );
  }
  const used = new Set(Array.from({ length: count }, (_, c) => pieceOf(c)));
  for (let piece = 0; piece < parts; piece++) {
    if (used.has(piece)) continue;
    shaders.push(
      ...(['dKeys', 'dMix', 'sums'] as const).map((name) => zeros(pieceAt(name, piece))),
    );
  }
  return shaders;
};

function chunksOf(call: Call, { scratch, largest }: KernelTools): Chunks {
  const { cells, genes, tokens, side, width, gated } = call;
  const four = Math.ceil(tokens / 4) * 4;
  const sums = width + 3 * gated;
  const each = cells * (side + 2 * four + Math.ceil(sums / ROW_GENES));
  const most = Math.min(CHUNK_NUMBERS, Math.floor(largest / 2));
  const fitting = Math.max(1, Math.floor(most / each / ROW_GENES)) * ROW_GENES;
  const some = Math.min(genes, fitting);
  return {
    genes: some,
    four,
    ends: scratch(endsCount(call)),
    rows: scratch(cells * some * side),
    shares: scratch(cells * some * four),
    slopes: scratch(cells * some * four),
    partial: scratch(cells * Math.ceil(some / ROW_GENES) * sums),
  };
}

/** Gradients of rows before the gated layer, given those of logits; also the genes' shares, and sums over eight genes. */
function rowGradients(call: Call, work: Chunks, { from, count }: Chunk): Shader {
  const { cells, genes, width } = call;
  const blocks = Math.ceil(count / ROW_GENES);
  const { ints, floats } = rowParameters(call);
  const genesOf = (q: number): number[] => [0, 1, 2, 3].map((i) => 4 * q + i);
  const put = (q: number, column: string, value: string): string =>
    genesOf(q)
      .map(
        (i) => `if (local + ${i}u < p.count) { rows_put(r${i} + ${column}, ${value}[${i & 3}]); }`,
      )
      .join(' ');
  const slopesOf = (q: number): string =>
    genesOf(q)
      .map(
        (i) =>
          `select(0.0, dLogits_at(cell * p.genes + min(first + ${i}u, most)), local + ${i}u < p.count)`,
      )
      .join(', ');
  const gated = eachFour(
    (q) => `{
let u = a${q} * scale${q} + moreA;
let v = b_${q} * scale${q} + moreB;
let s = sigmoids(u);
let silu = u * s;
sumGated += d${q} * silu * v;
let dGated = d${q} * reader;
let du = dGated * v * (s + silu * (1.0 - s));
let dv = dGated * silu;
sumA += du;
sumB += dv;
tilt${q} += du * a${q} + dv * b_${q};
let da = du * scale${q};
let db = dv * scale${q};
${put(q, 'p.width + j', 'da')}
${put(q, 'p.width + p.gated + j', 'db')}
}`,
  );
  return {
    label: 'geneRowGradients',
    operands: {
      ...rowOperands(call, work.ends),
      dLogits: reads(call.dLogits),
      rows: writes(work.rows),
      weights: writes(work.shares),
      partial: writes(work.partial),
    },
    ints: { ...ints, genes, blocks, count, start: from, four: work.four },
    floats,
    lanes: ROW_LANES,
    groups: cells * blocks,
    head: rowHead(call),
    body: `let cell = group / p.blocks;
let local = (group % p.blocks) * ${ROW_GENES}u;
let first = p.start + local;
let most = p.start + p.count - 1u;
${rowStart(call)}
for (var e = lane; e < ${ROW_GENES}u * p.four; e += ${ROW_LANES}u) {
  let i = e / p.four;
  let t = e % p.four;
  if (local + i < p.count) {
    let w = shares[min(t, p.tokens - 1u) * ${ROW_FOURS}u + (i >> 2u)][i & 3u];
    weights_put((cell * p.count + local + i) * p.four + t, select(0.0, w, t < p.tokens));
  }
}
${eachFour((q) =>
  genesOf(q)
    .map((i) => `let r${i} = (cell * p.count + local + ${i}u) * p.side;`)
    .join(' '),
)}
${eachFour((q) => `let d${q} = vec4f(${slopesOf(q)}); var tilt${q} = vec4f();`)}
let sums = group * (p.width + 3u * p.gated);
${eachGated(
  `var sumGated = vec4f();
var sumA = vec4f();
var sumB = vec4f();
${gated}
partial_put(sums + p.width + j, dot(sumGated, vec4f(1.0)));
partial_put(sums + p.width + p.gated + j, dot(sumA, vec4f(1.0)));
partial_put(sums + p.width + 2u * p.gated + j, dot(sumB, vec4f(1.0)));`,
)}
${sumFours('allTilt', (q) => `tilt${q}`)}
${eachFour((q) => `let k${q} = -allTilt${q} * scale${q} * scale${q} * scale${q} * p.share;`)}
${eachOfY(
  width,
  (q, k) => `${q === 0 ? `let toY = ends_at(p.head + j); var sumY = vec4f();` : ''}
{ let y = y${k}_${q};
sumY += d${q} * y;
let dy = d${q} * toY + k${q} * (y - mean${q});
${put(q, 'j', 'dy')} }
${q === ROW_FOURS - 1 ? `partial_put(sums + j, dot(sumY, vec4f(1.0)));` : ''}`,
)}`,
  };
}

/**
 * Gradients of query · key from those of rows: through the shares' softmax. A lane has four genes and four tokens, lanes of the
 * same genes lie side by side.
 */
function scoreGradients(call: Call, work: Chunks, { count }: Chunk): Shader {
  const { cells, tokens, side, width, gated, mix } = call;
  let across = 1;
  while (across < work.four / 4) across *= 2;
  const genes = (4 * ROW_LANES) / across;
  const four = [0, 1, 2, 3];
  const each = (line: (i: number) => string, join = '\n'): string => four.map(line).join(join);
  return {
    label: 'geneScoreGradients',
    operands: {
      rows: reads(work.rows, true),
      weights: reads(work.shares, true),
      mix: reads(mix, true),
      slopes: writes(work.slopes, true),
    },
    ints: { blocks: Math.ceil(count / genes), count, tokens, side, four: work.four, columns: width + 2 * gated }, // prettier-ignore
    floats: { scale: 1 / Math.sqrt(width) },
    lanes: ROW_LANES,
    groups: cells * Math.ceil(count / genes),
    head: `var<workgroup> room: array<vec4f, ${ROW_LANES}>;`,
    body: `let cell = group / p.blocks;
let first = (group % p.blocks) * ${genes}u + 4u * (lane / ${across}u);
let token = 4u * (lane % ${across}u);
let there = token < p.four;
${each((i) => `let g${i} = cell * p.count + min(first + ${i}u, p.count - 1u); let t${i} = (cell * p.tokens + min(token + ${i}u, p.tokens - 1u)) * p.side; var s${i} = vec4f(); var w${i} = vec4f();`)}
if (there) {
  for (var c = 0u; c < p.columns; c += 4u) {
    ${each((i) => `let m${i} = mix_quad(t${i} + c);`, ' ')}
    ${each((i) => `{ let x = rows_quad(g${i} * p.side + c); s${i} += vec4f(dot(x, m0), dot(x, m1), dot(x, m2), dot(x, m3)); }`)}
  }
  ${each((i) => `w${i} = weights_quad(g${i} * p.four + token);`)}
}
room[lane] = vec4f(${each((i) => `dot(s${i}, w${i})`, ', ')});
workgroupBarrier();
var sum = vec4f();
for (var i = 0u; i < ${across}u; i++) { sum += room[(lane & ${ROW_LANES - across}u) + i]; }
if (there) {
  ${each((i) => `if (first + ${i}u < p.count) { slopes_put_quad(g${i} * p.four + token, w${i} * (s${i} - sum[${i}]) * p.scale); }`)}
}`,
  };
}
