/** @file Putting a file's cells into the page's state: those that were loaded, or those of a first picture. */
import type { CategoryColumn, FileSummary, LoadedData, Preview } from '../../protocol/dataset.ts';
import { keepArray, releaseArrays } from '../array-registry.ts';
import { entriesPerFound, median, zeroShare } from '../data-facts.ts';
import { formatNumber } from '../format.ts';
import { setGeneNames } from '../gene-index.ts';
import { measuredKind } from '../kinds.ts';
import { emptyData, emptyGuidance, emptyModel, get, patch } from '../store.ts';
import type { DataState } from '../types.ts';
import { clearSynthetic } from './generate.ts';
import { dropReference } from './map.ts';

/** The summary with the numbers of the cells and genes that were read, when they are not all. */
function summaryOfLoaded(summary: FileSummary, loaded: LoadedData): FileSummary {
  const { sample, genes } = loaded;
  if (sample === null && genes === null) return { ...summary, varNames: loaded.varNames };
  const warnings = [...summary.warnings];
  if (genes !== null) {
    const lead = `${formatNumber(loaded.nVars)} of ${formatNumber(summary.nVars)} genes are open.`;
    warnings.unshift(`${lead} They are the most variable ones of a sample of the cells.`);
  }
  if (sample !== null) {
    const lead = `${formatNumber(loaded.nObs)} of ${formatNumber(summary.nObs)} cells are open.`;
    warnings.unshift(`${lead} They were chosen at random, each value in its share.`);
  }
  return {
    ...withCells(summary, loaded.categorical),
    obsNames: loaded.obsNames,
    varNames: loaded.varNames,
    nObs: loaded.nObs,
    nVars: loaded.nVars,
    warnings,
  };
}

/** The columns with the cells of each category among those that are there. */
function withCells(
  summary: FileSummary,
  categorical: Readonly<Record<string, CategoryColumn>>,
): FileSummary {
  const obs = summary.obs.map((column) => {
    const codes = categorical[column.name]?.codes;
    if (!codes || column.categories.length === 0) return column;
    const cells = new Array<number>(column.categories.length).fill(0);
    let missing = 0;
    for (const code of codes) {
      if (code < 0) missing += 1;
      else cells[code] = (cells[code] ?? 0) + 1;
    }
    return { ...column, cells, missing };
  });
  return { ...summary, obs };
}

function leave(before: DataState): void {
  releaseArrays(
    before.umap,
    before.pca,
    before.qc?.counts,
    before.qc?.genes,
    before.qc?.mito,
    ...Object.values(before.columns),
  );
  clearSynthetic();
  dropReference();
}

function arrive(): void {
  patch('model', { ...emptyModel, settings: get().model.settings });
  patch('guidance', { ...emptyGuidance, seed: get().guidance.seed });
  patch('view', { hidden: {}, gene: null, flowTime: 1, flowPlaying: false, drawer: null });
}

function keepCodes(categorical: Readonly<Record<string, CategoryColumn>>): Record<string, string> {
  const columns: Record<string, string> = {};
  for (const [name, { codes }] of Object.entries(categorical)) columns[name] = keepArray(codes);
  return columns;
}

/** Makes loaded cells the page's data; everything of the data before goes. */
export function takeOver(
  summary: FileSummary,
  loaded: LoadedData,
  origin: 'demo' | 'file',
  before: DataState,
): void {
  leave(before);
  setGeneNames(loaded.varNames);
  const columns = keepCodes(loaded.categorical);
  for (const [name, values] of Object.entries(loaded.numeric)) columns[name] = keepArray(values);
  const { qc } = loaded;
  patch('data', {
    ...emptyData,
    status: 'ready',
    origin,
    summary: summaryOfLoaded(summary, loaded),
    medianCounts: median(qc.counts),
    zeroShare: zeroShare(qc.genes, measuredKind(summary)?.features ?? loaded.nVars),
    entriesPerFound: entriesPerFound(loaded),
    columns,
    qc: {
      counts: keepArray(qc.counts),
      genes: keepArray(qc.genes),
      mito: qc.mito ? keepArray(qc.mito) : null,
    },
    geneCount: loaded.nVars,
    fileGenes: loaded.fileGenes,
    umap: loaded.umap ? keepArray(loaded.umap) : null,
    mapKey: loaded.mapKey,
    mapProgress: loaded.umap ? null : 0,
  });
  arrive();
}

/** Makes the first picture of a big file the page's data: cells and attributes, no counts yet. */
export function takePreview(
  summary: FileSummary,
  preview: Preview,
  origin: 'demo' | 'file',
  before: DataState,
): void {
  leave(before);
  setGeneNames([]);
  patch('data', {
    ...emptyData,
    status: 'preview',
    origin,
    summary: { ...summary, obsNames: preview.obsNames },
    columns: keepCodes(preview.categorical),
    umap: preview.umap ? keepArray(preview.umap) : null,
    mapKey: preview.mapKey,
    mapProgress: preview.umap || !preview.counts ? null : 0,
  });
  arrive();
}
