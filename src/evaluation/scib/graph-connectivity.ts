/** @file Graph connectivity: do the cells of a label hang together in the graph of nearest neighbours? */
import type { Neighbours } from '../../maps/knn.ts';
import { rowsByCode } from './silhouette.ts';

/**
 * Share of a label's cells in its largest strongly connected component, mean over labels.
 *
 * @param neighbours lists in which each cell comes first itself
 * @param k how many of them make the graph, the cell itself included
 */
export function graphConnectivity(
  neighbours: Neighbours,
  k: number,
  labels: ArrayLike<number>,
): number {
  const groups = rowsByCode(labels);
  const shares = groups.map((rows) => {
    const place = new Map(rows.map((cell, at) => [cell, at]));
    const edges = rows.map((cell) => {
      const from = cell * neighbours.k;
      return [...neighbours.indices.subarray(from, from + k)].flatMap((j) => place.get(j) ?? []);
    });
    const sizes = new Map<number, number>();
    for (const c of strongComponents(edges)) sizes.set(c, (sizes.get(c) ?? 0) + 1);
    return Math.max(...sizes.values()) / rows.length;
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}

/** Strongly connected component of each node, by Tarjan's algorithm without recursion. @param edges targets of each node */
export function strongComponents(edges: readonly (readonly number[])[]): Int32Array {
  const n = edges.length;
  const order = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const component = new Int32Array(n).fill(-1);
  const open: number[] = [];
  let [visited, components] = [0, 0];
  for (let root = 0; root < n; root++) {
    if (order[root] >= 0) continue;
    const path: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1];
      const { node } = top;
      if (order[node] < 0) {
        order[node] = low[node] = visited++;
        open.push(node);
      }
      if (top.next < edges[node].length) {
        const target = edges[node][top.next++];
        if (order[target] < 0) path.push({ node: target, next: 0 });
        else if (component[target] < 0) low[node] = Math.min(low[node], order[target]);
        continue;
      }
      path.pop();
      if (path.length > 0) {
        const parent = path[path.length - 1].node;
        low[parent] = Math.min(low[parent], low[node]);
      }
      if (low[node] !== order[node]) continue;
      for (let last = -1; last !== node;) {
        last = open.pop() as number;
        component[last] = components;
      }
      components++;
    }
  }
  return component;
}
