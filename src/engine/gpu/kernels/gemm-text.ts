/** @file WGSL of the matrix product: all loops over a tile's registers written out. */

/** One variant of the product. */
export interface GemmVariant {
  readonly layout: 0 | 1 | 2;
  /** Rows and columns of a tile. */
  readonly side: 32 | 64;
  /** Which operands lie in aligned fours. */
  readonly fours: { readonly a: boolean; readonly b: boolean; readonly c: boolean };
  readonly end: readonly ('bias' | 'factor' | 'addend' | 'rows')[];
  /** What of SiLU is written: its argument c, its value y, its slope; null for a plain product, which is c. */
  readonly silu: readonly ('c' | 'y' | 'slope')[] | null;
}

/** Depth in shared memory. */
const DEPTH = 16;

const LANES = 64;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Shared memory, loads from matrices and the end of a number. */
export function gemmHead(variant: GemmVariant): string {
  const { layout, side, fours } = variant;
  const alongA = layout !== 2;
  const alongB = layout === 1;
  return `var<workgroup> tileA: array<vec4f, ${(side * DEPTH) / 4}>;
var<workgroup> tileB: array<vec4f, ${(side * DEPTH) / 4}>;
${load('a', fours.a, alongA ? ['p.m', 'past'] : ['past', 'p.m'])}
${load('b', fours.b, alongB ? ['p.n', 'past'] : ['past', 'p.n'])}
${endHead(variant)}`;
}

/** Four numbers of a matrix from (row, column) on, 0 outside its rows and columns. `past` is the end of this part's depth. */
function load(name: 'a' | 'b', fours: boolean, [rows, columns]: readonly [string, string]): string {
  const stride = `p.ld${name}`;
  const inside = `row < ${rows} && column < ${columns}`;
  const four = fours
    ? `if (${inside}) { return ${name}_quad(row * ${stride} + column); }
  return vec4f();`
    : `var v = vec4f();
  if (row < ${rows}) {
    let at = row * ${stride} + column;
${range(4)
  .map((q) => `    if (column + ${q}u < ${columns}) { v[${q}] = ${name}_at(at + ${q}u); }`)
  .join('\n')}
  }
  return v;`;
  return `fn load_${name}(row: u32, column: u32, past: u32) -> vec4f {\n  ${four}\n}`;
}

/**
 * Functions at the end of a number: `finish` adds what a product is finished with, `emit` or `emitFour` writes it.
 *
 * Variants without an end, such as sums of parts, are written as they are.
 */
export function endHead({ end, silu, fours }: Pick<GemmVariant, 'end' | 'silu' | 'fours'>): string {
  const row = end.includes('rows') ? 'rows_at(i)' : 'i';
  const writes = (put: string, value: string): string => {
    if (silu === null) return `c_${put}(at, ${value});`;
    const product = { c: 'v', y: 'v * s', slope: 's * (1.0 + v * (1.0 - s))' };
    return silu.map((name) => `${name}_${put}(at, ${product[name]});`).join(' ');
  };
  const four = range(4).map((e) => `finish(value.${'xyzw'[e]}, i, j + ${e}u)`);
  const sigmoids = range(4).map((e) => `sigmoidOf(v.${'xyzw'[e]})`);
  return `fn finish(value: f32, i: u32, j: u32) -> f32 {
  var v = value;
  ${end.includes('bias') ? 'v += bias_at(j);' : ''}
  ${end.includes('factor') ? 'v *= factor_at(i * p.side + j);' : ''}
  ${end.includes('addend') ? `v += addend_at(${row} * p.side + j);` : ''}
  return v;
}
${
  fours.c
    ? `fn emitFour(at: u32, value: vec4f, i: u32, j: u32) {
  let v = vec4f(${four.join(', ')});
  ${silu === null ? '' : `let s = vec4f(${sigmoids.join(', ')});`}
  ${writes('put_quad', 'v')}
}`
    : `fn emit(at: u32, value: f32, i: u32, j: u32) {
  let v = finish(value, i, j);
  ${silu === null ? '' : 'let s = sigmoidOf(v);'}
  ${writes('put', 'v')}
}`
}`;
}

/** The product of one tile. */
export function gemmBody(variant: GemmVariant): string {
  const { layout, side } = variant;
  const each = side / 8;
  const sums = range(each).flatMap((r) => range(each / 4).map((q) => `var c${r}_${q} = vec4f();`));
  return `let slice = group / p.tiles;
let tile = group % p.tiles;
let top = (tile % p.down) * ${side}u;
let left = (tile / p.down) * ${side}u;
let begin = slice * p.depth;
let past = min(p.k, begin + p.depth);
let tx = lane & 7u;
let ty = lane >> 3u;
${sums.join('\n')}
for (var d = begin; d < past; d += ${DEPTH}u) {
  workgroupBarrier();
${fill('A', layout !== 2, side, 'top')}
${fill('B', layout === 1, side, 'left')}
  workgroupBarrier();
${layout === 1 ? dots(side) : layout === 0 ? rowsTimes(side) : columnsTimes(side)}
}
${range(each)
  .map((r) => store(variant, r))
  .join('\n')}`;
}

