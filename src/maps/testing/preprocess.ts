/** @file For tests: the stored results of scanpy and umap-learn, and the measures by which maps are judged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../numerics/safetensors.ts';

/** One stored tensor as plain numbers. */
export interface Stored {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array | Uint8Array;
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'preprocess');

/** The tensors of one case of the preprocess fixtures. */
export function readCase(name: string): Record<string, Stored> {
  return readSafetensors(readFileSync(join(folder, `${name}.safetensors`))).tensors;
}

/** The facts beside the tensors of a case. */
export function readFacts(name: string): { scalars: Record<string, unknown> } {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as {
    scalars: Record<string, unknown>;
  };
}

/** Squared distances of row i to all rows. */
function squaresFrom(points: Float32Array, rows: number, dims: number, i: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, j) => {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += (points[i * dims + d] - points[j * dims + d]) ** 2;
    return sum;
  });
}

/** All other rows by distance from row i, nearest first, by sorting every distance. */
export function sortedOthers(
  points: Float32Array,
  rows: number,
  dims: number,
  i: number,
): number[] {
  const squares = squaresFrom(points, rows, dims, i);
  return [...squares.keys()]
    .filter((j) => j !== i)
    .sort((x, y) => squares[x] - squares[y] || x - y);
}

/**
 * Trustworthiness of a map (Venna and Kaski 2001): 1 − 2/(nk(2n − 3k − 1)) Σ over false neighbours of (true rank − k).
 *
 * @param points [rows, dims] @param map [rows, 2]
 */
export function trustworthiness(
  points: Float32Array,
  rows: number,
  dims: number,
  map: Float32Array,
  k: number,
): number {
  let penalty = 0;
  const rank = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    sortedOthers(points, rows, dims, i).forEach((j, place) => (rank[j] = place + 1));
    for (const j of sortedOthers(map, rows, 2, i).slice(0, k)) penalty += Math.max(0, rank[j] - k);
  }
  return 1 - (2 / (rows * k * (2 * rows - 3 * k - 1))) * penalty;
}
