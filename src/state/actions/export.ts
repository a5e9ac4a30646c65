/** @file Export: synthetic cells as h5ad, 10x folder, zarr or CSV. Every cell is marked synthetic. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { MapApi } from '../../protocol/api.ts';
import type { ExportFormat, WriteRequest } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { ModelInfo, SampleRequest } from '../../protocol/model.ts';
import { floatArray } from '../array-registry.ts';
import { formatBytes, formatDuration, formatNumber } from '../format.ts';
import { hasSeveralKinds } from '../kinds.ts';
import { mapExportKey } from '../map-names.ts';
import { loadedPositions } from '../model-genes.ts';
import { modelFileName } from '../provenance.ts';
import { get, patch } from '../store.ts';
import type { SyntheticState } from '../types.ts';
import { say, showError, type AlertOffer } from './alerts.ts';
import { endOf, exportName, startOf, type ExportMap, type ExportOptions } from './export-order.ts';
import { fileInRanges, placedRanges, type RangeOrder } from './export-ranges.ts';
import { shownTable, tableHead, tableLines } from './export-tables.ts';
import { finalRequest, finalSample, toFileCodes } from './generate.ts';
import { choosePlace, leavePlace, writeBlocks, type OpenPlace } from './save-blocks.ts';

function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const contentTypes: Readonly<Record<ExportFormat, string>> = {
  h5ad: 'application/x-hdf5',
  mtx: 'application/zip',
  zarr: 'application/zip',
};

/** From here on the place is asked for and the file is written range by range. */
const manyCells = 20_000;

/** The export that is under way. */
let running: AbortController | null = null;

/** Stops the export that is under way; no file is left. */
export function cancelExport(): void {
  running?.abort();
}

/** Writes and saves cells. Resolves true when the file was written or handed to the browser. */
export async function exportCells(asked: ExportOptions): Promise<boolean> {
  const { info } = get().model;
  if (!info || running) return false;
  const options = hasSeveralKinds(info) ? severalOptions(asked) : asked;
  const name = exportName(options);
  const inRanges = options.cells >= manyCells || options.cells !== get().guidance.cells;
  const own = new AbortController();
  running = own;
  let place: OpenPlace | 'download' | 'cancelled' = 'download';
  let content: Blob | null = null;
  try {
    // The browser asks for the place only right after a click, so it is asked before the cells are made.
    if (options.cells >= manyCells) place = await choosePlace(name);
    if (place === 'cancelled') return false;
    say(`Writing ${name}.`, true);
    content = inRanges ? await manyOf(info, options, name, own.signal) : await fewOf(info, options);
    await handOver(content, name, place, own.signal);
    patch('view', { exportOpen: false });
    say(
      `Saved ${name}: ${formatNumber(options.cells)} synthetic cells, ${formatBytes(content.size)}.`,
    );
    return true;
  } catch (thrown) {
    if (content === null && typeof place === 'object') await leavePlace(place);
    tellFailure(thrown, name, content);
    return false;
  } finally {
    running = null;
    patch('view', { exporting: null });
  }
}

/** What a file of several kinds of features can hold: counts, and maps that are not of one kind alone. */
function severalOptions(options: ExportOptions): ExportOptions {
  const maps = options.maps.filter((name) => name !== 'X_pca');
  const what = options.what === 'both' ? 'synthetic' : options.what;
  return { ...options, what, maps, format: 'h5ad', values: 'counts' };
}

async function handOver(
  content: Blob,
  name: string,
  place: OpenPlace | 'download',
  signal: AbortSignal | null,
): Promise<void> {
  if (place === 'download') return download(content, name);
  await writeBlocks(place, content, signal);
  // The bytes stand where the person wants them; their copy in the browser's storage can go.
  await io.cancelWrite().catch(() => undefined);
}

/** A finished file that found no place waits in the browser's storage, and another place is offered. */
function tellFailure(thrown: unknown, name: string, content: Blob | null): void {
  const { code } = StudioError.from(thrown);
  if (code === 'cancelled') {
    say(`Export cancelled. ${name} was not written.`);
    void io.cancelWrite().catch(() => undefined);
    return;
  }
  say('The file could not be saved.');
  if (content === null) return void showError(thrown, 'The cells are still here.');
  const again: AlertOffer = {
    id: 'again',
    label: 'Choose another place',
    run: () => saveAgain(content, name),
  };
  showError(thrown, 'The cells are still here. The finished file waits in this tab.', [again]);
}

async function saveAgain(content: Blob, name: string): Promise<void> {
  try {
    const place = await choosePlace(name);
    if (place === 'cancelled')
      throw new StudioError('export-failed', 'The file is not saved yet.', 'No place was chosen.');
    await handOver(content, name, place, null);
    say(`Saved ${name}: ${formatBytes(content.size)}.`);
  } catch (thrown) {
    tellFailure(thrown, name, content);
  }
}

