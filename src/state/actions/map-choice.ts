/** @file Which map the cells are drawn on: one that the file brings in obsm, or the UMAP made here. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import { floatArray, intArray, keepArray, releaseArrays } from '../array-registry.ts';
import { get, patch } from '../store.ts';
import { showError } from './alerts.ts';
import { fitAgain, mapReady, restoreReference } from './map.ts';

/** The UMAP made here for the open file, so that coming back to it is at once. */
let made: { readonly summary: object; readonly positions: Float32Array } | null = null;
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
    const kept = made !== null && made.summary === get().data.summary ? made.positions : null;
    const positions = key === null ? kept : await readMap(key);
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

/** Keeps the UMAP made here while another map is shown. */
function keepMade(): void {
  const { data } = get();
  const positions = data.umapComputed && data.mapKey === null ? floatArray(data.umap) : null;
  if (positions && data.summary) made = { summary: data.summary, positions: positions.slice() };
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
      umapComputed: key === null,
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
