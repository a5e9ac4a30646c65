/** @file Ways of chosen cells from noise: kept states are placed among real cells, so that they can be drawn on the UMAP too. */
import { map } from '../../clients/map-client.ts';
import { byteArray, keepArray, releaseArrays } from '../array-registry.ts';
import { explored, patchExplore } from '../explore.ts';
import { markedRows } from '../lasso.ts';
import { get } from '../store.ts';
import { thinned } from './study.ts';

/** Cells whose way is drawn. */
export const mostTrails = 32;

interface Trajectory {
  /** [frames, cells, dims] */
  readonly latents: Float32Array;
  readonly dims: number;
  readonly frames: number;
  readonly cells: number;
}

let kept: Trajectory | null = null;
let turn = 0;

/** Keeps the states of the present cells over flow time (null: there are none), and places the chosen cells' ways. */
export async function keepTrajectory(next: Trajectory | null): Promise<void> {
  kept = next;
  await placeTrails();
}

/** The cells whose ways are drawn: selected synthetic ones, else some of all, evenly. */
export function chosenTrails(cells: number): Int32Array {
  const mask = byteArray(explored().selection.synthetic);
  const rows =
    mask?.length === cells ? markedRows(mask) : Int32Array.from({ length: cells }, (_, i) => i);
  return thinned(rows, mostTrails);
}

/** Places the ways of the chosen cells on the UMAP; a newer choice replaces an older one. */
export async function placeTrails(): Promise<void> {
  turn += 1;
  const mine = turn;
  const before = explored().trailPlaces;
  if (!kept || !explored().trails) {
    releaseArrays(before?.umap);
    if (before) patchExplore({ trailPlaces: null });
    return;
  }
  const { latents, dims, frames, cells } = kept;
  const chosen = chosenTrails(cells);
  const rows = new Float32Array(frames * chosen.length * dims);
  for (let frame = 0; frame < frames; frame += 1)
    chosen.forEach((cell, i) => {
      const from = (frame * cells + cell) * dims;
      rows.set(latents.subarray(from, from + dims), (frame * chosen.length + i) * dims);
    });
  const placed = await map.place({ latents: rows, dims, seed: get().guidance.seed, codes: {} });
  if (mine !== turn) return;
  releaseArrays(before?.umap);
  patchExplore({ trailPlaces: { umap: keepArray(placed.umap), frames, cells: [...chosen] } });
}