/** The cells on the map. */
async function fewOf(info: ModelInfo, options: ExportOptions): Promise<Blob> {
  const synthetic = await finalSample();
  if (options.what === 'table') {
    const lines = tableLines(shownTable(synthetic), info, 0, synthetic.cells);
    return new Blob([tableHead(info), lines], { type: 'text/csv' });
  }
  const bytes = await fileOf(synthetic, info, options);
  return new Blob([bytes as BlobPart], { type: contentTypes[options.format] });
}

/** Any number of cells, range by range. */
async function manyOf(
  info: ModelInfo,
  options: ExportOptions,
  name: string,
  signal: AbortSignal,
): Promise<Blob> {
  const { guidance } = get();
  const { cells } = options;
  const request: SampleRequest | null = finalRequest();
  if (request === null) throw new StudioError('bad-request', 'No model yet.', 'Train one first.');
  const progress = progressOf(name, cells);
  const order: RangeOrder = {
    request: { ...request, cells },
    toFileCodes,
    signal,
    onDone: progress,
  };
  progress(0);
  if (options.what === 'table') return tableInRanges(info, order);
  const genes = await model.genes();
  const wanted = { ...guidance, cells };
  return fileInRanges(
    { model, map: { place: map.place, projectExpression: expressionOf(info) }, io },
    {
      ...order,
      start: { ...startOf(info, options, genes.index), format: options.format },
      maps: options.maps,
      latentKey: `X_${info.model}`,
      mapKey: mapExportKey(get().data.mapKey),
      scoresKey: info.modalities ? 'X_lsi' : 'X_pca',
      end: (table) => endOf(table, info, options, wanted),
    },
  );
}

/** Places counts of the model's genes on the PCA of the loaded genes' expression. */
function expressionOf(info: ModelInfo): MapApi['projectExpression'] {
  return (counts, genes) =>
    map.projectExpression(counts, genes === null ? null : loadedPositions(info, genes));
}

async function tableInRanges(info: ModelInfo, order: RangeOrder): Promise<Blob> {
  const parts: BlobPart[] = [tableHead(info)];
  const { cells } = order.request;
  for await (const { first, table } of placedRanges({ model, map }, order, false)) {
    // A blob of its own: the browser may move it to disk.
    parts.push(new Blob([tableLines(table, info, first, cells)]));
    order.onDone(first + table.cells);
  }
  return new Blob(parts, { type: 'text/csv' });
}

function progressOf(name: string, cells: number): (done: number) => void {
  const started = performance.now();
  return (done) => {
    const passed = (performance.now() - started) / 1000;
    const secondsLeft = done === 0 ? null : (passed * (cells - done)) / done;
    patch('view', { exporting: { name, cells, done, secondsLeft } });
    const left = secondsLeft === null ? '' : ` About ${formatDuration(secondsLeft)} left.`;
    say(`Writing: ${formatNumber(done)} of ${formatNumber(cells)} cells.${left}`, true);
  };
}

/** Downloads the model as a *.cellsmith file. */
export async function saveModel(): Promise<void> {
  const { info } = get().model;
  if (!info) return;
  try {
    const bytes = await model.save();
    const name = modelFileName(info);
    download(new Blob([bytes as BlobPart], { type: 'application/zip' }), name);
    say(`Saved ${name}, ${formatBytes(bytes.byteLength)}.`);
  } catch (thrown) {
    showError(thrown, 'The model is still here.');
  }
}

/** The maps of the cells on the map. */
async function mapsOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  wanted: readonly ExportMap[],
  counts: CsrMatrix,
  genes: Int32Array,
): Promise<WriteRequest['obsm']> {
  const obsm: Record<string, { dims: number; values: Float32Array }> = {};
  const umap = wanted.includes('X_umap') ? floatArray(synthetic.umap) : null;
  if (umap) obsm[mapExportKey(get().data.mapKey)] = { dims: 2, values: umap.slice() };
  const latents = wanted.includes('X_cfgen') ? floatArray(synthetic.latents) : null;
  if (latents) obsm[`X_${info.model}`] = { dims: info.latentDim, values: latents.slice() };
  if (wanted.includes('X_pca')) {
    const key = info.modalities ? 'X_lsi' : 'X_pca';
    obsm[key] = await expressionOf(info)(counts, genes);
  }
  return obsm;
}

async function fileOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  options: ExportOptions,
): Promise<Uint8Array> {
  const { guidance } = get();
  const [counts, genes] = await Promise.all([model.decode(synthetic.sampleId ?? 0), model.genes()]);
  const request: WriteRequest = {
    ...startOf(info, options, genes.index),
    counts,
    obsm: await mapsOf(synthetic, info, options.maps, counts, genes.index),
    ...(await endOf(shownTable(synthetic), info, options, guidance)),
    format: options.format,
  };
  return io.write(request);
}
