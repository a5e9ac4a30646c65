/** @file The basis of the network simplex: a strongly feasible spanning tree over rows, columns and one artificial root. */
import type { DistanceTable } from './distance-table.ts';

const NONE = -1;

/**
 * Nodes 0 … rows − 1 send `supply` each, rows … rows + cols − 1 take `demand` each; node rows + cols is the root, joined to all by
 * artificial arcs of prohibitive cost. Each node keeps the arc to its parent: its flow, and whether it points up (towards the root).
 */
export class SpanningTree {
  /** π of each node; the reduced cost of row i to column j is c + π(i) − π(j). */
  readonly potential: Float64Array;
  /** Reduced costs above −tolerance count as not negative. */
  tolerance = 0;
  private costs: DistanceTable;
  private readonly root: number;
  private readonly parent: Int32Array;
  private readonly depth: Int32Array;
  private readonly flow: Float64Array;
  private readonly up: Uint8Array;
  private artificial = 0;
  private readonly child: Int32Array;
  private readonly after: Int32Array;
  private readonly before: Int32Array;
  private readonly stack: Int32Array;

  constructor(costs: DistanceTable, supply: number, demand: number) {
    const { rows, cols } = costs;
    const nodes = rows + cols + 1;
    this.costs = costs;
    this.root = nodes - 1;
    this.price(costs);
    this.parent = new Int32Array(nodes).fill(this.root);
    this.depth = new Int32Array(nodes).fill(1);
    this.flow = new Float64Array(nodes);
    this.up = new Uint8Array(nodes);
    this.potential = new Float64Array(nodes);
    this.child = new Int32Array(nodes).fill(NONE);
    this.after = new Int32Array(nodes).fill(NONE);
    this.before = new Int32Array(nodes).fill(NONE);
    this.stack = new Int32Array(nodes);
    this.parent[this.root] = NONE;
    this.depth[this.root] = 0;
    for (let node = 0; node < this.root; node++) {
      const sends = node < rows;
      this.up[node] = sends ? 1 : 0;
      this.flow[node] = sends ? supply : demand;
      this.potential[node] = sends ? -this.artificial : this.artificial;
      this.attach(node, this.root);
    }
  }

  /** Goes on from the present plan with other costs of the same shape. */
  reprice(costs: DistanceTable): void {
    this.price(costs);
    for (let top = this.child[this.root]; top !== NONE; top = this.after[top]) this.refresh(top);
  }

  private price(costs: DistanceTable): void {
    const { rows, cols, values } = costs;
    let largest = 0;
    for (let k = 0; k < values.length; k++) if (values[k] > largest) largest = values[k];
    this.costs = costs;
    this.artificial = (largest + 1) * (rows + cols + 1);
    this.tolerance = 1e-11 * (largest + Number.MIN_VALUE);
  }

  /** Σ flow · cost over the real arcs. */
  cost(): number {
    const { rows, cols, values } = this.costs;
    let sum = 0;
    for (let node = 0; node < this.root; node++) {
      const other = this.parent[node];
      if (other === this.root) continue;
      const [row, col] = node < rows ? [node, other - rows] : [other, node - rows];
      sum += this.flow[node] * values[row * cols + col];
    }
    return sum;
  }

  /** Brings the arc row → column into the tree; the last blocking arc of its cycle, seen from the top, leaves. */
  pivot(row: number, col: number): void {
    const source = row;
    const target = this.costs.rows + col;
    const join = this.findJoin(source, target);
    let bound = Infinity;
    let leaving = NONE;
    let onSource = true;
    // The cycle runs join → source → target → join: flow falls on arcs that point against it.
    for (let node = source; node !== join; node = this.parent[node]) {
      if (this.up[node] && this.flow[node] < bound) {
        bound = this.flow[node];
        leaving = node;
      }
    }
    for (let node = target; node !== join; node = this.parent[node]) {
      if (!this.up[node] && this.flow[node] <= bound) {
        bound = this.flow[node];
        leaving = node;
        onSource = false;
      }
    }
    this.push(source, target, join, bound);
    this.exchange(source, target, leaving, onSource, bound);
  }

  private findJoin(a: number, b: number): number {
    let left = a;
    let right = b;
    while (left !== right) {
      if (this.depth[left] >= this.depth[right]) left = this.parent[left];
      else right = this.parent[right];
    }
    return left;
  }

  private push(source: number, target: number, join: number, amount: number): void {
    if (amount === 0) return;
    for (let node = source; node !== join; node = this.parent[node]) {
      this.flow[node] += this.up[node] ? -amount : amount;
    }
    for (let node = target; node !== join; node = this.parent[node]) {
      this.flow[node] += this.up[node] ? amount : -amount;
    }
  }

  /** Cuts the arc above `leaving` and hangs its part of the tree on the entering arc, turned round. */
  private exchange(
    source: number,
    target: number,
    leaving: number,
    onSource: boolean,
    amount: number,
  ): void {
    const inner = onSource ? source : target;
    let above = onSource ? target : source;
    let node = inner;
    let flow = amount;
    let up = onSource ? 1 : 0;
    for (;;) {
      const nextNode = this.parent[node];
      const nextFlow = this.flow[node];
      const nextUp = this.up[node] ? 0 : 1;
      this.detach(node);
      this.parent[node] = above;
      this.flow[node] = flow;
      this.up[node] = up;
      this.attach(node, above);
      if (node === leaving) break;
      above = node;
      node = nextNode;
      flow = nextFlow;
      up = nextUp;
    }
    this.refresh(inner);
  }

  private attach(node: number, parent: number): void {
    const first = this.child[parent];
    this.after[node] = first;
    this.before[node] = NONE;
    if (first !== NONE) this.before[first] = node;
    this.child[parent] = node;
  }

  private detach(node: number): void {
    const left = this.before[node];
    const right = this.after[node];
    if (left === NONE) this.child[this.parent[node]] = right;
    else this.after[left] = right;
    if (right !== NONE) this.before[right] = left;
  }

  /** Depths and potentials of the part of the tree below and at `top`, from its new parent. */
  private refresh(top: number): void {
    const { stack, parent, depth, potential, child, after } = this;
    const { rows, cols, values } = this.costs;
    let height = 0;
    stack[height++] = top;
    while (height > 0) {
      const node = stack[--height];
      const over = parent[node];
      depth[node] = depth[over] + 1;
      if (over === this.root) {
        potential[node] = node < rows ? -this.artificial : this.artificial;
      } else if (node < rows) {
        potential[node] = potential[over] - values[node * cols + (over - rows)];
      } else {
        potential[node] = potential[over] + values[over * cols + (node - rows)];
      }
      for (let below = child[node]; below !== NONE; below = after[below]) stack[height++] = below;
    }
  }
}
