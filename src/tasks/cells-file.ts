/** @file Cells of several origins (real, made over, synthetic) laid out for a .h5ad file. */
import type { OutFile } from '../data/anndata-layout.ts';
import { layOutExport, layOutTables, type OutTables } from '../data/export-content.ts';
import { emptyCsr, type CsrMatrix } from '../numerics/csr.ts';
import type { UnsValue, WriteColumn } from '../protocol/dataset.ts';
import type { ModelInfo } from '../protocol/model.ts';

/** What the tables of a file say. */
export interface TablesToWrite {
  readonly genes: readonly string[];
  readonly obsNames: readonly string[];
  readonly obs: Readonly<Record<string, WriteColumn>>;
  /** Where each cell comes from: obs['origin']. */
  readonly origin: { readonly categories: readonly string[]; readonly codes: Int32Array };
  /** uns['cellsmith'] */
  readonly about: Readonly<Record<string, UnsValue>>;
}

/** The cells of a file. */
export interface CellsToWrite extends TablesToWrite {
  /** Over these genes. */
  readonly counts: CsrMatrix;
  readonly latentDim: number;
  /** obsm: latents by name, [cells, latentDim]. */
  readonly latents: Readonly<Record<string, Float32Array>>;
}

function requestOf({ genes, obsNames, obs, about }: TablesToWrite) {
  return {
    counts: emptyCsr(obsNames.length, genes.length),
    geneIndex: Int32Array.from(genes.keys()),
    geneNames: genes,
    allGenes: false,
    obsNames,
    obs,
    obsm: {},
    uns: { cellsmith: about },
    withReal: false,
  };
}

/** The layout takes all cells of a request for synthetic ones. */
function withOrigin<T extends OutTables>(tables: T, { origin }: TablesToWrite): T {
  const columns = new Map(tables.obs.columns).set('origin', { kind: 'categorical', ...origin });
  return { ...tables, obs: { ...tables.obs, columns } };
}

/** obs, var and uns of a file that is written in blocks. */
export function layOutCellTables(cells: TablesToWrite): OutTables {
  return withOrigin(layOutTables(requestOf(cells), cells.obsNames.length, null), cells);
}

/** A whole file. Error: export-failed. */
export function layOutCells(cells: CellsToWrite): OutFile {
  const { counts, latentDim: dims, latents } = cells;
  const obsm = Object.fromEntries(
    Object.entries(latents).map(([key, values]) => [key, { dims, values }]),
  );
  return withOrigin(layOutExport({ ...requestOf(cells), counts, obsm }, null), cells);
}

/** One origin for all cells. */
export function sameOrigin(name: string, cells: number): CellsToWrite['origin'] {
  return { categories: [name], codes: new Int32Array(cells) };
}

/** Which model made a file. */
export function modelProvenance(info: ModelInfo): Record<string, UnsValue> {
  return {
    model: info.model,
    model_id: info.id,
    recipe: info.recipe,
    trained_on: info.fileName,
    training_cells: info.trainingCells,
    trained_at: info.trainedAt,
  };
}
