/** @file Two maps of the same cells, before and after a change of their latents; the second is laid out from the first, so that cells can glide. */
import { fitCurve } from '../maps/curve.ts';
import { Pacer } from '../maps/pacer.ts';
import { buildFuzzyGraph } from '../maps/umap-graph.ts';
import { layOut, scaleStart } from '../maps/umap-layout.ts';
import { findSelfNeighbours } from '../maps/umap.ts';
import { createRandom } from '../numerics/random.ts';

const NEIGHBOURS = 15;
const MIN_DIST = 0.3;
const SPREAD = 1;
const EPOCHS = 200;
const MANY_CELLS = 6000;
const EPOCHS_OF_MANY = 100;
/** Cells on the maps; more make them slow and say no more. */
const MOST_CELLS = 12_000;
const CHOICE_STREAM = 78;

/** Positions of the cells `rows`, x and y in turn. */
export interface GlideMaps {
  readonly rows: Int32Array;
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/** What is mapped. */
export interface GlideRequest {
  /** [cells, dims] each */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly dims: number;
  /** Where the first map starts, [2 · cells]; null: the first two dimensions. */
  readonly start: Float32Array | null;
  readonly seed: number;
}

/** UMAPs of both, at most 12,000 cells. @param onShare told how far, 0–1. Error: cancelled. */
export async function mapBeforeAndAfter(
  { before, after, dims, start, seed }: GlideRequest,
  onShare: (share: number) => void = () => undefined,
  pacer = new Pacer(),
): Promise<GlideMaps> {
  const rows = chooseRows(before.length / dims, seed);
  const pick = (values: Float32Array, width: number): Float32Array => {
    const out = new Float32Array(rows.length * width);
    rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
    return out;
  };
  const usable = start !== null && start.every(Number.isFinite);
  const places = usable ? pick(start, 2) : null;
  const own = pick(before, dims);
  const first = await mapFrom(own, dims, places ?? own, places === null ? dims : 2, seed, pacer, (share) => onShare(share / 2)); // prettier-ignore
  const second = await mapFrom(pick(after, dims), dims, first, 2, seed, pacer, (share) =>
    onShare(0.5 + share / 2),
  );
  return { rows, before: first, after: second };
}

async function mapFrom(
  scores: Float32Array,
  dims: number,
  start: Float32Array,
  startDims: number,
  seed: number,
  pacer: Pacer,
  onShare: (share: number) => void,
): Promise<Float32Array> {
  const cells = scores.length / dims;
  const k = Math.min(cells, NEIGHBOURS);
  const graph = await buildFuzzyGraph(await findSelfNeighbours(scores, cells, dims, k, pacer), pacer); // prettier-ignore
  return layOut(graph, scaleStart(start, cells, startDims, seed), {
    curve: fitCurve(MIN_DIST, SPREAD),
    epochs: cells > MANY_CELLS ? EPOCHS_OF_MANY : EPOCHS,
    seed,
    pacer,
    onEpoch: (_, epoch, of) => onShare(epoch / of),
  });
}

function chooseRows(cells: number, seed: number): Int32Array {
  if (cells <= MOST_CELLS) return Int32Array.from({ length: cells }, (_, i) => i);
  return Int32Array.from(createRandom(seed, CHOICE_STREAM).permutation(cells).slice(0, MOST_CELLS)).sort(); // prettier-ignore
}
