/**
 * @file The gene graph: genes whose expression varies together in the training cells, or a list of edges that a person gives.
 *
 * Every gene keeps the `k` others with the largest |Pearson correlation|; an edge that one of its ends keeps is an edge. Source: methods/scdfm §1.6.
 */

/** Edges as pairs of gene numbers, smaller first, each once, ascending; flat, [2 · edges]. */
export type GeneEdges = readonly number[];

/**
 * Co-expression edges.
 *
 * @param expression log expression, dense [cells, genes]
 * @param rows genes that choose neighbours; null: all. Edges of other genes are those that one of these keeps
 */
export function coexpressionEdges(
  expression: Float32Array,
  genes: number,
  k: number,
  rows: readonly number[] | null = null,
): GeneEdges {
  const standard = standardised(expression, genes);
  const choosing = rows ?? Array.from({ length: genes }, (_, g) => g);
  const kept = new Set<number>();
  for (const gene of choosing) {
    const strengths = correlations(standard, genes, gene).map(Math.abs);
    strengths[gene] = -1;
    for (const other of strongest(strengths, Math.min(k, genes - 1))) {
      if (strengths[other] > 0) kept.add(Math.min(gene, other) * genes + Math.max(gene, other));
    }
  }
  return flatEdges(kept, genes);
}

/** Edges from pairs of gene names; pairs of which a gene is not modelled are left out. */
export function namedEdges(
  pairs: readonly (readonly [string, string])[],
  names: readonly string[],
): GeneEdges {
  const place = new Map(names.map((name, g) => [name, g]));
  const kept = new Set<number>();
  for (const [a, b] of pairs) {
    const [i, j] = [place.get(a), place.get(b)];
    if (i === undefined || j === undefined || i === j) continue;
    kept.add(Math.min(i, j) * names.length + Math.max(i, j));
  }
  return flatEdges(kept, names.length);
}

function flatEdges(kept: ReadonlySet<number>, genes: number): GeneEdges {
  return [...kept].sort((a, b) => a - b).flatMap((key) => [Math.floor(key / genes), key % genes]);
}

/** Neighbours of every gene, ascending. */
export function neighboursOf(edges: GeneEdges, genes: number): number[][] {
  const lists: number[][] = Array.from({ length: genes }, () => []);
  for (let e = 0; e < edges.length; e += 2) {
    lists[edges[e]].push(edges[e + 1]);
    lists[edges[e + 1]].push(edges[e]);
  }
  return lists.map((list) => list.sort((a, b) => a - b));
}

/** Genes as rows of mean 0 and length 1, [genes, cells]; a gene without variance is 0. */
function standardised(expression: Float32Array, genes: number): Float64Array {
  const cells = expression.length / genes;
  const out = new Float64Array(genes * cells);
  for (let g = 0; g < genes; g++) {
    let mean = 0;
    for (let i = 0; i < cells; i++) mean += expression[i * genes + g] / cells;
    let squares = 0;
    for (let i = 0; i < cells; i++) squares += (expression[i * genes + g] - mean) ** 2;
    const scale = squares > 1e-12 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < cells; i++) out[g * cells + i] = (expression[i * genes + g] - mean) * scale;
  }
  return out;
}

function correlations(standard: Float64Array, genes: number, gene: number): Float64Array {
  const cells = standard.length / genes;
  const own = standard.subarray(gene * cells, (gene + 1) * cells);
  return Float64Array.from({ length: genes }, (_, other) => {
    const from = other * cells;
    let sum = 0;
    for (let i = 0; i < cells; i++) sum += own[i] * standard[from + i];
    return sum;
  });
}

/** Numbers of the `k` largest values; among equal ones the first. */
function strongest(values: Float64Array, k: number): number[] {
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
  return order.slice(0, k);
}
