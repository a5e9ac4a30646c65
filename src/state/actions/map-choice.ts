/** @file Which map the cells are drawn on: one that the file brings in obsm, or the UMAP made here. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { FitEvent } from '../../protocol/map.ts';
import { floatArray, intArray, keepArray, releaseArrays } from '../array-registry.ts';
import { openKinds } from '../kinds.ts';
import { isMadeHere, kindOfMap, latentMap } from '../map-names.ts';
import { get, patch } from '../store.ts';
import { showError } from './alerts.ts';
import { fitAgain, mapReady, referenceLatents, restoreReference, spaceOf } from './map.ts';

/** The maps made here for the open file, by key, so that coming back to them is at once. */
let made: {
  readonly summary: object;
  readonly positions: Map<string | null, Float32Array>;
} | null = null;
let turn = 0;

/** Draws the cells on obsm[key], or for null on a UMAP made here; synthetic cells come along. A newer choice replaces an older one. */
export async function chooseMap(key: string | null): Promise<void> {
  const { data } = get();
  if (data.status !== 'ready' || (key === data.mapKey && data.umap !== null)) return;
  turn += 1;
  const mine = turn;
  const isCurrent = (): boolean => mine === turn;
  try {
    await mapReady();
    keepMade();
    const positions = await positionsOf(key);
    if (!isCurrent()) return;
    if (positions) await map.useMap(positions.slice());
    else await makeMap();
    if (!isCurrent()) return;
    await restoreReference();
    const placed = await placeAgain();
    if (isCurrent()) show(key, positions, placed);
  } catch (thrown) {
    if (isCurrent()) showError(thrown, 'The cells stay on the map they were on.');
  }
}

/** Keeps the maps made here while another one is shown; that of the latents goes with its model. */
function keepMade(): void {
  const { data } = get();
  const positions = data.umapComputed && data.mapKey !== latentMap ? floatArray(data.umap) : null;
  if (!positions || !data.summary) return;
  if (made?.summary !== data.summary) made = { summary: data.summary, positions: new Map() };
  made.positions.set(data.mapKey, positions.slice());
}

/** Where the cells are on a map; null for the one made here that is still to be made. */
async function positionsOf(key: string | null): Promise<Float32Array | null> {
  const kept = made !== null && made.summary === get().data.summary ? made.positions : null;
  const known = kept?.get(key) ?? null;
  if (known || key === null) return known;
  if (key === latentMap) return layOutLatents();
  const kind = kindOfMap(key);
  return kind === null ? readMap(key) : layOutKind(kind);
}

async function layOutKind(name: string): Promise<Float32Array> {
  const kind = openKinds(get().data.summary).find((own) => own.name === name) ?? null;
  const counts = await io.counts(undefined, name);
  return shown(map.layOut({ counts, space: spaceOf(kind), seed: 0 }, follow));
}

/** Cells that the model was not made from have no place. */
async function layOutLatents(): Promise<Float32Array> {
  const reference = referenceLatents();
  if (reference === null) {
    throw new StudioError('bad-request', 'There is no model yet.', 'Train one first.');
  }
  const { latents, dims, cellIndex } = reference;
  const cells = (floatArray(get().data.umap)?.length ?? 0) / 2;
  const own = await shown(map.layOut({ latents: latents.slice(), dims, seed: 0 }, follow));
  const positions = new Float32Array(2 * cells).fill(Number.NaN);
  cellIndex.forEach((cell, i) => positions.set(own.subarray(2 * i, 2 * i + 2), 2 * cell));
  return positions;
}

const follow = (event: FitEvent): void => {
  if (event.type === 'umap' && get().data.mapProgress !== null) {
    patch('data', { mapProgress: event.epoch / event.of });
  }
};

/** The progress of a layout, while the cells stay where they are. */
async function shown(layout: Promise<Float32Array>): Promise<Float32Array> {
  patch('data', { mapProgress: 0 });
  return layout.finally(() => patch('data', { mapProgress: null }));
}

/** The map of the latents goes with the model. */
export function leaveLatentMap(): void {
  if (get().data.mapKey === latentMap) void chooseMap(null);
}

async function readMap(key: string): Promise<Float32Array> {
  const positions = await io.ownMap(key);
  if (positions) return positions;
  throw new StudioError(
    'bad-request',
    'This map cannot be drawn.',
    `obsm['${key}'] does not hold two columns of numbers for every cell. Choose another map.`,
  );
}

/** Lays out a UMAP, which shows itself; synthetic cells have no place until it is done. */
async function makeMap(): Promise<void> {
  const { umap } = get().synthetic;
  const places = floatArray(umap);
  if (places) {
    const nowhere = new Float32Array(places.length).fill(Number.NaN);
    patch('synthetic', { umap: keepArray(nowhere, umap) });
  }
  releaseFilm();
  await fitAgain();
}

/** Real and synthetic cells move at once. */
function show(
  key: string | null,
  positions: Float32Array | null,
  placed: { readonly sampleId: unknown; readonly umap: Float32Array } | null,
): void {
  const { data, synthetic, view } = get();
  if (positions) {
    releaseFilm();
    patch('data', {
      umap: keepArray(positions.slice(), data.umap),
      mapKey: key,
      umapComputed: isMadeHere(key),
    });
  }
  if (placed && placed.sampleId === synthetic.sampleId)
    patch('synthetic', { umap: keepArray(placed.umap, synthetic.umap) });
  patch('look', { overlay: 'umap' });
  patch('view', { fitRequests: view.fitRequests + 1, flowTime: 1, flowPlaying: false });
}

/** Moments kept from the training lie on the map before. */
function releaseFilm(): void {
  const { film } = get().model;
  if (film.length === 0) return;
  releaseArrays(...film.map(({ umap }) => umap));
  patch('model', { film: [] });
}

/** Places of the synthetic cells that are there on the map that is now used; null if there are none. */
async function placeAgain() {
  const { synthetic, model } = get();
  const latents = floatArray(synthetic.latents);
  if (!latents || !model.info || synthetic.umap === null) return null;
  const codes: Record<string, Int32Array> = {};
  for (const [name, id] of Object.entries(synthetic.asked)) {
    const asked = intArray(id);
    if (asked) codes[name] = asked.slice();
  }
  const { latentDim: dims } = model.info;
  const request = { latents: latents.slice(), dims, seed: synthetic.seed, codes };
  return { sampleId: synthetic.sampleId, umap: (await map.place(request)).umap };
}
