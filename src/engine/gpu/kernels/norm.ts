/**
 * @file Batch normalisation over rows with ELU behind it: training mode, evaluation mode, backward.
 *
 * Layout [rows, columns] row-major; a workgroup of 256 takes 16 columns with 16 rows at a time and adds the sixteen sums in a
 * fixed order. float32; the variance is taken around the mean.
 */
import type { GpuKernel } from '../kernel.ts';
import { reads, writes } from '../shader.ts';

const COLUMNS = 16;
const LANES = 256;

/** Sums over the sixteen rows at a time; `sumRows(column, row, value)` gives the sum to all of a column. */
export const SUM_ROWS = `var<workgroup> room: array<f32, ${LANES}>;
fn sumRows(column: u32, row: u32, value: f32) -> f32 {
  workgroupBarrier();
  room[row * 16u + column] = value;
  workgroupBarrier();
  var sum = 0.0;
  for (var r = 0u; r < 16u; r++) { sum += room[r * 16u + column]; }
  return sum;
}`;

/** The column `j` and first row `r` of a lane; columns past the end are computed on the last one and not written. */
export const PLACE = `let column = lane & 15u;
let first = lane >> 4u;
let own = group * 16u + column;
let inside = own < p.columns;
let j = min(own, p.columns - 1u);`;

/** out = ELU(batch norm of x) with batch statistics. */
export const batchNormElu: GpuKernel<'batchNormElu'> = (call) => [
  {
    label: 'batchNormElu',
    operands: {
      x: reads(call.x),
      gamma: reads(call.gamma),
      beta: reads(call.beta),
      runningMean: writes(call.runningMean),
      runningVariance: writes(call.runningVariance),
      mean: writes(call.mean),
      scale: writes(call.scale),
      out: writes(call.out),
    },
    ints: { rows: call.rows, columns: call.columns },
    floats: {
      share: 1 / call.rows,
      unbiased: call.rows > 1 ? call.rows / (call.rows - 1) : 1,
    },
    lanes: LANES,
    groups: Math.ceil(call.columns / COLUMNS),
    head: SUM_ROWS,
    body: `${PLACE}
var sum = 0.0;
for (var r = first; r < p.rows; r += 16u) { sum += x_at(r * p.columns + j); }
let centre = sumRows(column, first, sum) * p.share;
var squares = 0.0;
for (var r = first; r < p.rows; r += 16u) {
  let d = x_at(r * p.columns + j) - centre;
  squares += d * d;
}
let variance = sumRows(column, first, squares) * p.share;
let inverse = 1.0 / sqrt(variance + 1e-5);
if (inside && first == 0u) {
  mean_put(j, centre);
  scale_put(j, inverse);
  runningMean_put(j, runningMean_at(j) * 0.9 + centre * 0.1);
  runningVariance_put(j, runningVariance_at(j) * 0.9 + variance * p.unbiased * 0.1);
}
if (!inside) { return; }
let slope = inverse * gamma_at(j);
let shift = beta_at(j);
for (var r = first; r < p.rows; r += 16u) {
  let at = r * p.columns + j;
  out_put(at, eluOf((x_at(at) - centre) * slope + shift));
}`,
  },
];

/** out = ELU(batch norm of x) with the running statistics; one invocation per number. */
export const batchNormEluEval: GpuKernel<'batchNormEluEval'> = (call) => [
  {
    label: 'batchNormEluEval',
    operands: {
      x: reads(call.x),
      gamma: reads(call.gamma),
      beta: reads(call.beta),
      mean: reads(call.runningMean),
      variance: reads(call.runningVariance),
      out: writes(call.out),
    },
    ints: { columns: call.columns, count: call.rows * call.columns },
    lanes: LANES,
    groups: Math.ceil((call.rows * call.columns) / LANES),
    body: `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let j = at % p.columns;
let slope = gamma_at(j) / sqrt(variance_at(j) + 1e-5);
out_put(at, eluOf((x_at(at) - mean_at(j)) * slope + beta_at(j)));`,
  },
];

/** Backward of batchNormElu: the columns' sums, with the gradient before the ELU left in dx, then dx. */
export const batchNormEluGradient: GpuKernel<'batchNormEluGradient'> = (call) => {
  const { rows, columns } = call;
  const shared = { x: reads(call.x), mean: reads(call.mean), scale: reads(call.scale) };
  return [
    {
      label: 'batchNormEluSums',
      operands: {
        ...shared,
        y: reads(call.out),
        dy: reads(call.dOut),
        dx: writes(call.dx),
        dGamma: writes(call.dGamma),
        dBeta: writes(call.dBeta),
      },
      ints: { rows, columns },
      lanes: LANES,
      groups: Math.ceil(columns / COLUMNS),
      head: SUM_ROWS,
      body: `${PLACE}
let centre = mean_at(j);
let inverse = scale_at(j);
var sum = 0.0;
var product = 0.0;
for (var r = first; r < p.rows; r += 16u) {
  let at = r * p.columns + j;
  let d = dy_at(at) * (min(y_at(at), 0.0) + 1.0);
  if (inside) { dx_put(at, d); }
  sum += d;
  product += d * ((x_at(at) - centre) * inverse);
}
let total = sumRows(column, first, sum);
let moment = sumRows(column, first, product);
if (inside && first == 0u) {
  dBeta_put(j, total);
  dGamma_put(j, moment);
}`,
    },
    {
      label: 'batchNormEluGradient',
      operands: {
        ...shared,
        gamma: reads(call.gamma),
        dGamma: reads(call.dGamma),
        dBeta: reads(call.dBeta),
        dx: writes(call.dx),
      },
      ints: { columns, count: rows * columns },
      floats: { share: 1 / rows },
      lanes: LANES,
      groups: Math.ceil((rows * columns) / LANES),
      body: `let at = group * ${LANES}u + lane;
if (at >= p.count) { return; }
let j = at % p.columns;
let inverse = scale_at(j);
let tilt = dGamma_at(j) * p.share * inverse;
let rest = dx_at(at) - dBeta_at(j) * p.share - (x_at(at) - mean_at(j)) * tilt;
dx_put(at, rest * (inverse * gamma_at(j)));`,
    },
  ];
};