/** Fills a shared tile: place [depth / 4][side] where fours go along the depth, else [depth][side / 4]. */
function fill(which: 'A' | 'B', along: boolean, side: number, first: string): string {
  const rounds = (side * DEPTH) / 4 / LANES;
  const across = side / 4;
  return range(rounds)
    .map((t) => {
      const e = `(lane + ${t * LANES}u)`;
      const place = along ? `(${e} & 3u) * ${side}u + (${e} >> 2u)` : e;
      const from = along
        ? `${first} + (${e} >> 2u), d + (${e} & 3u) * 4u`
        : `d + ${e} / ${across}u, ${first} + (${e} % ${across}u) * 4u`;
      return `  tile${which}[${place}] = load_${which.toLowerCase()}(${from}, past);`;
    })
    .join('\n');
}

/** Row of the tile that this invocation's r-th is. */
function rowOf(side: number, r: number): string {
  return `ty * ${side / 8}u + ${r}u`;
}

/** A along the depth, B along the columns. */
function rowsTimes(side: number): string {
  const each = side / 8;
  const step = (q: string): string =>
    range(4)
      .map((e) => {
        const b = range(each / 4).map(
          (g) => `let b${g} = tileB[(kk * 4u + ${e}u) * ${side / 4}u + ${g * 8}u + tx];`,
        );
        const madd = range(each).flatMap((r) =>
          range(each / 4).map((g) => `c${r}_${g} += a${r}.${'xyzw'[e]} * b${g};`),
        );
        return `${q}{ ${[...b, ...madd].join(' ')} }`;
      })
      .join('\n');
  const a = range(each).map((r) => `let a${r} = tileA[kk * ${side}u + ${rowOf(side, r)}];`);
  return `  for (var kk = 0u; kk < ${DEPTH / 4}u; kk++) {\n    ${a.join(' ')}\n${step('    ')}\n  }`;
}

/** A along its columns, B along its columns. */
function columnsTimes(side: number): string {
  const each = side / 8;
  const a = range(each / 4).map(
    (g) => `let a${g} = tileA[kk * ${side / 4}u + ty * ${each / 4}u + ${g}u];`,
  );
  const b = range(each / 4).map((g) => `let b${g} = tileB[kk * ${side / 4}u + ${g * 8}u + tx];`);
  const madd = range(each).flatMap((r) =>
    range(each / 4).map((g) => `c${r}_${g} += a${r >> 2}.${'xyzw'[r & 3]} * b${g};`),
  );
  return `  for (var kk = 0u; kk < ${DEPTH}u; kk++) {\n    ${[...a, ...b, ...madd].join(' ')}\n  }`;
}

/** Both along the depth; the columns of an invocation are eight apart. */
function dots(side: number): string {
  const each = side / 8;
  const b = range(each).map((j) => `let b${j} = tileB[kk * ${side}u + tx + ${8 * j}u];`);
  const rows = range(each).map((r) => {
    const sums = range(each / 4).map((g) => {
      const four = range(4).map((e) => `dot(a, b${4 * g + e})`);
      return `c${r}_${g} += vec4f(${four.join(', ')});`;
    });
    return `{ let a = tileA[kk * ${side}u + ${rowOf(side, r)}]; ${sums.join(' ')} }`;
  });
  return `  for (var kk = 0u; kk < ${DEPTH / 4}u; kk++) {\n    ${[...b, ...rows].join('\n    ')}\n  }`;
}

/** Moves an invocation's r-th row into C, or into its part's sums. */
function store({ layout, side, fours }: GemmVariant, r: number): string {
  const each = side / 8;
  const puts = range(each / 4).map((g) => {
    if (layout === 1) {
      return range(4)
        .map((e) => {
          const j = `left + tx + ${8 * (4 * g + e)}u`;
          return `{ let j = ${j}; if (j < p.n) { emit(at + j, c${r}_${g}[${e}], i, j); } }`;
        })
        .join('\n  ');
    }
    const four = `if (j < p.n) { emitFour(at + j, c${r}_${g}, i, j); }`;
    const single = range(4).map(
      (e) => `if (j + ${e}u < p.n) { emit(at + j + ${e}u, c${r}_${g}[${e}], i, j + ${e}u); }`,
    );
    return `{ let j = left + ${g * 32}u + tx * 4u; ${fours.c ? four : single.join(' ')} }`;
  });
  return `{ let i = top + ${rowOf(side, r)};
if (i < p.m) {
  let at = slice * p.m * p.ldc + i * p.ldc;
  ${puts.join('\n  ')}
} }`;
}
