/** @file Euclidean distances between all rows of two clouds: what most measures start from. */
import { Pacer } from '../maps/pacer.ts';

/** Rows of numbers, [rows, dims] row-major. */
export interface Cloud {
  readonly values: Float64Array;
  readonly rows: number;
  readonly dims: number;
}

/** Distances of every row of one cloud to every row of another, [rows, cols] row-major float64. */
export interface DistanceTable {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/** A cloud from any array of rows · dims numbers; keeps a float64 array as it is. */
export function cloudOf(values: Float32Array | Float64Array, dims: number): Cloud {
  const exact = values instanceof Float64Array ? values : Float64Array.from(values);
  return { values: exact, rows: dims > 0 ? values.length / dims : 0, dims };
}

/** Rows of a cloud in the order given, repeats allowed. */
export function pickRows(cloud: Cloud, rows: ArrayLike<number>): Cloud {
  const { dims } = cloud;
  const values = new Float64Array(rows.length * dims);
  for (let i = 0; i < rows.length; i++) {
    values.set(cloud.values.subarray(rows[i] * dims, (rows[i] + 1) * dims), i * dims);
  }
  return { values, rows: rows.length, dims };
}

/** Rows of one cloud, then rows of another. */
export function stackClouds(first: Cloud, second: Cloud): Cloud {
  const values = new Float64Array(first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  return { values, rows: first.rows + second.rows, dims: first.dims };
}

/**
 * All distances between two clouds of the same dimension; with one cloud given twice the table is symmetric with zeros on its diagonal.
 * Differences are squared and summed, so near points keep their digits. Error: cancelled.
 */
export async function measureDistances(
  a: Cloud,
  b: Cloud,
  pacer = new Pacer(),
): Promise<DistanceTable> {
  const values = new Float64Array(a.rows * b.rows);
  const same = a === b;
  for (let i = 0; i < a.rows; i += ROWS_AT_ONCE) {
    if (pacer.due()) await pacer.rest();
    fillRows(a, i, b, same ? i : 0, values);
  }
  if (same) {
    for (let i = 0; i < a.rows; i++) {
      for (let j = 0; j < i; j++) values[i * a.rows + j] = values[j * a.rows + i];
    }
  }
  return { rows: a.rows, cols: b.rows, values };
}

/** Sums of four rows run side by side, so that no one waits for another. */
const ROWS_AT_ONCE = 4;

/** Distances of four rows (the last ones again where there are fewer) from column `from` on. */
function fillRows(a: Cloud, i: number, b: Cloud, from: number, out: Float64Array): void {
  const { dims, values: points } = a;
  const others = b.values;
  const row = (k: number): number => Math.min(i + k, a.rows - 1);
  const [r0, r1, r2, r3] = [row(0), row(1), row(2), row(3)];
  const [p0, p1, p2, p3] = [r0 * dims, r1 * dims, r2 * dims, r3 * dims];
  for (let j = from; j < b.rows; j++) {
    const at = j * dims;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let d = 0; d < dims; d++) {
      const other = others[at + d];
      const g0 = points[p0 + d] - other;
      const g1 = points[p1 + d] - other;
      const g2 = points[p2 + d] - other;
      const g3 = points[p3 + d] - other;
      s0 += g0 * g0;
      s1 += g1 * g1;
      s2 += g2 * g2;
      s3 += g3 * g3;
    }
    out[r0 * b.rows + j] = Math.sqrt(s0);
    out[r1 * b.rows + j] = Math.sqrt(s1);
    out[r2 * b.rows + j] = Math.sqrt(s2);
    out[r3 * b.rows + j] = Math.sqrt(s3);
  }
}

/** The part of a table that belongs to some rows and columns. */
export function pickTable(
  table: DistanceTable,
  rows: ArrayLike<number>,
  cols: ArrayLike<number>,
): DistanceTable {
  const values = new Float64Array(rows.length * cols.length);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * table.cols;
    for (let j = 0; j < cols.length; j++) {
      values[i * cols.length + j] = table.values[from + cols[j]];
    }
  }
  return { rows: rows.length, cols: cols.length, values };
}

const means = new WeakMap<Float64Array, number>();

/** Mean of a table's entries; NaN for none. Remembered, because tables do not change. */
export function meanDistance({ values }: DistanceTable): number {
  const known = means.get(values);
  if (known !== undefined) return known;
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  const value = sum / values.length;
  means.set(values, value);
  return value;
}
