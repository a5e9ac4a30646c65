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
  const { rows, cols, values } = costs;
  if (rows === 0 || cols === 0) throw new RangeError('A cloud without points cannot be moved.');
  const divisor = greatestDivisor(rows, cols);
  const tree = new SpanningTree(costs, cols / divisor, rows / divisor);
  const arcs = rows * cols;
  const block = Math.max(10, Math.ceil(Math.sqrt(arcs)));
  let next = 0;
  for (let pivots = 0; ; pivots++) {
    if (pivots % PIVOTS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    const entering = findEntering(tree, values, rows, cols, next, block);
    if (entering < 0) break;
    next = entering + 1 === arcs ? 0 : entering + 1;
    tree.pivot(Math.floor(entering / cols), entering % cols);
  }
  return tree.cost() / (rows * (cols / divisor));
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

/** Wasserstein-1 of two uniform clouds from their Euclidean distances. Error: cancelled. */
export async function wasserstein1(distances: DistanceTable, pacer?: Pacer): Promise<number> {
  return transportCost(distances, pacer);
}

/** Wasserstein-2 of two uniform clouds from their Euclidean distances. Error: cancelled. */
export async function wasserstein2(distances: DistanceTable, pacer?: Pacer): Promise<number> {
  const squared = { ...distances, values: distances.values.map((d) => d * d) };
  return Math.sqrt(Math.max(0, await transportCost(squared, pacer)));
}
