/**
 * @file WGSL of the gene decoder's rows: a workgroup of 64 makes the rows [y | a | b] of eight genes in one cell.
 *
 * A lane has some columns of all eight, four genes a vector, so every number of the cell's tokens is read once for eight genes, by
 * neighbouring lanes from neighbouring places. The genes' shares in the tokens lie in shared memory; y stays in registers (for
 * the norm), a and b are made when they are wanted and kept nowhere.
 */

/** Genes of a workgroup. */
export const ROW_GENES = 8;

/** Its lanes. */
export const ROW_LANES = 64;

/** Sizes that the text is made for, by and by: one pipeline serves many. */
export interface RowSizes {
  readonly tokens: number;
  readonly width: number;
}

/** The same in fours. */
export const ROW_FOURS = ROW_GENES / 4;

const FOURS = ROW_FOURS;

/** Lanes that share the softmax of four genes. */
const TEAM = ROW_LANES / FOURS;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** One line for every four genes. */
export function eachFour(line: (q: number) => string): string {
  return range(FOURS).map(line).join('\n');
}

/** Numbers of y that a lane has. */
const columnsOf = (width: number): number[] => range(Math.ceil(width / ROW_LANES));

/** One line for every four genes and every column of y that a lane has; the column is `j`, and `inside` if it exists. */
export function eachOfY(width: number, line: (q: number, k: number) => string): string {
  const blocks = columnsOf(width).map((k) => {
    const place = `let j = lane + ${k * ROW_LANES}u;`;
    return `if (lane + ${k * ROW_LANES}u < p.width) { ${place}\n${eachFour((q) => line(q, k))} }`;
  });
  return blocks.join('\n');
}

/** The row numbers of the genes as `b0` …, times the stride. @param number expression of gene i's number */
function rowPlaces(number: (i: number) => string): string {
  return range(ROW_GENES)
    .map((i) => `let b${i} = ${number(i)} * p.side;`)
    .join('\n');
}

/** Four genes' numbers of `base` in a column. */
function baseOf(q: number, column: string): string {
  const each = range(4).map((i) => `base_at(b${4 * q + i} + ${column})`);
  return `vec4f(${each.join(', ')})`;
}

/** Shared memory, and what adds up `room` over lanes: 64 vectors for each four genes, the sums come to the first ones. */
export function rowHead({ tokens }: RowSizes): string {
  const room = 2 ** Math.ceil(Math.log2(Math.max(16, tokens)));
  return `var<workgroup> shares: array<vec4f, ${room * FOURS}>;
var<workgroup> room: array<vec4f, ${ROW_LANES * FOURS}>;
fn addRoom(lane: u32) {
  workgroupBarrier();
  for (var s = ${ROW_LANES / 2}u; s > 0u; s >>= 1u) {
    if (lane < s) {
      ${eachFour((q) => `room[lane + ${q * ROW_LANES}u] += room[lane + s + ${q * ROW_LANES}u];`)}
    }
    workgroupBarrier();
  }
}
fn exps(x: vec4f) -> vec4f { return vec4f(expOf(x.x), expOf(x.y), expOf(x.z), expOf(x.w)); }
fn sigmoids(x: vec4f) -> vec4f { return 1.0 / (1.0 + exps(-x)); }`;
}

/** Adds up an expression over lanes; the sums are the first ones of `room`. */
export function addFours(value: (q: number) => string): string {
  return `workgroupBarrier();
${eachFour((q) => `room[lane + ${q * ROW_LANES}u] = ${value(q)};`)}
addRoom(lane);`;
}

/** Adds up an expression over lanes: `name0` … `name3` for all of them. */
export function sumFours(name: string, value: (q: number) => string): string {
  return `${addFours(value)}
${eachFour((q) => `let ${name}${q} = room[${q * ROW_LANES}u];`)}`;
}

/**
 * Shares of genes in tokens, y, its mean, scale and products with the head. Needs `cell`, `first` (the first gene), `most` (the last
 * one there is); operands queries, keys (fours), base, mix, ends; parameters
 * tokens, side, width, scale, share (1 / width).
 *
 * Leaves `shares`, `y…`, `mean0` …, `scale0` …, `dot0` … (the lane's part), `b0` …, `tokenRow`.
 */
