/** @file What an export is made of: its name, its genes, its tables, and where its cells come from. */
import { io } from '../../clients/io-client.ts';
import { model } from '../../clients/model-client.ts';
import type { ExportFormat, UnsValue, WriteEnd, WriteStart } from '../../protocol/dataset.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { hasSeveralKinds } from '../kinds.ts';
import { sourceGenes } from '../model-genes.ts';
import { modelFileName, provenanceOf, sampleCommand, sha256 } from '../provenance.ts';
import { get } from '../store.ts';
import type { GuidanceState } from '../types.ts';
import { cellNames, obsOf, type CellTable } from './export-tables.ts';

/** A map in obsm: the UMAP, the PCA of expression, the model's latent. */
export type ExportMap = 'X_umap' | 'X_pca' | 'X_cfgen';

/** What the export dialog offers. */
export interface ExportOptions {
  readonly what: 'synthetic' | 'both' | 'table';
  /** Number of synthetic cells, 1–1,000,000; the first of them are those on the map. */
  readonly cells: number;
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

/** Most cells of one export. */
export const mostExportCells = 1_000_000;

const endings: Readonly<Record<ExportFormat, string>> = {
  h5ad: 'h5ad',
  mtx: 'mtx.zip',
  zarr: 'zarr.zip',
};

const sourceEnding = /(\.(h5ad|h5mu|h5|loom|zarr|mtx|csv|tsv|txt|zip|gz))+$/i;

/** File name of an export: source name, "synthetic", seed. */
export function exportName({ what, format }: Pick<ExportOptions, 'what' | 'format'>): string {
  const { data, guidance, model: state } = get();
  const ending = state.info && hasSeveralKinds(state.info) ? 'h5mu' : endings[format];
  const stem = (data.summary?.fileName ?? 'cells').replace(sourceEnding, '');
  const middle = what === 'both' ? 'real-and-synthetic' : 'synthetic';
  return `${stem}-${middle}-seed${guidance.seed}.${what === 'table' ? 'csv' : ending}`;
}

/** Whether an export holds every gene of the source (those outside the model without counts), or the model's only. */
function writesAllGenes(info: ModelInfo): boolean {
  if (hasSeveralKinds(info)) return false;
  return get().choices.geneChoice === 'all' || info.nGenes > 0.5 * sourceGenes(info).length;
}

/** Number of genes an export of this model's cells has. */
export function exportedGenes(info: ModelInfo): number {
  return writesAllGenes(info) ? sourceGenes(info).length : info.nGenes;
}

/** What is known of an export before its first cell. */
export function startOf(
  info: ModelInfo,
  options: ExportOptions,
  geneIndex: Int32Array,
): Omit<WriteStart, 'maps'> {
  const { modalities } = info;
  return {
    ...(hasSeveralKinds(info) && modalities ? { modalities } : {}),
    geneIndex,
    geneNames: sourceGenes(info),
    allGenes: writesAllGenes(info),
    withReal: options.what === 'both',
    values: options.values,
    geneColumns: options.geneColumns,
    colours: options.colours,
  };
}

/** The tables of an export. */
export async function endOf(
  table: Omit<CellTable, 'umap' | 'pca'>,
  info: ModelInfo,
  options: ExportOptions,
  guidance: GuidanceState,
): Promise<WriteEnd> {
  return {
    obsNames: cellNames(table.cells),
    obs: obsOf(table, info, guidance),
    uns: options.provenance ? { cellsmith: await provenance(info, options, guidance) } : {},
  };
}

/** Settings, and what identifies the source file and the model. */
async function provenance(
  info: ModelInfo,
  options: ExportOptions,
  guidance: GuidanceState,
): Promise<UnsValue> {
  const { device, data } = get();
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
export function exportCommand(options: Pick<ExportOptions, 'what' | 'format' | 'cells'>): string {
  const { model: state, guidance } = get();
  if (!state.info) return '';
  const wanted = { ...guidance, cells: options.cells };
  return sampleCommand(state.info, wanted, modelFileName(state.info), exportName(options));
}
