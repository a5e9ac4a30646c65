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
  for (let i = 0; i < a.rows; i++) {
    if (i % 4 === 0 && pacer.due()) await pacer.rest();
    const from = same ? i + 1 : 0;
    fillRow(a, i, b, from, values.subarray(i * b.rows, (i + 1) * b.rows));
  }
  if (same) {
    for (let i = 0; i < a.rows; i++) {
      for (let j = 0; j < i; j++) values[i * a.rows + j] = values[j * a.rows + i];
    }
  }
  return { rows: a.rows, cols: b.rows, values };
}

function fillRow(a: Cloud, i: number, b: Cloud, from: number, row: Float64Array): void {
  const { dims } = a;
  const point = a.values.subarray(i * dims, (i + 1) * dims);
  const others = b.values;
  for (let j = from; j < b.rows; j++) {
    const at = j * dims;
    let sum = 0;
    for (let d = 0; d < dims; d++) {
      const gap = point[d] - others[at + d];
      sum += gap * gap;
    }
    row[j] = Math.sqrt(sum);
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

/** Mean of a table's entries; NaN for none. */
export function meanDistance(table: DistanceTable): number {
  let sum = 0;
  for (const value of table.values) sum += value;
  return sum / table.values.length;
}
