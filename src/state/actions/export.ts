/** @file Export: synthetic cells as h5ad or CSV, the model as a file. Every cell is marked synthetic. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type {
  ExportFormat,
  UnsValue,
  WriteEnd,
  WriteRequest,
  WriteStart,
} from '../../protocol/dataset.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { floatArray } from '../array-registry.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { geneNames } from '../gene-index.ts';
import { modelFileName, provenanceOf, sampleCommand, sha256 } from '../provenance.ts';
import { get, patch } from '../store.ts';
import type { SyntheticState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { cellNames, obsOf, tableOf } from './export-tables.ts';
import { finalSample } from './generate.ts';
import { choosePlace, writeBlocks } from './save-blocks.ts';

/** A map in obsm: the UMAP, the PCA of expression, the model's latent. */
export type ExportMap = 'X_umap' | 'X_pca' | 'X_cfgen';

/** What the export dialog offers. */
export interface ExportOptions {
  readonly what: 'synthetic' | 'both' | 'table';
  /** How cells with counts are stored. */
  readonly format: ExportFormat;
  /** What stands in X; the counts are in layers['counts'] always. */
  readonly values: 'counts' | 'log-normalised';
  /** Which maps go into obsm. */
  readonly maps: readonly ExportMap[];
  /** The source's columns of var beside the names. */
  readonly geneColumns: boolean;
  /** `uns['NAME_colors']`. */
  readonly colours: boolean;
  /** Model, seed, weights and solver in uns['cellsmith']. */
  readonly provenance: boolean;
}

const endings: Readonly<Record<ExportFormat, string>> = {
  h5ad: 'h5ad',
  mtx: 'mtx.zip',
  zarr: 'zarr.zip',
};

const sourceEnding = /(\.(h5ad|h5mu|h5|loom|zarr|mtx|csv|tsv|txt|zip|gz))+$/i;

/** File name of an export: source name, "synthetic", seed. */
export function exportName({ what, format }: Pick<ExportOptions, 'what' | 'format'>): string {
  const { data, guidance } = get();
  const stem = (data.summary?.fileName ?? 'cells').replace(sourceEnding, '');
  const middle = what === 'both' ? 'real-and-synthetic' : 'synthetic';
  return `${stem}-${middle}-seed${guidance.seed}.${what === 'table' ? 'csv' : endings[format]}`;
}

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

/** From here on the place is asked for and the file is written in blocks, where the browser can. */
const manyCells = 20_000;

/** Writes and downloads the cells on the map. Resolves true when the file was handed to the browser. */
export async function exportCells(options: ExportOptions): Promise<boolean> {
  const { info } = get().model;
  if (!info) return false;
  const name = exportName(options);
  // The browser asks for the place only right after a click, so it is asked before the cells are made.
  const place = get().guidance.cells >= manyCells ? await choosePlace(name) : 'download';
  if (place === 'cancelled') return false;
  say(`Writing ${name}.`, true);
  try {
    const synthetic = await finalSample();
    const content = await contentOf(synthetic, info, options);
    if (place === 'download') download(content, name);
    else await writeBlocks(place, content);
    patch('view', { exportOpen: false });
    say(
      `Saved ${name}: ${formatNumber(synthetic.cells)} synthetic cells, ${formatBytes(content.size)}.`,
    );
    return true;
  } catch (thrown) {
    showError(thrown, 'The cells are still here.');
    say('The file could not be saved.');
    return false;
  }
}

async function contentOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  options: ExportOptions,
): Promise<Blob> {
  if (options.what === 'table') {
    return new Blob([tableOf(synthetic, info)], { type: 'text/csv' });
  }
  if (options.format === 'h5ad' && synthetic.cells >= manyCells) {
    return fileInBlocks(synthetic, info, options);
  }
  const bytes = await fileOf(synthetic, info, options);
  return new Blob([bytes as BlobPart], { type: contentTypes[options.format] });
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

/** Whether an export holds every gene of the source (those outside the model without counts), or the model's only. */
function writesAllGenes(info: ModelInfo): boolean {
  return get().choices.geneChoice === 'all' || info.nGenes > 0.5 * geneNames().length;
}

/** Number of genes an export of this model's cells has. */
export function exportedGenes(info: ModelInfo): number {
  return writesAllGenes(info) ? geneNames().length : info.nGenes;
}

/** The maps of some of the cells. */
async function mapsOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  wanted: readonly ExportMap[],
  counts: CsrMatrix,
  genes: Int32Array,
  from: number,
): Promise<WriteRequest['obsm']> {
  const to = from + counts.rows;
  const obsm: Record<string, { dims: number; values: Float32Array }> = {};
  const umap = wanted.includes('X_umap') ? floatArray(synthetic.umap) : null;
  if (umap) obsm.X_umap = { dims: 2, values: umap.slice(2 * from, 2 * to) };
  const latents = wanted.includes('X_cfgen') ? floatArray(synthetic.latents) : null;
  const dims = info.latentDim;
  if (latents) obsm.X_cfgen = { dims, values: latents.slice(dims * from, dims * to) };
  if (wanted.includes('X_pca')) obsm.X_pca = await map.projectExpression(counts, genes);
  return obsm;
}