export function rowStart({ width }: RowSizes): string {
  const queries = range(4)
    .map((i) => `dot(x, queries_quad(g${i} + c))`)
    .join(', ');
  const places = range(4)
    .map((i) => `let g${i} = min(first + 4u * q + ${i}u, most) * p.width;`)
    .join(' ');
  const ys = (part: (k: number, q: number) => string): string =>
    columnsOf(width)
      .map((k) => eachFour((q) => part(k, q)))
      .join('\n');
  const all = (q: number): string =>
    columnsOf(width)
      .map((k) => `y${k}_${q}`)
      .join(' + ');
  return `let tokenRow = cell * p.tokens;
for (var e = lane; e < ${FOURS}u * p.tokens; e += ${ROW_LANES}u) {
  let q = e % ${FOURS}u;
  let k = (tokenRow + e / ${FOURS}u) * p.width;
  ${places}
  var s = vec4f();
  for (var c = 0u; c < p.width; c += 4u) { let x = keys_quad(k + c); s += vec4f(${queries}); }
  shares[e] = s * p.scale;
}
workgroupBarrier();
${SOFTMAX}
${rowPlaces((i) => `min(first + ${i}u, most)`)}
${ys((k, q) => `var y${k}_${q} = vec4f();`)}
${eachOfY(width, (q, k) => `y${k}_${q} = ${baseOf(q, 'j')};`)}
for (var t = 0u; t < p.tokens; t++) {
let at = (tokenRow + t) * p.side;
${columnsOf(width)
  .map((k) => {
    const sums = eachFour((q) => `y${k}_${q} += shares[t * ${FOURS}u + ${q}u] * x;`);
    return `if (lane + ${k * ROW_LANES}u < p.width) { let x = mix_at(at + lane + ${k * ROW_LANES}u);\n${sums} }`;
  })
  .join('\n')}
}
${sumFours('total', (q) => `${all(q)}`)}
${eachFour((q) => `let mean${q} = total${q} * p.share; var square${q} = vec4f(); var dot${q} = vec4f();`)}
${eachOfY(width, (q, k) => `{ let d = y${k}_${q} - mean${q}; square${q} += d * d; dot${q} += y${k}_${q} * ends_at(p.head + j); }`)}
${sumFours('squares', (q) => `square${q}`)}
${eachFour((q) => `let scale${q} = 1.0 / sqrt(squares${q} * p.share + 1e-8);`)}`;
}

/** Softmax of `shares` down the tokens. */
const EACH_SHARE = `for (var t = part; t < p.tokens; t += ${TEAM}u)`;
const SOFTMAX = `let own = lane % ${FOURS}u;
let part = lane / ${FOURS}u;
var peak = vec4f(-3.4e38);
${EACH_SHARE} { peak = max(peak, shares[t * ${FOURS}u + own]); }
room[lane] = peak;
workgroupBarrier();
for (var i = 0u; i < ${TEAM}u; i++) { peak = max(peak, room[i * ${FOURS}u + own]); }
workgroupBarrier();
var sum = vec4f();
${EACH_SHARE} { let x = exps(shares[t * ${FOURS}u + own] - peak); shares[t * ${FOURS}u + own] = x; sum += x; }
room[lane] = sum;
workgroupBarrier();
sum = vec4f();
for (var i = 0u; i < ${TEAM}u; i++) { sum += room[i * ${FOURS}u + own]; }
${EACH_SHARE} { shares[t * ${FOURS}u + own] = shares[t * ${FOURS}u + own] / sum; }
workgroupBarrier();`;

/** A loop over the gated columns `j` of a lane: `a0` …, `b_0` … of the rows, and what is added behind the scale, `moreA`, `moreB`, `reader`. */
export function eachGated(statements: string): string {
  return `for (var j = lane; j < p.gated; j += ${ROW_LANES}u) {
${eachFour((q) => `var a${q} = ${baseOf(q, 'p.width + j')};\nvar b_${q} = ${baseOf(q, 'p.width + p.gated + j')};`)}
for (var t = 0u; t < p.tokens; t++) {
let at = (tokenRow + t) * p.side + p.width + j;
let xa = mix_at(at);
let xb = mix_at(at + p.gated);
${eachFour((q) => `{ let w = shares[t * ${FOURS}u + ${q}u]; a${q} += w * xa; b_${q} += w * xb; }`)}
}
let moreA = ends_at(j);
let moreB = ends_at(p.gated + j);
let reader = ends_at(2u * p.gated + j);
${statements}
}`;
}
