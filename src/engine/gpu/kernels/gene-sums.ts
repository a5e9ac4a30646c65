/** @file Sums behind the gene decoder's gradients: over genes for tokens, over cells for genes, over both; all in a fixed order. */
import type { View } from '../../kernels/list.ts';
import { reads, writes, type Shader } from '../shader.ts';
import { PLACE, SUM_ROWS } from './norm.ts';

const LANES = 64;

/** Fours of tokens that a lane adds up at once. */
const TOKEN_FOURS = 8;

/** A sum over a chunk's genes for every token of every cell. */
export interface TokenSums {
  /** [cells, genes, four]. */
  readonly weights: View;
  /** Row i of cell c begins at c · perCell + i · side. */
  readonly rows: View;
  readonly perCell: number;
  readonly side: number;
  readonly columns: number;
  /** [cells · tokens, side]. */
  readonly out: View;
  readonly cells: number;
  readonly genes: number;
  readonly tokens: number;
  /** Tokens, rounded up to fours. */
  readonly four: number;
  /** Whether the sum is added to what is there. */
  readonly adds: boolean;
}

/** out[token] (+)= Σ over genes of weights · rows: a lane has a column and up to 32 tokens. */
export function tokenSums(sums: TokenSums): Shader {
  const { columns, cells, genes, tokens, four, adds, side, perCell } = sums;
  const each = Math.min(TOKEN_FOURS, four / 4);
  const fours = Array.from({ length: each }, (_, q) => q);
  const blocks = Math.ceil(columns / LANES);
  const teams = Math.ceil(four / 4 / each);
  const puts = fours.flatMap((q) =>
    [0, 1, 2, 3].map((i) => {
      const token = `token + ${4 * q + i}u`;
      const at = `(cell * p.tokens + ${token}) * p.side + column`;
      const old = adds ? `out_at(${at}) + ` : '';
      return `if (${token} < p.tokens) { out_put(${at}, ${old}s${q}[${i}]); }`;
    }),
  );
  return {
    label: 'geneTokenSums',
    operands: {
      weights: reads(sums.weights, true),
      rows: reads(sums.rows),
      out: writes(sums.out),
    },
    ints: { blocks, teams, columns, count: genes, tokens, four, side, perCell },
    lanes: LANES,
    groups: cells * teams * blocks,
    body: `let column = (group % p.blocks) * ${LANES}u + lane;
let token = ((group / p.blocks) % p.teams) * ${4 * each}u;
let cell = group / (p.blocks * p.teams);
if (column >= p.columns) { return; }
${fours.map((q) => `var s${q} = vec4f();`).join(' ')}
for (var i = 0u; i < p.count; i++) {
  let x = rows_at(cell * p.perCell + i * p.side + column);
  let at = (cell * p.count + i) * p.four + token;
  ${fours.map((q) => `if (token + ${4 * q}u < p.four) { s${q} += weights_quad(at + ${4 * q}u) * x; }`).join('\n  ')}
}
${puts.join('\n')}`,
  };
}

/** out = Σ over cells of rows [cells, count], four numbers a lane; count is a multiple of 4. */
export function geneSums(rows: View, out: View, cells: number, count: number): Shader {
  return {
    label: 'geneSums',
    operands: { rows: reads(rows, true), out: writes(out, true) },
    ints: { cells, count },
    lanes: LANES,
    groups: Math.ceil(count / 4 / LANES),
    body: `let at = (group * ${LANES}u + lane) * 4u;
if (at >= p.count) { return; }
var sum = vec4f();
for (var c = 0u; c < p.cells; c++) { sum += rows_quad(c * p.count + at); }
out_put_quad(at, sum);`,
  };
}

/** Sizes of the gradients of queries. */
interface QueryShape {
  readonly cells: number;
  readonly genes: number;
  readonly tokens: number;
  readonly four: number;
  readonly width: number;
}

/** out[gene] = Σ over cells and tokens of slopes · keys: a workgroup has four genes and 64 columns, four teams share the cells. */
export function querySums(slopes: View, keys: View, out: View, shape: QueryShape): Shader {
  const { cells, genes, tokens, four, width } = shape;
  const blocks = Math.ceil(width / 64);
  const each = [0, 1, 2, 3];
  return {
    label: 'geneQuerySums',
    operands: { slopes: reads(slopes, true), keys: reads(keys), out: writes(out) },
    ints: { blocks, cells, count: genes, tokens, four, width },
    lanes: 256,
    groups: blocks * Math.ceil(genes / 4),
    head: 'var<workgroup> room: array<vec4f, 256>;',
    body: `let own = (group % p.blocks) * 64u + (lane & 63u);
let column = min(own, p.width - 1u);
let first = (group / p.blocks) * 4u;
var sum = vec4f();
for (var cell = lane >> 6u; cell < p.cells; cell += 4u) {
  ${each.map((i) => `let g${i} = (cell * p.count + min(first + ${i}u, p.count - 1u)) * p.four;`).join(' ')}
  for (var t = 0u; t < p.four; t += 4u) {
    let x = vec4f(${each.map((i) => `keys_at((cell * p.tokens + min(t + ${i}u, p.tokens - 1u)) * p.width + column)`).join(', ')});
    sum += vec4f(${each.map((i) => `dot(slopes_quad(g${i} + t), x)`).join(', ')});
  }
}
room[lane] = sum;
workgroupBarrier();
if (lane >= 64u || own >= p.width) { return; }
sum = room[lane] + room[lane + 64u] + room[lane + 128u] + room[lane + 192u];
${each.map((i) => `if (first + ${i}u < p.count) { out_put((first + ${i}u) * p.width + own, sum[${i}]); }`).join('\n')}`,
  };
}

/** out (+)= column sums of rows [rows, columns]; a workgroup per 16 columns. */
export function partialSums(
  rows: View,
  out: View,
  shape: { readonly rows: number; readonly columns: number; readonly adds: boolean },
): Shader {
  return {
    label: 'genePartialSums',
    operands: { x: reads(rows), out: writes(out) },
    ints: { rows: shape.rows, columns: shape.columns },
    lanes: 256,
    groups: Math.ceil(shape.columns / 16),
    head: SUM_ROWS,
    body: `${PLACE}
var sum = 0.0;
for (var r = first; r < p.rows; r += 16u) { sum += x_at(r * p.columns + j); }
let total = sumRows(column, first, sum);
if (inside && first == 0u) { out_put(j, ${shape.adds ? 'out_at(j) + ' : ''}total); }`,
  };
}

/** Fills a place with 0. */
export function zeros(out: View): Shader {
  const count = out.bytes / 4;
  return {
    label: 'zeros',
    operands: { out: writes(out) },
    ints: { count },
    lanes: 256,
    groups: Math.ceil(count / 256),
    body: `let at = group * 256u + lane;
if (at < p.count) { out_put(at, 0.0); }`,
  };
}
