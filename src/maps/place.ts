/** @file Places synthetic cells on a fixed map: at the weighted mean of the nearest real cells, never outside them. */
import type { CategoryColumn } from '../protocol/dataset.ts';
import { normalsAt } from '../numerics/random.ts';
import { classify, lowerToVotes, shareOfHits } from './classifier.ts';
import { fitDensePca, scoreDense } from './dense-pca.ts';
import type { Neighbours } from './knn.ts';
import type { Pca } from './pca.ts';
import { Pacer } from './pacer.ts';
import { RealCells, type Effort } from './real-cells.ts';
import { solveWidth } from './umap-graph.ts';

/** Real cells with latents, as synthetic cells see them. */
export interface Reference {
  /** Rotation of the latents to their principal axes; keeps distances. */
  readonly rotation: Pca;
  readonly real: RealCells;
  /** Places of the real cells on the map, [2·cells], NaN where a cell has none. */
  readonly positions: Float32Array;
  /** Standard deviation of the jitter, in units of the map. */
  readonly jitter: number;
  readonly attributes: Readonly<Record<string, CategoryColumn>>;
}

/** Real cells from which a reference is made. */
export interface ReferenceInput {
  /** [cells, dims], finite */
  readonly latents: Float32Array;
  readonly dims: number;
  /** [2·cells], NaN where a cell has no place. */
  readonly positions: Float32Array;
  /** 1 where a cell was held out. */
  readonly heldOut: Uint8Array;
  readonly attributes: Readonly<Record<string, CategoryColumn>>;
}

/** Jitter as a share of the median distance between nearest cells on the map. */
const JITTER_SHARE = 0.5;
const JITTER_STREAM = 2;

/** 1 where both coordinates are numbers. */
function findPlaced(positions: Float32Array): Uint8Array {
  return Uint8Array.from({ length: positions.length / 2 }, (_, i) =>
    Number.isFinite(positions[2 * i]) && Number.isFinite(positions[2 * i + 1]) ? 1 : 0,
  );
}

/** Median distance on the map between a placed cell and its nearest neighbour. */
async function mapSpacing(positions: Float32Array, placed: Uint8Array, pacer: Pacer) {
  const cells = [...placed.keys()].filter((i) => placed[i] === 1);
  const points = Float32Array.from(cells.flatMap((i) => [positions[2 * i], positions[2 * i + 1]]));
  if (cells.length === 0) return 0;
  const all = new Uint8Array(cells.length).fill(1);
  return cells.length > 1 ? (await RealCells.build(points, 2, all, all, pacer)).spacing : 0;
}

/** Arranges real cells so that synthetic ones can be placed among them. Error: cancelled. */
export async function buildReference(
  input: ReferenceInput,
  pacer = new Pacer(),
): Promise<Reference> {
  const { latents, dims, positions, heldOut, attributes } = input;
  const rotation = await fitDensePca(latents, heldOut.length, dims, pacer);
  const placed = findPlaced(positions);
  const training = heldOut.map((held) => (held ? 0 : 1));
  const real = await RealCells.build(latents, dims, training, placed, pacer);
  const jitter = JITTER_SHARE * (await mapSpacing(positions, placed, pacer));
  return { rotation, real, positions, jitter, attributes };
}

/**
 * Weighted mean of each row's neighbours on the map, weights exp(−d/σ) with Σ exp(−d/σ) = log2(neighbours), as UMAP places new points but
 * with rho = 0 (McInnes et al. 2018); NaN for a row without neighbours.
 */
export function averagePlaces(neighbours: Neighbours, positions: Float32Array): Float32Array {
  const { rows, k, indices, distances } = neighbours;
  const places = new Float32Array(2 * rows).fill(Number.NaN);
  for (let i = 0; i < rows; i++) {
    let end = i * k;
    while (end < (i + 1) * k && indices[end] >= 0) end++;
    const count = end - i * k;
    if (count === 0) continue;
    const sigma = solveWidth(distances, i * k, end, 0, Math.log2(count));
    let total = 0;
    let x = 0;
    let y = 0;
    for (let at = i * k; at < end; at++) {
      const weight = count === 1 ? 1 : Math.exp(-distances[at] / sigma);
      total += weight;
      x += weight * positions[2 * indices[at]];
      y += weight * positions[2 * indices[at] + 1];
    }
    places[2 * i] = x / total;
    places[2 * i + 1] = y / total;
  }
  return places;
}

