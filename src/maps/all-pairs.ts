/** @file The exact nearest neighbours of all points among themselves, by blocked products: each pair is multiplied once, for both. */
import type { Neighbours } from './knn.ts';
import { Arena, instantiateKernel, kernelModule } from './neighbour-kernel.ts';
import type { Pacer } from './pacer.ts';
import { meanRow, PANEL, panelsOf, putIntoPanel } from './panels.ts';

/** Panels that stay in the first cache while rows go by. */
const BLOCK = 16;
const ROWS_A_CALL = 1024;
/** More points than the k that are asked for are kept, so that rounding of the products cannot drop one. */
const SPARE = 4;
const EPSILON = 2 ** -24;

/** Neighbours, and the rows for which rounding leaves a doubt. */
export interface JoinedPairs {
  readonly neighbours: Neighbours;
  /** Rows that must be searched by another way: k-th neighbours too alike, as among many copies of a point. */
  readonly doubtful: Int32Array;
}

/**
 * The k nearest of every point [rows, dims], itself included (at distance 0, its place among copies of it is not fixed); proven exact for
 * all rows but the doubtful ones. null where the runtime has no SIMD or not enough memory. Error: cancelled.
 */
export async function joinAllPairs(
  points: Float32Array,
  rows: number,
  dims: number,
  k: number,
  pacer: Pacer,
): Promise<JoinedPairs | null> {
  const module = kernelModule();
  if (!module || dims < 1 || k >= rows) return null;
  const wanted = k - 1 + SPARE;
  const padded = panelsOf(rows) * PANEL;
  const arena = makeArena(2 * padded * dims + padded * (2 + 2 * wanted) + 32);
  if (!arena) return null;
  const placed = arena.floats(padded * dims);
  const panels = arena.floats(padded * dims);
  const half = arena.floats(padded).fill(Infinity);
  const limits = arena.floats(padded).fill(-Infinity);
  const halves = arena.floats(padded * wanted).fill(Infinity);
  const indices = arena.integers(padded * wanted).fill(-1);
  const out = arena.floats(32);
  const shift = meanRow(points, rows, dims);
  for (let i = 0; i < rows; i++) {
    half[i] = putIntoPanel(points, i * dims, dims, shift, panels, i);
    for (let d = 0; d < dims; d++) placed[i * dims + d] = points[i * dims + d] - shift[d];
  }
  limits.fill(Infinity, 0, rows);
  const { joinPairs } = instantiateKernel(module, arena);
  const [r, p, h, l, v, n, o] = [placed, panels, half, limits, halves, indices, out].map(({ byteOffset }) => byteOffset); // prettier-ignore
  const join = (from: number, to: number, first: number, last: number): void =>
    joinPairs(from, to, first, last, dims, r, p, h, wanted, l, v, n, o);
  const all = panelsOf(rows);
  for (let first = 0; first < all; first += BLOCK) {
    const last = Math.min(all, first + BLOCK);
    // a block against itself first: limits fall early
    join(first * PANEL, last * PANEL, first, last);
    for (let from = 0; from < first * PANEL; from += ROWS_A_CALL) {
      if (pacer.due()) await pacer.rest();
      join(from, Math.min(first * PANEL, from + ROWS_A_CALL), first, last);
    }
  }
  return settle({ rows, k, dims, wanted, points, half, halves, indices }, pacer);
}

function makeArena(numbers: number): Arena | null {
  try {
    return new Arena(numbers);
  } catch {
    return null;
  }
}

interface Found {
  readonly rows: number;
  readonly k: number;
  readonly dims: number;
  readonly wanted: number;
  readonly points: Float32Array;
  readonly half: Float32Array;
  readonly halves: Float32Array;
  readonly indices: Int32Array;
}

/** Distances in double precision, in their order; and whether the bound of rounding lets none outside the lists be nearer. */
async function settle(
  { rows, k, dims, wanted, points, half, halves, indices: held }: Found,
  pacer: Pacer,
): Promise<JoinedPairs> {
  const indices = new Int32Array(rows * k).fill(-1);
  const distances = new Float64Array(rows * k).fill(Infinity);
  const doubtful: number[] = [];
  const squares = new Float64Array(wanted);
  const order = new Int32Array(wanted);
  let most = 0;
  for (let i = 0; i < rows; i++) most = Math.max(most, half[i]);
  for (let i = 0; i < rows; i++) {
    if (i % 64 === 0 && pacer.due()) await pacer.rest();
    const from = i * wanted;
    let count = 0;
    for (let e = 0; e < wanted && held[from + e] >= 0; e++) {
      const sum = squareBetween(points, i * dims, held[from + e] * dims, dims);
      let place = count++;
      for (; place > 0 && squares[place - 1] > sum; place--) {
        squares[place] = squares[place - 1];
        order[place] = order[place - 1];
      }
      squares[place] = sum;
      order[place] = held[from + e];
    }
    indices[i * k] = i;
    distances[i * k] = 0;
    for (let e = 1; e < k && e <= count; e++) {
      indices[i * k + e] = order[e - 1];
      distances[i * k + e] = Math.sqrt(squares[e - 1]);
    }
    if (count < wanted || k < 2) continue;
    const rounding = 2 * (dims + 4) * EPSILON * (half[i] + most);
    if (!(halves[from + wanted - 1] - rounding > squares[k - 2] / 2)) doubtful.push(i);
  }
  return { neighbours: { rows, k, indices, distances }, doubtful: Int32Array.from(doubtful) };
}

function squareBetween(rows: Float32Array, a: number, b: number, dims: number): number {
  let sum = 0;
  for (let d = 0; d < dims; d++) {
    const gap = rows[a + d] - rows[b + d];
    sum += gap * gap;
  }
  return sum;
}
