/** @file Diffusion within one label: the label's part of the neighbour graph as a random walk, and its slow directions as coordinates. */
import type { Pacer } from '../../maps/pacer.ts';
import type { FuzzyGraph } from '../../maps/umap-graph.ts';
import { leadingEigen, type SymmetricRows } from './leading-eigen.ts';

/** How close to 1 an eigenvalue counts as 1 (float32, in which the original computes). */
const ONE = 1e-6;

/** The graph among the cells of a label. */
export interface LabelGraph {
  readonly size: number;
  /** Memberships by rows, each edge in both directions. */
  readonly rows: readonly (readonly { readonly to: number; readonly weight: number }[])[];
  /** Cells that hang together, each piece ascending. */
  readonly pieces: readonly (readonly number[])[];
}

/** The part of a graph among some cells, numbered in their order. @param cells ascending */
export function labelGraph(graph: FuzzyGraph, cells: readonly number[]): LabelGraph {
  const place = new Int32Array(graph.cells).fill(-1);
  cells.forEach((cell, at) => (place[cell] = at));
  const rows = cells.map((): { to: number; weight: number }[] => []);
  for (let e = 0; e < graph.rows.length; e++) {
    const [from, to] = [place[graph.rows[e]], place[graph.cols[e]]];
    if (from >= 0 && to >= 0) rows[from].push({ to, weight: graph.weights[e] });
  }
  return { size: cells.length, rows, pieces: piecesOf(rows) };
}

function piecesOf(rows: LabelGraph['rows']): number[][] {
  const seen = new Uint8Array(rows.length);
  const pieces: number[][] = [];
  for (let first = 0; first < rows.length; first++) {
    if (seen[first] === 1) continue;
    const piece = [first];
    seen[first] = 1;
    for (let at = 0; at < piece.length; at++) {
      for (const { to } of rows[piece[at]]) {
        if (seen[to] === 1) continue;
        seen[to] = 1;
        piece.push(to);
      }
    }
    pieces.push(piece.sort((a, b) => a - b));
  }
  return pieces;
}

/**
 * Leading eigenvectors of the density-normalised symmetric transition matrix, each scaled by e/(1 − e), or 1 where e is 1.
 *
 * @param pieces the pieces that count @param cells all their cells, ascending
 * @param most components at most; never more than cells − 1
 * @returns scores [cells, dims]
 * Source: Haghverdi et al. 2016, as scanpy's diffmap normalises. Error: cancelled.
 */
export async function diffusionScores(
  graph: LabelGraph,
  pieces: readonly (readonly number[])[],
  cells: readonly number[],
  most: number,
  pacer: Pacer,
): Promise<{ readonly scores: Float32Array; readonly dims: number }> {
  const dims = Math.min(most, cells.length - 1);
  const place = new Map(cells.map((cell, at) => [cell, at]));
  const pairs: { value: number; vector: Float64Array; piece: readonly number[] }[] = [];
  for (const piece of pieces) {
    const matrix = transitions(graph, piece);
    const { values, vectors } = await leadingEigen(matrix, dims, pacer);
    values.forEach((value, j) =>
      pairs.push({
        value,
        piece,
        vector: vectors.subarray(j * piece.length, (j + 1) * piece.length),
      }),
    );
  }
  pairs.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const chosen = pairs.slice(0, dims);
  const scores = new Float32Array(cells.length * dims);
  chosen.forEach(({ value, vector, piece }, j) => {
    const scale = Math.abs(1 - value) < ONE ? 1 : value / (1 - value);
    piece.forEach(
      (cell, i) => (scores[(place.get(cell) as number) * dims + j] = scale * vector[i]),
    );
  });
  return { scores, dims };
}

/** D^(−1/2) K D^(−1/2) with K = Q^(−1) W Q^(−1), Q the row sums of W and D those of K. */
function transitions(graph: LabelGraph, piece: readonly number[]): SymmetricRows {
  const place = new Map(piece.map((cell, at) => [cell, at]));
  const degree = new Map(
    piece.map((cell) => [cell, graph.rows[cell].reduce((sum, edge) => sum + edge.weight, 0)]),
  );
  const indptr = new Uint32Array(piece.length + 1);
  piece.forEach((cell, at) => (indptr[at + 1] = indptr[at] + graph.rows[cell].length));
  const indices = new Uint32Array(indptr[piece.length]);
  const values = new Float64Array(indices.length);
  const sums = new Float64Array(piece.length);
  let at = 0;
  piece.forEach((cell, row) => {
    for (const { to, weight } of graph.rows[cell]) {
      indices[at] = place.get(to) as number;
      values[at] = weight / ((degree.get(cell) as number) * (degree.get(to) as number));
      sums[row] += values[at++];
    }
  });
  for (let row = 0; row < piece.length; row++) {
    for (let e = indptr[row]; e < indptr[row + 1]; e++)
      values[e] /= Math.sqrt(sums[row] * sums[indices[e]]);
  }
  return { size: piece.length, indptr, indices, values };
}
