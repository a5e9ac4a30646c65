/** @file WGSL of dense attention: queries or keys of a block in shared memory, the others streamed 64 at a time, one a lane. */

/** One variant. */
export interface AttentionVariant {
  /** Numbers of a head. */
  readonly width: number;
  readonly biased: boolean;
  readonly ragged: boolean;
  /** Whether q, k, v and dOut lie in aligned fours. */
  readonly fours: boolean;
  readonly writesLse?: boolean;
}

/** Lanes of a workgroup, and rows that are streamed at a time. */
export const STREAMED = 64;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Rows of a block: as many as leave room in 16 KiB of shared memory. @param each bytes that a row takes there */
export function blockRows(each: number, most: number): number {
  let rows = most;
  while (rows > 1 && rows * each > 15_000) rows /= 2;
  return rows;
}

/** How lanes share a block's results [rows, width]: columns next to each other, the rest of the lanes take other rows. */
export function shareOf(width: number, rows: number) {
  let across = 1;
  while (across < Math.min(width, STREAMED)) across *= 2;
  const teams = Math.min(STREAMED / across, rows);
  return { across, teams, each: rows / teams, columns: Math.ceil(width / across) };
}

/** Four numbers of a row from column c on; 0 past its end. */
function loadFour(name: string, { width, fours }: AttentionVariant): string {
  if (fours) return `fn four_${name}(at: u32, c: u32) -> vec4f { return ${name}_quad(at + c); }`;
  const each = range(4).map(
    (q) => `if (c + ${q}u < ${width}u) { v[${q}] = ${name}_at(at + c + ${q}u); }`,
  );
  return `fn four_${name}(at: u32, c: u32) -> vec4f { var v = vec4f(); ${each.join(' ')} return v; }`;
}

/** Functions that load fours of these operands. */
export function loads(names: readonly string[], variant: AttentionVariant): string {
  return names.map((name) => loadFour(name, variant)).join('\n');
}

/** Reads the group's first key and the one past its last; all lanes get the same. */
export const BOUNDS_HEAD = 'var<workgroup> bounds: vec2u;';

/** Sets `begin` and `end` of team \`team\`. */
export function boundsText(ragged: boolean): string {
  if (!ragged) return 'let begin = team * p.nk;\nlet end = begin + p.nk;';
  return `if (lane == 0u) { bounds = vec2u(starts_at(team), starts_at(team + 1u)); }
let span = workgroupUniformLoad(&bounds);
let begin = span.x;
let end = span.y;`;
}

/** Fills a block in shared memory from rows of an operand: \`row(i)\` is the expression of row i's first number. */
export function fillBlock(
  into: string,
  name: string,
  rows: number,
  fours: number,
  row: string,
  valid: string,
): string {
  return `for (var e = lane; e < ${rows * fours}u; e += ${STREAMED}u) {
  let i = e / ${fours}u;
  var v = vec4f();
  if (${valid}) { v = four_${name}(${row}, (e % ${fours}u) * 4u); }
  ${into}[e] = v;
}`;
}

/** For every row r of a block: sum_r += dot(block row, streamed row), four numbers at a time. */
export function dotRows(
  rows: number,
  fours: number,
  pairs: readonly { readonly sum: string; readonly block: string; readonly streamed: string }[],
): string {
  const sums = pairs.flatMap(({ sum }) => range(rows).map((r) => `var ${sum}${r} = 0.0;`));
  const each = pairs.map(({ sum, block, streamed }, i) => {
    const lines = range(rows).map((r) => `${sum}${r} += dot(${block}[${r * fours}u + c], x${i});`);
    return `let x${i} = ${streamed};\n${lines.join('\n')}`;
  });
  return `${sums.join(' ')}
if (there) {
for (var c = 0u; c < ${fours}u; c++) {
${each.join('\n')}
}
}`;
}

/** Declares the sums of a lane's part of the results. */
export function declareResults(name: string, width: number, rows: number): string {
  const { each, columns } = shareOf(width, rows);
  return range(each * columns)
    .map((i) => `var ${name}${i} = 0.0;`)
    .join(' ');
}

/**
 * Adds to a lane's results: over streamed rows i < count, weights[row · 64 + i] · operand[first + i][column].
 *
 * @param row expression of the first number of streamed row i
 */
export function addResults(
  terms: readonly {
    readonly name: string;
    readonly weights: string;
    readonly operand: string;
    readonly row: string;
  }[],
  width: number,
  rows: number,
): string {
  const { across, teams, each, columns } = shareOf(width, rows);
  const lines = terms.flatMap(({ name, weights, operand, row }) =>
    range(columns).map((c) => {
      const column = `lane % ${across}u + ${c * across}u`;
      const sums = range(each).map(
        (r) => `${name}${r * columns + c} += ${weights}[(mine + ${r}u) * ${STREAMED}u + i] * x;`,
      );
      return `if (${column} < ${width}u) { let x = ${operand}_at(${row} + ${column}); ${sums.join(' ')} }`;
    }),
  );
  return `if (lane < ${across * teams}u) {
let mine = (lane / ${across}u) * ${each}u;
for (var i = 0u; i < count; i++) {
${lines.join('\n')}
}
}`;
}

/** For each of a lane's results: statements with its name, row in the block and column. */
export function eachResult(
  width: number,
  rows: number,
  statement: (index: number, row: string, column: string) => string,
): string {
  const { across, teams, each, columns } = shareOf(width, rows);
  const lines = range(each).flatMap((r) =>
    range(columns).map((c) => {
      const column = `lane % ${across}u + ${c * across}u`;
      return `if (${column} < ${width}u) { let r = (lane / ${across}u) * ${each}u + ${r}u; ${statement(r * columns + c, 'r', `(${column})`)} }`;
    }),
  );
  return `if (lane < ${across * teams}u) {\n${lines.join('\n')}\n}`;
}
