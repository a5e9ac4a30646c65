/**
 * @file Softmax of each row, in place. Layout [rows, columns] row-major; grid: one workgroup of 256 per row.
 *
 * Three passes over a row (maximum, sum, scaling); sums over lanes in a fixed order; float32.
 */
import type { GpuKernel } from '../kernel.ts';
import { maxOver, sumOver } from '../library.ts';
import { writes } from '../shader.ts';

const LANES = 256;

/** Softmax of each row, in place. */
export const softmaxRows: GpuKernel<'softmaxRows'> = ({ x, rows, columns }) => [
  {
    label: 'softmaxRows',
    operands: { x: writes(x) },
    ints: { columns },
    lanes: LANES,
    groups: rows,
    head: `${maxOver(LANES)}\n${sumOver(LANES)}`,
    body: `let row = group * p.columns;
var most = -3.4e38;
for (var j = lane; j < p.columns; j += ${LANES}u) { most = max(most, x_at(row + j)); }
let peak = maxAll(lane, most);
var sum = 0.0;
for (var j = lane; j < p.columns; j += ${LANES}u) {
  let e = expOf(x_at(row + j) - peak);
  x_put(row + j, e);
  sum += e;
}
let scale = 1.0 / sumAll(lane, sum);
for (var j = lane; j < p.columns; j += ${LANES}u) { x_put(row + j, x_at(row + j) * scale); }`,
  },
];
