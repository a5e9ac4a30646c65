/** @file Exact optimal transport between two uniform clouds by the network simplex method on a dense bipartite graph. */
import { Pacer } from '../maps/pacer.ts';
import type { DistanceTable } from './distance-table.ts';
import { SpanningTree } from './spanning-tree.ts';

/** Pivots between two looks at the clock. */
const PIVOTS_PER_LOOK = 32;

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * The least mean cost of moving a uniform distribution over the rows onto a uniform one over the columns: Σ flow · cost, flows summing to 1.
 *
 * Exact: supplies are whole numbers (the sizes over their greatest common divisor), so flows never round. Meant for up to about 3,000 × 3,000.
 * @param costs finite costs ≥ 0
 * @throws StudioError cancelled; RangeError for an empty side
 * Source: Orlin 1997 for the simplex on networks; the rule for leaving arcs is Cunningham's (1976), so it cannot cycle.
 */
export async function transportCost(costs: DistanceTable, pacer = new Pacer()): Promise<number> {
  const [{ cost }] = await moveClouds([costs], pacer);
  return cost;
}

/**
 * The least mean cost and its dual: what each row and each column contributes, so that mean(rows) + mean(cols) = cost. Means of resampled
 * contributions have the spread of the cost (del Barrio & Loubes 2019). Errors as transportCost.
 */
export interface Transport {
  readonly cost: number;
  readonly rows: Float64Array;
  readonly cols: Float64Array;
}

/** Solves the transport for each of some tables of the same shape, one after the other: plans of like costs are alike. */
export async function moveClouds(
  tables: readonly DistanceTable[],
  pacer = new Pacer(),
): Promise<Transport[]> {
  const [{ rows, cols }] = tables;
  if (rows === 0 || cols === 0) throw new RangeError('A cloud without points cannot be moved.');
  const divisor = greatestDivisor(rows, cols);
  const tree = new SpanningTree(tables[0], cols / divisor, rows / divisor);
  const out: Transport[] = [];
  for (const [t, costs] of tables.entries()) {
    if (t > 0) tree.reprice(costs);
    await optimise(tree, costs, pacer);
    // Every node hangs below the root on arcs of one kind, so potentials are off by one constant.
    const offset = tree.potential[0];
    out.push({
      cost: tree.cost() / (rows * (cols / divisor)),
      rows: Float64Array.from({ length: rows }, (_, i) => offset - tree.potential[i]),
      cols: Float64Array.from({ length: cols }, (_, j) => tree.potential[rows + j] - offset),
    });
  }
  return out;
}

async function optimise(
  tree: SpanningTree,
  { rows, cols, values }: DistanceTable,
  pacer: Pacer,
): Promise<void> {
  const arcs = rows * cols;
  const block = Math.max(10, Math.ceil(Math.sqrt(arcs)));
  let next = 0;
  for (let pivots = 0; ; pivots++) {
    if (pivots % PIVOTS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    const entering = findEntering(tree, values, rows, cols, next, block);
    if (entering < 0) return;
    next = entering + 1 === arcs ? 0 : entering + 1;
    tree.pivot(Math.floor(entering / cols), entering % cols);
  }
}

/** The arc of most negative reduced cost in the first block that has one, from `start` round; −1 when the flow is optimal. */
function findEntering(
  tree: SpanningTree,
  costs: Float64Array,
  rows: number,
  cols: number,
  start: number,
  block: number,
): number {
  const { potential } = tree;
  const arcs = rows * cols;
  let best = -tree.tolerance;
  let found = -1;
  let left = block;
  let row = Math.floor(start / cols);
  let col = start % cols;
  let offset = potential[row];
  for (let seen = 0, arc = start; seen < arcs; seen++) {
    const reduced = costs[arc] + offset - potential[rows + col];
    if (reduced < best) {
      best = reduced;
      found = arc;
    }
    if (--left === 0) {
      if (found >= 0) return found;
      left = block;
    }
    arc++;
    if (++col === cols) {
      col = 0;
      if (++row === rows) {
        row = 0;
        arc = 0;
      }
      offset = potential[row];
    }
  }
  return found;
}

/** Squared entries, for Wasserstein-2. */
export function squaredTable(distances: DistanceTable): DistanceTable {
  return { ...distances, values: distances.values.map((d) => d * d) };
}

/** Wasserstein-1 of two uniform clouds from their Euclidean distances. Error: cancelled. */
export async function wasserstein1(distances: DistanceTable, pacer?: Pacer): Promise<number> {
  return transportCost(distances, pacer);
}

/** Wasserstein-2 of two uniform clouds from their Euclidean distances. Error: cancelled. */
export async function wasserstein2(distances: DistanceTable, pacer?: Pacer): Promise<number> {
  return Math.sqrt(Math.max(0, await transportCost(squaredTable(distances), pacer)));
}
