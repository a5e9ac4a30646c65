/** @file UMAP's fuzzy graph: each cell's nearest neighbours as memberships in [0, 1], joined over both directions (McInnes et al. 2018, section 3.1). */
import type { Neighbours } from './knn.ts';
import { Pacer } from './pacer.ts';

/** Local scale of each cell: distance to its nearest other cell and the width of its neighbourhood. */
export interface LocalScale {
  /** [cells] */
  readonly rho: Float64Array;
  /** [cells] */
  readonly sigma: Float64Array;
}

/** A symmetric weighted graph as a list of directed edges, sorted by row, then column; both (i, j) and (j, i) are listed. */
export interface FuzzyGraph {
  readonly cells: number;
  readonly rows: Uint32Array;
  readonly cols: Uint32Array;
  /** Membership, in (0, 1]. */
  readonly weights: Float32Array;
}

const BISECTIONS = 64;
const TOLERANCE = 1e-5;
const SIGMA_FLOOR = 1e-3;
const CELLS_PER_LOOK = 64;

/**
 * Width sigma with Σ exp(−max(0, d − rho)/sigma) = `target`, by bisection.
 *
 * @param distances list in which entries `from` … `to − 1` count
 */
export function solveWidth(
  distances: ArrayLike<number>,
  from: number,
  to: number,
  rho: number,
  target: number,
): number {
  let low = 0;
  let high = Infinity;
  let sigma = 1;
  for (let step = 0; step < BISECTIONS; step++) {
    let sum = 0;
    for (let j = from; j < to; j++) {
      const beyond = distances[j] - rho;
      sum += beyond > 0 ? Math.exp(-beyond / sigma) : 1;
    }
    if (Math.abs(sum - target) < TOLERANCE) break;
    if (sum > target) {
      high = sigma;
      sigma = (low + high) / 2;
    } else {
      low = sigma;
      sigma = high === Infinity ? sigma * 2 : (low + high) / 2;
    }
  }
  return sigma;
}

/**
 * Local scale of each cell, with local connectivity 1: rho is the smallest distance above 0, sigma solves
 * Σ exp(−max(0, d − rho)/sigma) = log2(k) over the neighbours after the cell itself, and is at least 1e-3 of the mean distance. Error: cancelled.
 *
 * @param neighbours lists in which each cell comes first itself
 */
export async function localScale(neighbours: Neighbours, pacer = new Pacer()): Promise<LocalScale> {
  const { rows, k, distances } = neighbours;
  const rho = new Float64Array(rows);
  const sigma = new Float64Array(rows);
  const target = Math.log2(k);
  let total = 0;
  for (const d of distances) total += d;
  const overallMean = distances.length > 0 ? total / distances.length : 0;
  for (let i = 0; i < rows; i++) {
    if (i % CELLS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    const from = i * k;
    let sum = 0;
    for (let j = 0; j < k; j++) {
      const d = distances[from + j];
      sum += d;
      if (rho[i] === 0 && d > 0) rho[i] = d;
    }
    const width = solveWidth(distances, from + 1, from + k, rho[i], target);
    const mean = rho[i] > 0 ? sum / k : overallMean;
    sigma[i] = Math.max(width, SIGMA_FLOOR * mean);
  }
  return { rho, sigma };
}

/** Each cell's own neighbours with their memberships, ascending by neighbour; the cell itself and memberships of 0 left out. */
interface Directed {
  /** Entries of cell i are `starts[i]` … `starts[i + 1] − 1`. */
  readonly starts: Uint32Array;
  readonly cols: Uint32Array;
  readonly weights: Float32Array;
}

function directEdges(neighbours: Neighbours, scale: LocalScale): Directed {
  const { rows, k, indices, distances } = neighbours;
  const starts = new Uint32Array(rows + 1);
  const cols = new Uint32Array(rows * k);
  const weights = new Float32Array(rows * k);
  let end = 0;
  for (let i = 0; i < rows; i++) {
    for (let at = i * k; at < (i + 1) * k; at++) {
      const col = indices[at];
      if (col === i || col < 0) continue;
      const beyond = distances[at] - scale.rho[i];
      const full = beyond <= 0 || scale.sigma[i] === 0;
      const weight = Math.fround(full ? 1 : Math.exp(-beyond / scale.sigma[i]));
      if (!(weight > 0)) continue;
      let place = end++;
      for (; place > starts[i] && cols[place - 1] > col; place--) {
        cols[place] = cols[place - 1];
        weights[place] = weights[place - 1];
      }
      cols[place] = col;
      weights[place] = weight;
    }
    starts[i + 1] = end;
  }
  return { starts, cols: cols.subarray(0, end), weights: weights.subarray(0, end) };
}

/** The same edges seen from their other ends. */
function turnAround({ starts, cols, weights }: Directed): Directed {
  const rows = starts.length - 1;
  const back = new Uint32Array(rows + 1);
  for (const col of cols) back[col + 1]++;
  for (let i = 0; i < rows; i++) back[i + 1] += back[i];
  const next = back.slice();
  const from = new Uint32Array(cols.length);
  const turned = new Float32Array(cols.length);
  for (let i = 0; i < rows; i++) {
    for (let e = starts[i]; e < starts[i + 1]; e++) {
      const place = next[cols[e]]++;
      from[place] = i;
      turned[place] = weights[e];
    }
  }
  return { starts: back, cols: from, weights: turned };
}

/** Walks through both directions of one cell's edges side by side; `visit` gets each partner once. */
function walkBoth(
  out: Directed,
  back: Directed,
  cell: number,
  visit: (col: number, there: number, back: number) => void,
): void {
  let a = out.starts[cell];
  let b = back.starts[cell];
  const [endA, endB] = [out.starts[cell + 1], back.starts[cell + 1]];
  while (a < endA || b < endB) {
    const left = a < endA ? out.cols[a] : Infinity;
    const right = b < endB ? back.cols[b] : Infinity;
    const there = left <= right ? out.weights[a++] : 0;
    visit(Math.min(left, right), there, right <= left ? back.weights[b++] : 0);
  }
}

/**
 * The fuzzy union p + q − p·q of both directions' memberships. Error: cancelled.
 *
 * @param neighbours lists in which each cell comes first itself
 */
export async function buildFuzzyGraph(
  neighbours: Neighbours,
  pacer = new Pacer(),
): Promise<FuzzyGraph> {
  const cells = neighbours.rows;
  const out = directEdges(neighbours, await localScale(neighbours, pacer));
  if (pacer.due()) await pacer.rest();
  const back = turnAround(out);
  let count = 0;
  for (let i = 0; i < cells; i++) walkBoth(out, back, i, () => count++);
  if (pacer.due()) await pacer.rest();
  const rows = new Uint32Array(count);
  const cols = new Uint32Array(count);
  const weights = new Float32Array(count);
  let at = 0;
  for (let i = 0; i < cells; i++) {
    if (i % CELLS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    walkBoth(out, back, i, (col, there, from) => {
      rows[at] = i;
      cols[at] = col;
      weights[at++] = there + from - there * from;
    });
  }
  return { cells, rows, cols, weights };
}
