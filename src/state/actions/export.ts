/** @file Export: synthetic cells as h5ad or CSV, the model as a file. Every cell is marked synthetic. */
import { io } from '../../clients/io-client.ts';
import { map } from '../../clients/map-client.ts';
import { model } from '../../clients/model-client.ts';
import type { ExportFormat, UnsValue, WriteColumn, WriteRequest } from '../../protocol/dataset.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { floatArray, intArray } from '../array-registry.ts';
import { coloursOf, columnOf } from '../data-view.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { geneNames } from '../gene-index.ts';
import { modelFileName, provenanceOf, sampleCommand, sha256 } from '../provenance.ts';
import { get, patch } from '../store.ts';
import type { SyntheticState } from '../types.ts';
import { say, showError } from './alerts.ts';
import { finalSample } from './generate.ts';
import { choosePlace, writeBlocks } from './save-blocks.ts';

/** What the export dialog offers. */
export interface ExportOptions {
  readonly what: 'synthetic' | 'both' | 'table';
  /** How cells with counts are stored. */
  readonly format: ExportFormat;
  /** What stands in X; the counts are in layers['counts'] always. */
  readonly values: 'counts' | 'log-normalised';
  /** X_umap, X_pca and the latent in obsm. */
  readonly map: boolean;
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

function download(content: BlobPart, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
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

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

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
    const bytes =
      options.what === 'table' ? tableOf(synthetic, info) : await fileOf(synthetic, info, options);
    const type = options.what === 'table' ? 'text/csv' : contentTypes[options.format];
    if (place === 'download') download(bytes as BlobPart, name, type);
    else await writeBlocks(place, typeof bytes === 'string' ? encoded(bytes) : bytes);
    const size = typeof bytes === 'string' ? bytes.length : bytes.byteLength;
    patch('view', { exportOpen: false });
    say(`Saved ${name}: ${formatNumber(synthetic.cells)} synthetic cells, ${formatBytes(size)}.`);
    return true;
  } catch (thrown) {
    showError(thrown, 'The cells are still here.');
    say('The file could not be saved.');
    return false;
  }
}

/** Downloads the model as a *.cellsmith file. */
export async function saveModel(): Promise<void> {
  const { info } = get().model;
  if (!info) return;
  try {
    const bytes = await model.save();
    const name = modelFileName(info);
    download(bytes as BlobPart, name, 'application/zip');
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

function cellNames(n: number): string[] {
  const width = Math.max(6, String(n).length);
  return Array.from({ length: n }, (_, index) => `syn_${String(index + 1).padStart(width, '0')}`);
}

async function fileOf(
  synthetic: SyntheticState,
  info: ModelInfo,
  options: ExportOptions,
): Promise<Uint8Array> {
  const [counts, genes] = await Promise.all([model.decode(synthetic.sampleId ?? 0), model.genes()]);
  const all = geneNames();
  const obsm: Record<string, { dims: number; values: Float32Array }> = {};
  if (options.map) {
    const umap = floatArray(synthetic.umap);
    if (umap) obsm.X_umap = { dims: 2, values: umap.slice() };
    const latents = floatArray(synthetic.latents);
    if (latents) obsm.X_cfgen = { dims: info.latentDim, values: latents.slice() };
    obsm.X_pca = await map.projectExpression(counts, genes.index);
  }
  const request: WriteRequest = {
    counts,
    geneIndex: genes.index,
    geneNames: all,
    allGenes: writesAllGenes(info),
    obsNames: cellNames(synthetic.cells),
    obs: obsOf(synthetic, info),
    obsm,
    uns: options.provenance ? { cellsmith: await provenance(info, options) } : {},
    withReal: options.what === 'both',
    format: options.format,
    values: options.values,
  };
  return io.write(request);
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
    command: sampleCommand(info, guidance, `${modelFileName(info)}`, out),
  };
}

function obsOf(synthetic: SyntheticState, info: ModelInfo): Record<string, WriteColumn> {
  const obs: Record<string, WriteColumn> = {};
  const { guidance } = get();
  for (const { name } of info.attributes) {
    const column = columnOf(name);
    const codes = intArray(synthetic.asked[name] ?? null);
    if (column && codes) {
      obs[name] = {
        kind: 'categorical',
        categories: column.categories,
        codes: codes.slice(),
        colours: coloursOf(name),
      };
    }
    const weight = guidance.terms[name]?.weight ?? 1;
    obs[`guidance_${name}`] = {
      kind: 'number',
      values: new Float32Array(synthetic.cells).fill(weight),
    };
  }
  const distance = floatArray(synthetic.distance);
  if (distance) obs.distance_to_real = { kind: 'number', values: distance.slice() };
  return obs;
}

function tableOf(synthetic: SyntheticState, info: ModelInfo): string {
  const umap = floatArray(synthetic.umap);
  const pca = floatArray(synthetic.pca);
  const distance = floatArray(synthetic.distance);
  const attributes = info.attributes.map(({ name }) => ({
    name,
    categories: columnOf(name)?.categories ?? [],
    codes: intArray(synthetic.asked[name] ?? null),
  }));
  const head = [
    'cell',
    'origin',
    ...attributes.map(({ name }) => name),
    'umap_1',
    'umap_2',
    'latent_pc_1',
    'latent_pc_2',
    'distance_to_real',
  ];
  const rows = cellNames(synthetic.cells).map((cell, index) => [
    cell,
    'synthetic',
    ...attributes.map(({ categories, codes }) => categories[codes?.[index] ?? -1] ?? ''),
    umap?.[2 * index] ?? '',
    umap?.[2 * index + 1] ?? '',
    pca?.[2 * index] ?? '',
    pca?.[2 * index + 1] ?? '',
    distance?.[index] ?? '',
  ]);
  const quote = (value: string | number): string => {
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => row.map(quote).join(',')).join('\n') + '\n';
}