async function fileOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  options: ExportOptions,
): Promise<Uint8Array> {
  const [counts, genes] = await Promise.all([model.decode(synthetic.sampleId ?? 0), model.genes()]);
  const request: WriteRequest = {
    ...startOf(info, options, genes.index),
    counts,
    obsm: await mapsOf(synthetic, info, options.maps, counts, genes.index, 0),
    ...(await endOf(synthetic, info, options)),
    format: options.format,
  };
  return io.write(request);
}

function startOf(
  info: ModelInfo,
  options: ExportOptions,
  geneIndex: Int32Array,
): Omit<WriteStart, 'maps'> {
  return {
    geneIndex,
    geneNames: geneNames(),
    allGenes: writesAllGenes(info),
    withReal: options.what === 'both',
    values: options.values,
    geneColumns: options.geneColumns,
    colours: options.colours,
  };
}

async function endOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  options: ExportOptions,
): Promise<WriteEnd> {
  return {
    obsNames: cellNames(synthetic.cells),
    obs: obsOf(synthetic, info),
    uns: options.provenance ? { cellsmith: await provenance(info, options) } : {},
  };
}

/** Cells written at a time. */
const blockCells = 5000;

/** Many cells: the file grows on disk, block by block; memory holds the counts of the cells and one block. */
async function fileInBlocks(
  synthetic: SyntheticState,
  info: ModelInfo,
  options: ExportOptions,
): Promise<Blob> {
  const { cells } = synthetic;
  const id = synthetic.sampleId ?? 0;
  const [one, genes] = await Promise.all([model.decode(id, 0, Math.min(1, cells)), model.genes()]);
  const first = await mapsOf(synthetic, info, options.maps, one, genes.index, 0);
  const maps = Object.fromEntries(Object.entries(first).map(([key, { dims }]) => [key, dims]));
  await io.beginWrite({ ...startOf(info, options, genes.index), maps });
  try {
    for (let from = 0; from < cells; from += blockCells) {
      const block = await model.decode(id, from, Math.min(cells, from + blockCells));
      const obsm = await mapsOf(synthetic, info, options.maps, block, genes.index, from);
      await io.addCells({ counts: block, obsm });
      say(`Writing: ${formatNumber(from + block.rows)} of ${formatNumber(cells)} cells.`, true);
    }
    return await io.endWrite(await endOf(synthetic, info, options));
  } catch (thrown) {
    await io.cancelWrite().catch(() => undefined);
    throw thrown;
  }
}

/** Settings, and what identifies the source file and the model. */
async function provenance(info: ModelInfo, options: ExportOptions): Promise<UnsValue> {
  const { guidance, device, data } = get();
  const source = await io.hash().catch(() => null);
  const modelHash = await sha256(await model.save());
  const out = exportName(options);
  return {
    ...provenanceOf(info, guidance, device?.kind ?? null),
    ...(data.summary ? { source_file: data.summary.fileName } : {}),
    ...(source === null ? {} : { source_sha256: source }),
    ...(modelHash === null ? {} : { model_sha256: modelHash }),
    ...verdictFigures(info),
    command: sampleCommand(info, guidance, `${modelFileName(info)}`, out),
  };
}

/** The verdict on this model, where it is there. */
function verdictFigures(info: ModelInfo): Readonly<Record<string, UnsValue>> {
  const { modelId, result } = get().verdict;
  if (modelId !== info.id || !result?.decided) return {};
  const measures = Object.entries(result.measures).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return {
    verdict: {
      headline: result.headline,
      checks_passed: result.passed,
      checks: result.checks.length,
      measures: Object.fromEntries(measures),
    },
  };
}

/** The one-line command that makes the same cells. */
export function exportCommand(options: Pick<ExportOptions, 'what' | 'format'>): string {
  const { model: state, guidance } = get();
  if (!state.info) return '';
  return sampleCommand(state.info, guidance, modelFileName(state.info), exportName(options));
}
