/**
 * @file Layer norm and RMS norm of rows with a scale and a shift per group of rows, their gradients, gates, sums over groups.
 *
 * Norms: a workgroup of 64 per row, sums over its lanes in a fixed order. Sums over rows: a workgroup per group of rows and 64
 * columns, one column a lane, rows in order. float32.
 */
import type { View } from '../../kernels/list.ts';
import type { GpuKernel } from '../kernel.ts';
import { sumOver } from '../library.ts';
import { reads, writes, type Operand } from '../shader.ts';

const LANES = 64;
const WIDE_LANES = 256;

/** Operands that are there. */
function given(views: Readonly<Record<string, View | null | undefined>>): Record<string, Operand> {
  const there = Object.entries(views).filter((entry): entry is [string, View] => entry[1] != null);
  return Object.fromEntries(there.map(([name, view]) => [name, reads(view)]));
}

/** Loop over the columns of a row that a lane takes. */
function eachColumn(statements: string): string {
  return `for (var j = lane; j < p.columns; j += ${LANES}u) {\n${statements}\n}`;
}

/** y = norm(x) · (base + factor[group]) + shift[group]. */
export const rowNorm: GpuKernel<'rowNorm'> = (call) => {
  const { factor, shift, stats, columns, rows } = call;
  return [
    {
      label: 'rowNorm',
      operands: {
        x: reads(call.x),
        ...given({ factor, shift }),
        y: writes(call.y),
        ...(stats == null ? {} : { stats: writes(stats) }),
      },
      ints: { columns, side: call.side, every: call.every, sets: call.groups },
      floats: { base: call.base, epsilon: call.epsilon },
      lanes: LANES,
      groups: rows,
      head: sumOver(LANES),
      body: `let row = group * p.columns;
let start = ((group / p.every) % p.sets) * p.side;
var sum = 0.0;
${call.kind === 0 ? eachColumn('sum += x_at(row + j);') : ''}
let mean = ${call.kind === 0 ? 'sumAll(lane, sum) / f32(p.columns)' : 'sum'};
var square = 0.0;
${eachColumn('let d = x_at(row + j) - mean;\nsquare += d * d;')}
let scale = 1.0 / sqrt(sumAll(lane, square) / f32(p.columns) + p.epsilon);
${stats == null ? '' : 'if (lane == 0u) { stats_put(2u * group, mean); stats_put(2u * group + 1u, scale); }'}
${eachColumn(`var n = (x_at(row + j) - mean) * scale;
${factor == null ? '' : 'n *= p.base + factor_at(start + j);'}
${shift == null ? '' : 'n += shift_at(start + j);'}
y_put(row + j, n);`)}`,
    },
  ];
};

/** dx of rowNorm, plus addend. */
export const rowNormGradient: GpuKernel<'rowNormGradient'> = (call) => {
  const { factor, addend, columns, rows } = call;
  const slope = `var g = dy_at(row + j);
${factor == null ? '' : 'g *= p.base + factor_at(start + j);'}
let n = (x_at(row + j) - mean) * scale;`;
  return [
    {
      label: 'rowNormGradient',
      operands: {
        x: reads(call.x),
        stats: reads(call.stats),
        dy: reads(call.dy),
        ...given({ factor, addend }),
        dx: writes(call.dx),
      },
      ints: { columns, side: call.side, every: call.every, sets: call.groups },
      floats: { base: call.base },
      lanes: LANES,
      groups: rows,
      head: sumOver(LANES),
      body: `let row = group * p.columns;
let start = ((group / p.every) % p.sets) * p.side;
let mean = stats_at(2u * group);
let scale = stats_at(2u * group + 1u);
var plain = 0.0;
var tilted = 0.0;
${eachColumn(`${slope}\nplain += g;\ntilted += g * n;`)}
let a = ${call.kind === 0 ? 'sumAll(lane, plain) / f32(p.columns)' : '0.0'};
let b = sumAll(lane, tilted) / f32(p.columns);
${eachColumn(`${slope}\ndx_put(row + j, (g - a - n * b) * scale${addend == null ? '' : ' + addend_at(row + j)'});`)}`,
    },
  ];
};

/** Loop over the rows of a group; \`at\` is the number in the lane's column. */
function eachRow(statements: string): string {
  return `let team = group / p.tiles;
let j = (group % p.tiles) * ${LANES}u + lane;
if (j >= p.columns) { return; }
var sum = 0.0;
var tilted = 0.0;
for (var first = team * p.every; first < p.rows; first += p.sets * p.every) {
  for (var row = first; row < min(first + p.every, p.rows); row++) {
    let at = row * p.columns + j;
${statements}
  }
}
let to = team * p.side + j;`;
}

/** dFactor and dShift of rowNorm. */
export const rowNormFactorGradient: GpuKernel<'rowNormFactorGradient'> = (call) => {
  const { dFactor, dShift, rows, columns } = call;
  const tiles = Math.ceil(columns / LANES);
  return [
    {
      label: 'rowNormFactorGradient',
      operands: {
        x: reads(call.x),
        stats: reads(call.stats),
        dy: reads(call.dy),
        ...(dFactor == null ? {} : { dFactor: writes(dFactor) }),
        ...(dShift == null ? {} : { dShift: writes(dShift) }),
      },
      ints: { rows, columns, tiles, side: call.side, every: call.every, sets: call.groups },
      lanes: LANES,
      groups: call.groups * tiles,
      body: `${eachRow(`    let d = dy_at(at);
    sum += d;
    tilted += d * ((x_at(at) - stats_at(2u * row)) * stats_at(2u * row + 1u));`)}
${dFactor == null ? '' : 'dFactor_put(to, tilted);'}
${dShift == null ? '' : 'dShift_put(to, sum);'}`,
    },
  ];
};

/** out[group] = Σ x (· y). */
export const groupSums: GpuKernel<'groupSums'> = (call) => {
  const { y, rows, columns } = call;
  const tiles = Math.ceil(columns / LANES);
  return [
    {
      label: 'groupSums',
      operands: { x: reads(call.x), ...given({ y }), out: writes(call.out) },
      ints: { rows, columns, tiles, side: call.side, every: call.every, sets: call.groups },
      lanes: LANES,
      groups: call.groups * tiles,
      body: `${eachRow(`    sum += x_at(at)${y == null ? '' : ' * y_at(at)'};`)}
out_put(to, sum);`,
    },
  ];
};

/** out = x · (base + factor[group]) + shift[group] + addend; one invocation per number. */
export const modulate: GpuKernel<'modulate'> = (call) => {
  const { factor, shift, addend, rows, columns } = call;
  return [
    {
      label: 'modulate',
      operands: { x: reads(call.x), ...given({ factor, shift, addend }), out: writes(call.out) },
      ints: {
        columns,
        count: rows * columns,
        side: call.side,
        every: call.every,
        sets: call.groups,
      },
      floats: { base: call.base },
      lanes: WIDE_LANES,
      groups: Math.ceil((rows * columns) / WIDE_LANES),
      body: `let at = group * ${WIDE_LANES}u + lane;
if (at >= p.count) { return; }
let start = ((at / p.columns / p.every) % p.sets) * p.side + at % p.columns;
var v = x_at(at) * ${factor == null ? 'p.base' : '(p.base + factor_at(start))'};
${shift == null ? '' : 'v += shift_at(start);'}
${addend == null ? '' : 'v += addend_at(at);'}
out_put(at, v);`,
    },
  ];
};
