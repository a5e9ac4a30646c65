/** @file The map of the real cells: fitting it, and giving it the model's latents as reference. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { CategoryColumn, FeatureKind } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { FitEvent, FitResult } from '../../protocol/map.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { floatArray, keepArray, releaseArrays } from '../array-registry.ts';
import { columnOf } from '../data-view.ts';
import { isGenes, measuredKind } from '../kinds.ts';
import { realCountsOf, setFileGenes, spansFile } from '../model-genes.ts';
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
  const loaded = floatArray(get().data.qc?.counts ?? null)?.length ?? 0;
  const counts =
    loaded > mostCopied ? loaded : await countsOfKind(measuredKind(get().data.summary));
  const given = get().data.umap;
  const own = get().data.umapComputed ? null : floatArray(given);
  await fitCounts(counts, own, turn);
}

const countsOfKind = (kind: FeatureKind | null): Promise<CsrMatrix> =>
  io.counts(undefined, kind?.name);

/** What cells are laid out by when they are laid out by a kind of features. */
export function spaceOf(kind: FeatureKind | null): 'genes' | 'peaks' {
  return kind === null || isGenes(kind) ? 'genes' : 'peaks';
}

/** Cells whose counts are copied to the map's worker at once; of more, some at a time. */
const mostCopied = 50_000;

/** Fits counts, or those of so many loaded cells. */
function fitFrom(
  from: CsrMatrix | number,
  own: Float32Array | null,
  onEvent: (event: FitEvent) => void,
): Promise<FitResult> {
  const kind = measuredKind(get().data.summary);
  const space = spaceOf(kind);
  const request = { umap: own ? own.slice() : null, seed: 0, space };
  return typeof from === 'number'
    ? map.fitTaken({ ...request, cells: from }, onEvent, (rows) => io.counts(rows, kind?.name))
    : map.fit({ ...request, counts: from }, onEvent);
}

async function fitCounts(
  counts: CsrMatrix | number,
  own: Float32Array | null,
  turn: number,
): Promise<void> {
  let done = false;
  const result = await fitFrom(counts, own, (event) => {
    // Events and the result come over different ports: the last frame may be later than the result.
    if (turn !== fits || done) return;
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
  done = true;
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

/** Cells whose counts lie in memory at once while they are encoded. */
const encodedAtOnce = 10_000;

/** Encodes the cells a stored model was made from, out of the open file, and makes them the reference. Error: wrong-file. */
export async function referenceFromFile(info: ModelInfo): Promise<void> {
  const { summary } = get().data;
  const [cells, genes] = await Promise.all([model.cells(), model.genes()]);
  const fits = summary?.nObs === info.sourceShape[0];
  if (!fits || (summary.nVars !== info.sourceShape[1] && !spansFile(info))) {
    throw new StudioError(
      'wrong-file',
      'This model belongs to another file.',
      `It was trained on ${info.fileName} (${info.sourceShape[0]} cells × ${info.sourceShape[1]} genes). Open that file first, then the model.`,
      { file: info.fileName },
    );
  }
  if (genes.sourceNames && spansFile(info)) setFileGenes(genes.sourceNames);
  const latents = new Float32Array(cells.index.length * info.latentDim);
  for (let from = 0; from < cells.index.length; from += encodedAtOnce) {
    const some = cells.index.slice(from, from + encodedAtOnce);
    const counts = await realCountsOf(info, some, genes.index.slice());
    latents.set(await model.encode(counts), from * info.latentDim);
  }
  const names = info.attributes.map(({ name }) => name);
  await setReference(latents, info.latentDim, cells.index, cells.heldOut, names);
}

/** Makes a UMAP of the open file whether or not it brings maps; resolves when it is laid out. */
export async function fitAgain(): Promise<void> {
  patch('data', { mapKey: null, umapComputed: true, mapProgress: 0 });
  await fitMap();
}

/** After the map worker died: fits again and restores the reference. */
export async function rebuildMap(): Promise<void> {
  await fitMap();
  await restoreReference();
}

/** Gives the map worker the present reference once more. */
export async function restoreReference(): Promise<void> {
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

/** Latents of the cells that the model was made from, and which cells of the file they are; null without a model. */
export function referenceLatents(): {
  readonly latents: Float32Array;
  readonly dims: number;
  readonly cellIndex: Int32Array;
} | null {
  return reference;
}

/** Forgets the reference when the model goes. */
export function dropReference(): void {
  reference = null;
  releaseArrays(get().model.latentPca);
  patch('model', { latentPca: null, latentPcaVariance: [], realHits: {} });
}