/** Adds Gaussian jitter that depends only on the seed and the number of the cell; the first row is cell `first`. */
function addJitter(places: Float32Array, scale: number, seed: number, first: number): void {
  const noise = new Float32Array(2);
  for (let i = 0; i < places.length / 2; i++) {
    normalsAt(seed, JITTER_STREAM, first + i, noise);
    places[2 * i] += scale * noise[0];
    places[2 * i + 1] += scale * noise[1];
  }
}

/** Where synthetic cells are and what they look like. */
export interface Placement {
  readonly umap: Float32Array;
  readonly pca: Float32Array;
  readonly distance: Float32Array;
  readonly recognised: Record<string, Int32Array>;
  readonly hits: Record<string, number | null>;
  readonly hitShare: Float32Array;
}

/**
 * Places latents [cells, dims] among real cells. A cell whose latent is not finite gets NaN and no category.
 *
 * @param asked what each cell was asked to be, per attribute; −1 is nothing
 * @param first number of the first cell among all of the seed, for the jitter
 */
export async function placeCells(
  reference: Reference,
  latents: Float32Array,
  seed: number,
  asked: Readonly<Record<string, Int32Array>>,
  pacer = new Pacer(),
  effort: Effort = 'full',
  first = 0,
): Promise<Placement> {
  const dims = reference.rotation.inputColumns;
  const rows = latents.length / dims;
  const found = await reference.real.search(latents, rows, pacer, effort);
  const umap = averagePlaces(found.placed, reference.positions);
  addJitter(umap, reference.jitter, seed, first);
  const distance = Float32Array.from(found.nearest, (d) =>
    Number.isFinite(d) ? d / reference.real.spacing : Number.NaN,
  );
  const recognised: Record<string, Int32Array> = {};
  const hits: Record<string, number | null> = {};
  const hitShare = new Float32Array(rows).fill(Number.NaN);
  for (const [name, column] of Object.entries(reference.attributes)) {
    recognised[name] = classify(found.training, column.codes);
    hits[name] = asked[name] ? shareOfHits(recognised[name], asked[name]) : null;
    if (asked[name]) lowerToVotes(hitShare, found.training, column.codes, asked[name]);
  }
  return { umap, pca: rotateTwo(reference, latents, rows), distance, recognised, hits, hitShare };
}

/** First two components of latents, [2·rows]. */
export function rotateTwo(
  { rotation }: Reference,
  latents: Float32Array,
  rows: number,
): Float32Array {
  const keep = Math.min(2, rotation.components);
  return firstTwo(scoreDense(rotation, latents, keep), rows, keep);
}

/** The first two columns of rows [rows, dims], [2·rows]; a missing second column is 0. */
export function firstTwo(scores: Float32Array, rows: number, dims: number): Float32Array {
  const two = new Float32Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    if (dims > 0) two[2 * i] = scores[i * dims];
    if (dims > 1) two[2 * i + 1] = scores[i * dims + 1];
  }
  return two;
}

/** Per attribute: share of held-out real cells that the classifier gets right from training cells; null without held-out or training cells. */
export async function measureRealHits(
  reference: Reference,
  input: ReferenceInput,
  pacer = new Pacer(),
): Promise<Record<string, number | null>> {
  const { latents, dims, heldOut, attributes } = input;
  const cells = Int32Array.from(heldOut.keys()).filter((i) => heldOut[i] === 1);
  const rows = new Float32Array(cells.length * dims);
  cells.forEach((cell, i) => {
    rows.set(latents.subarray(cell * dims, (cell + 1) * dims), i * dims);
  });
  const found = await reference.real.search(rows, cells.length, pacer);
  const result: Record<string, number | null> = {};
  for (const [name, { codes }] of Object.entries(attributes)) {
    const asked = Int32Array.from(cells, (cell) => codes[cell]);
    const anyTraining = cells.length < heldOut.length;
    result[name] = anyTraining ? shareOfHits(classify(found.training, codes), asked) : null;
  }
  return result;
}
