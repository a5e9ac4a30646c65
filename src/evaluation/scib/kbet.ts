/** @file kBET: around how many cells do batches occur as often as in the whole, by a chi-square test (Büttner et al. 2019). */
import type { Neighbours } from '../../maps/knn.ts';
import { NeighbourIndex } from '../../maps/knn.ts';
import { Pacer } from '../../maps/pacer.ts';
import { buildFuzzyGraph } from '../../maps/umap-graph.ts';
import { chiSquareTail } from './chi-square.ts';
import { diffusionScores, labelGraph, type LabelGraph } from './diffusion.ts';
import { rowsByCode } from './silhouette.ts';

const ALPHA = 0.05;
const FEWEST_CELLS = 10;
const GRAPH_NEIGHBOURS = 50;
const COMPONENTS = 100;
const LEAST_SHARE = 0.75;

/** The test of every cell. */
export interface KbetTest {
  readonly statistic: Float64Array;
  readonly p: Float64Array;
  /** Share of cells with p ≥ 0.05. */
  readonly acceptance: number;
}

/** Tests the batches around each cell against those of all cells. @param neighbours every entry counts */
export function testBatches(
  { rows, k, indices }: Neighbours,
  batches: ArrayLike<number>,
): KbetTest {
  const present = [...new Set(Array.from(batches))].sort((a, b) => a - b);
  const place = new Map(present.map((batch, at) => [batch, at]));
  const expected = new Float64Array(present.length);
  for (let i = 0; i < rows; i++) expected[place.get(batches[i]) as number] += k / rows;
  const observed = new Float64Array(present.length);
  const statistic = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    observed.fill(0);
    for (let at = i * k; at < (i + 1) * k; at++)
      observed[place.get(batches[indices[at]]) as number]++;
    statistic[i] = observed.reduce((sum, n, b) => sum + (n - expected[b]) ** 2 / expected[b], 0);
  }
  const p = statistic.map((x) => chiSquareTail(x, present.length - 1));
  return {
    statistic,
    p,
    acceptance: p.reduce((n, value) => n + (value >= ALPHA ? 1 : 0), 0) / rows,
  };
}

/**
 * kBET within each label, along the diffusion of the label's own graph, mean over labels. A label with fewer than ten cells or one batch
 * is left out; one whose graph lies in small pieces scores 0.
 *
 * @param neighbours lists in which each cell comes first itself, at least 50
 * Differs from scib-metrics in two accidents of it: the first eigenvalue always has weight 1, and a small label does not lower the number
 * of components for the labels after it. Error: cancelled.
 */
export async function kbetPerLabel(
  neighbours: Neighbours,
  labels: ArrayLike<number>,
  batches: ArrayLike<number>,
  pacer = new Pacer(),
): Promise<number> {
  const graph = await buildFuzzyGraph(firstNeighbours(neighbours, GRAPH_NEIGHBOURS), pacer);
  const scores: number[] = [];
  for (const rows of rowsByCode(labels)) {
    const own = rows.map((i) => batches[i]);
    if (rows.length < FEWEST_CELLS || new Set(own).size < 2) continue;
    scores.push(await scoreLabel(labelGraph(graph, rows), own, pacer));
  }
  return scores.length === 0 ? 0 : scores.reduce((a, b) => a + b, 0) / scores.length;
}

function firstNeighbours({ rows, k, indices, distances }: Neighbours, count: number): Neighbours {
  const few = Math.min(k, count);
  const at = (j: number): number => Math.floor(j / few) * k + (j % few);
  return {
    rows,
    k: few,
    indices: Int32Array.from({ length: rows * few }, (_, j) => indices[at(j)]),
    distances: Float64Array.from({ length: rows * few }, (_, j) => distances[at(j)]),
  };
}

async function scoreLabel(
  graph: LabelGraph,
  batches: readonly number[],
  pacer: Pacer,
): Promise<number> {
  const around = neighbourhood(batches);
  const large =
    graph.pieces.length === 1
      ? graph.pieces
      : graph.pieces.filter((piece) => piece.length >= 3 * around);
  const cells = large.flat().sort((a, b) => a - b);
  if (cells.length < LEAST_SHARE * batches.length) return 0;
  const { scores, dims } = await diffusionScores(graph, large, cells, COMPONENTS, pacer);
  const index = await NeighbourIndex.build(scores, cells.length, dims, pacer);
  const found = await index.search(scores, cells.length, Math.min(cells.length, around + 1), {
    pacer,
  });
  return testBatches(
    found,
    cells.map((cell) => batches[cell]),
  ).acceptance;
}

/** A quarter of the mean batch, between 10 and 70. */
function neighbourhood(batches: readonly number[]): number {
  const quarter = Math.floor(batches.length / new Set(batches).size / 4);
  return Math.min(70, Math.max(10, quarter));
}
