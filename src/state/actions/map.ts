/** @file The map of the real cells: fitting it, and giving it the model's latents as reference. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { CategoryColumn } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { floatArray, keepArray, releaseArrays } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import { get, patch } from '../store.ts';
import { showError } from './alerts.ts';

let fitting: Promise<void> = Promise.resolve();
let fits = 0;

/** Fits PCA and UMAP to the open file, showing frames as they come; a newer call replaces an older one. */
export function fitMap(): Promise<void> {
  fits += 1;
  const turn = fits;
  fitting = fitNow(turn).catch((thrown: unknown) => {
    if (turn === fits) showError(thrown, 'The file is open; only its map is missing.');
  });
  return fitting;
}

/** A map of a few cells of a file whose counts are not read yet. */
export function mapFew(counts: CsrMatrix): Promise<void> {
  fits += 1;
  const turn = fits;
  fitting = fitCounts(counts, null, turn).catch((thrown: unknown) => {
    if (turn === fits) showError(thrown, 'The file is open; only its map is missing.');
  });
  return fitting;
}

/** Resolves when the map of the open file is ready. */
export function mapReady(): Promise<void> {
  return fitting;
}

async function fitNow(turn: number): Promise<void> {
  await map.cancel().catch(() => undefined);
  const counts = await io.counts();
  const given = get().data.umap;
  const own = get().data.umapComputed ? null : floatArray(given);
  await fitCounts(counts, own, turn);
}

async function fitCounts(counts: CsrMatrix, own: Float32Array | null, turn: number): Promise<void> {
  const result = await map.fit({ counts, umap: own ? own.slice() : null, seed: 0 }, (event) => {
    if (turn !== fits) return;
    const { data } = get();
    if (event.type === 'pca') {
      patch('data', {
        pca: keepArray(event.positions, data.pca),
        pcaVariance: event.varianceRatio,
      });
    } else {
      patch('data', {
        umap: keepArray(event.positions, data.umap),
        mapProgress: event.epoch / event.of,
        umapComputed: true,
      });
    }
  });
  if (turn !== fits) return;
  const { data } = get();
  patch('data', {
    umap: keepArray(result.umap, data.umap),
    pca: keepArray(result.pca, data.pca),
    pcaVariance: result.varianceRatio,
    umapComputed: result.umapComputed,
    mapSeconds: result.seconds,
    mapProgress: null,
  });
}

/** The latents that are the present reference, so that a map worker that died can be given them again. */
let reference: {
  latents: Float32Array;
  dims: number;
  cellIndex: Int32Array;
  heldOut: Uint8Array;
} | null = null;

/** Makes latents of real cells the space in which synthetic cells are placed. Arrays are copied before they are moved. */
export async function setReference(
  latents: Float32Array,
  dims: number,
  cellIndex: Int32Array,
  heldOut: Uint8Array,
  attributeNames: readonly string[],
): Promise<void> {
  await mapReady();
  reference = {
    latents: latents.slice(),
    dims,
    cellIndex: cellIndex.slice(),
    heldOut: heldOut.slice(),
  };
  const attributes: Record<string, CategoryColumn> = {};
  for (const name of attributeNames) {
    const column = columnOf(name);
    if (column)
      attributes[name] = {
        categories: column.categories,
        codes: cellIndex.map((cell) => column.codes[cell] ?? -1),
      };
  }
  const result = await map.setReference({ latents, dims, cellIndex, heldOut, attributes });
  patch('model', {
    latentPca: keepArray(result.pca, get().model.latentPca),
    latentPcaVariance: result.varianceRatio,
    realHits: result.realHits,
  });
}

/** Encodes the cells a stored model was made from, out of the open file, and makes them the reference. Error: wrong-file. */
export async function referenceFromFile(info: ModelInfo): Promise<void> {
  const { summary } = get().data;
  const [cells, genes] = await Promise.all([model.cells(), model.genes()]);
  if (!summary || summary.nObs !== info.sourceShape[0] || summary.nVars !== info.sourceShape[1]) {
    throw new StudioError(
      'wrong-file',
      'This model belongs to another file.',
      `It was trained on ${info.fileName} (${info.sourceShape[0]} cells × ${info.sourceShape[1]} genes). Open that file first, then the model.`,
      { file: info.fileName },
    );
  }
  const counts = await io.subset(cells.index, genes.index);
  const latents = await model.encode(counts);
  const names = info.attributes.map(({ name }) => name);
  await setReference(latents, info.latentDim, cells.index, cells.heldOut, names);
}

/** After the map worker died: fits again and restores the reference. */
export async function rebuildMap(): Promise<void> {
  await fitMap();
  const kept = reference;
  const { info } = get().model;
  if (kept && info) {
    await setReference(
      kept.latents,
      kept.dims,
      kept.cellIndex,
      kept.heldOut,
      info.attributes.map(({ name }) => name),
    );
  }
}

/** Forgets the reference when the model goes. */
export function dropReference(): void {
  reference = null;
  releaseArrays(get().model.latentPca);
  patch('model', { latentPca: null, latentPcaVariance: [], realHits: {} });
}
