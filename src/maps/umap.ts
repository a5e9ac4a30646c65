/** @file UMAP of scores: neighbours, fuzzy graph, layout from a PCA start (McInnes, Healy and Melville 2018). */
import { joinAllPairs, type JoinedPairs } from './all-pairs.ts';
import { fitCurve } from './curve.ts';
import { NeighbourIndex, type Neighbours } from './knn.ts';
import { Pacer } from './pacer.ts';
import { buildFuzzyGraph } from './umap-graph.ts';
import { layOut, scaleStart } from './umap-layout.ts';

/** Choices of a UMAP; the defaults are 15 neighbours, minimal distance 0.3, spread 1. */
export interface UmapOptions {
  readonly seed: number;
  readonly neighbours?: number;
  readonly minDist?: number;
  readonly spread?: number;
  /** Default: 500 up to 10,000 cells, 200 beyond. */
  readonly epochs?: number;
  readonly pacer?: Pacer;
  /** Called after an epoch, with the live positions [2·cells]: copy them if you keep them. */
  readonly onEpoch?: (positions: Float32Array, epoch: number, of: number) => void;
}

const NEIGHBOURS = 15;
const MIN_DIST = 0.3;
const SPREAD = 1;
const MANY_CELLS = 10_000;
/** Beyond this many cells only so many lists are searched that this share of the neighbours is found. */
const EXACT_CELLS = 80_000;
const RECALL_BEYOND = 0.98;

/**
 * The k nearest cells of every cell, itself first: exact up to 80,000 cells (where that takes as long as the search of lists), beyond that 98 in 100 of them are. Error: cancelled.
 *
 * @param scores [cells, dims]
 */
export async function findSelfNeighbours(
  scores: Float32Array,
  cells: number,
  dims: number,
  k: number,
  pacer = new Pacer(),
): Promise<Neighbours> {
  const joined = cells > EXACT_CELLS ? null : await joinAllPairs(scores, cells, dims, k, pacer);
  if (joined && joined.doubtful.length === 0) return joined.neighbours;
  const index = await NeighbourIndex.build(scores, cells, dims, pacer);
  if (joined) {
    await searchAgain(index, scores, joined, pacer);
    return joined.neighbours;
  }
  const lists = cells > EXACT_CELLS ? await index.findLists(k, RECALL_BEYOND, pacer) : index.lists;
  const found = await index.search(scores, cells, k, { lists, pacer });
  for (let i = 0; i < cells; i++) putFirst(found, i);
  return found;
}

/** Searches for the doubtful rows one by one. */
async function searchAgain(
  index: NeighbourIndex,
  scores: Float32Array,
  { neighbours, doubtful }: JoinedPairs,
  pacer: Pacer,
): Promise<void> {
  const { k, indices, distances } = neighbours;
  const { dims } = index;
  const queries = new Float32Array(doubtful.length * dims);
  doubtful.forEach((cell, i) => {
    queries.set(scores.subarray(cell * dims, (cell + 1) * dims), i * dims);
  });
  const found = await index.search(queries, doubtful.length, k, { pacer });
  doubtful.forEach((cell, i) => {
    indices.set(found.indices.subarray(i * k, (i + 1) * k), cell * k);
    distances.set(found.distances.subarray(i * k, (i + 1) * k), cell * k);
    putFirst(neighbours, cell);
  });
}

/** Moves cell i to the front of its own list; copies of a cell at distance 0 may have pushed it back or out. */
function putFirst({ k, indices, distances }: Neighbours, i: number): void {
  const from = i * k;
  const own = indices.subarray(from, from + k).indexOf(i);
  const hole = own < 0 ? k - 1 : own;
  indices.copyWithin(from + 1, from, from + hole);
  distances.copyWithin(from + 1, from, from + hole);
  indices[from] = i;
  distances[from] = 0;
}

/**
 * Two-dimensional map of scores.
 *
 * @param scores [cells, dims], early columns with most variance; the first two start the layout
 * @returns positions [2·cells], finite, for any number of cells from 1. Error: cancelled.
 */
export async function computeUmap(
  scores: Float32Array,
  cells: number,
  dims: number,
  options: UmapOptions,
): Promise<Float32Array> {
  const pacer = options.pacer ?? new Pacer();
  const k = Math.min(cells, options.neighbours ?? NEIGHBOURS);
  const neighbours = await findSelfNeighbours(scores, cells, dims, k, pacer);
  const graph = await buildFuzzyGraph(neighbours, pacer);
  return layOut(graph, scaleStart(scores, cells, dims, options.seed), {
    curve: fitCurve(options.minDist ?? MIN_DIST, options.spread ?? SPREAD),
    epochs: options.epochs ?? (cells > MANY_CELLS ? 200 : 500),
    seed: options.seed,
    pacer,
    ...(options.onEpoch ? { onEpoch: options.onEpoch } : {}),
  });
}
