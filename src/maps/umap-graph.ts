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
  readonly weights: Float64Array;
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

/** Memberships of each cell's own neighbours, [cells · k]; 0 for the cell itself. */
function directedWeights(neighbours: Neighbours, scale: LocalScale): Float64Array {
  const { rows, k, indices, distances } = neighbours;
  const weights = new Float64Array(rows * k);
  for (let i = 0; i < rows; i++) {
    for (let at = i * k; at < (i + 1) * k; at++) {
      if (indices[at] === i || indices[at] < 0) continue;
      const beyond = distances[at] - scale.rho[i];
      weights[at] = beyond <= 0 || scale.sigma[i] === 0 ? 1 : Math.exp(-beyond / scale.sigma[i]);
    }
  }
  return weights;
}

/** Rows of the directed memberships as (column → weight). */
type WeightRows = Map<number, number>[];

/** The directed memberships, row by row. */
function toRows(neighbours: Neighbours, weights: Float64Array): WeightRows {
  const { rows, k, indices } = neighbours;
  return Array.from({ length: rows }, (_, i) => {
    const row = new Map<number, number>();
    for (let at = i * k; at < (i + 1) * k; at++) {
      if (weights[at] > 0) row.set(indices[at], weights[at]);
    }
    return row;
  });
}

/** Who each cell shares an edge with, in either direction, ascending. */
function findPartners(out: WeightRows): number[][] {
  const partners = out.map((row) => [...row.keys()]);
  out.forEach((row, i) => {
    for (const j of row.keys()) if (!out[j].has(i)) partners[j].push(i);
  });
  for (const list of partners) list.sort((x, y) => x - y);
  return partners;
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
  const scale = await localScale(neighbours, pacer);
  const out = toRows(neighbours, directedWeights(neighbours, scale));
  if (pacer.due()) await pacer.rest();
  const partners = findPartners(out);
  const count = partners.reduce((sum, list) => sum + list.length, 0);
  const rows = new Uint32Array(count);
  const cols = new Uint32Array(count);
  const weights = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < partners.length; i++) {
    if (i % CELLS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    for (const j of partners[i]) {
      const there = out[i].get(j) ?? 0;
      const back = out[j].get(i) ?? 0;
      rows[at] = i;
      cols[at] = j;
      weights[at++] = there + back - there * back;
    }
  }
  return { cells: neighbours.rows, rows, cols, weights };
}
