/** @file A selection whose counts do not fit into memory a second time: its rows go to a file on disk. */
import type {
  CountsSource,
  DiskTrainingData,
  Modality,
  SelectionRequest,
} from '../protocol/dataset.ts';
import type { CellFile } from './cell-file.ts';
import { tooFewCells } from './file-errors.ts';
import type { H5Backend } from './h5-backend.ts';
import { converterOf, type LoadControl, type LoadedFile } from './load.ts';
import { pickKeptGenes } from './load-genes.ts';
import { columnCounts, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { forTraining, modalitiesOfColumns } from './modalities.ts';
import {
  attributesOf,
  batchesOf,
  fewestCells,
  foundGenes,
  selectCells,
  selectFeatures,
  trainedModalities,
} from './select.ts';
import {
  keptShare,
  writeFromFile,
  writeFromMemory,
  type WrittenCounts,
} from './training-counts.ts';

/** The open file as the service holds it. */
interface OpenedFile {
  readonly file: CellFile;
  readonly sources: readonly CountsSource[];
}

/** How a selection tells its progress and is stopped, and whether genes that are not loaded take part. */
export interface DiskControl extends LoadControl {
  readonly allGenes: boolean;
}

/** A selection under way. */
interface Selecting extends OpenedFile {
  readonly backend: H5Backend;
  readonly loaded: LoadedFile;
  readonly request: SelectionRequest;
  readonly kept: Int32Array;
  readonly control: LoadControl;
}

/**
 * The counts of the loaded genes come from memory and are those of `selectTraining`; with `allGenes`, where only some are loaded, those of
 * all genes come from the file. Errors: those of selectTraining, quota-full, too-big, file-damaged, cancelled.
 */
export async function selectToDisk(
  backend: H5Backend,
  opened: OpenedFile,
  loaded: LoadedFile,
  request: SelectionRequest,
  control: DiskControl,
): Promise<DiskTrainingData> {
  const kept = selectCells(loaded.data, request);
  // Attributes that cannot be used are refused before anything is written.
  attributesOf(loaded.data, request, kept);
  const selecting = { ...opened, backend, loaded, request, kept, control };
  const more = control.allGenes && loaded.data.genes !== null;
  const modalities = more
    ? undefined
    : trainedModalities({ counts: loaded.counts, modalities: loaded.modalities }, request);
  const [genes, written] = await (more ? fromFile(selecting) : fromMemory(selecting, modalities));
  const { counts, filled } = written;
  if (filled.length < fewestCells) {
    await backend.removeCounts(counts.name);
    throw tooFewCells(filled.length, fewestCells);
  }
  const names = (more ? loaded.allGenes : loaded.genes).index;
  const cellIndex = filled.map((row) => kept[row]);
  return {
    fileName: opened.file.name,
    counts,
    fileGenes: more ? names : null,
    geneNames: Array.from(genes, (gene) => names[gene]),
    geneIndex: genes,
    cellIndex,
    attributes: attributesOf(loaded.data, request, cellIndex),
    ...(modalities ? { modalities: modalitiesOfColumns(modalities, genes) } : {}),
  };
}

type Written = readonly [genes: Int32Array, counts: WrittenCounts];

async function fromMemory(
  selecting: Selecting,
  modalities: readonly Modality[] | undefined,
): Promise<Written> {
  const { backend, loaded, kept, control } = selecting;
  const { onShare, signal } = control;
  const genes = memoryGenes(selecting, modalities);
  const own = modalities && modalitiesOfColumns(modalities, genes);
  const shape = own && ((block: CsrMatrix) => forTraining(block, own));
  const options = { onShare, signal, cells: kept, genes, ...(shape ? { shape } : {}) };
  return [genes, await writeFromMemory(backend, loaded.counts, options)];
}

/** Genes are counted without a copy of the counts; choosing among them needs one. */
function memoryGenes(
  { loaded: { counts, data }, request, kept }: Selecting,
  modalities: readonly Modality[] | undefined,
): Int32Array {
  if (request.genes !== 'all') {
    const batches = batchesOf(data, request, kept);
    return selectFeatures(selectRows(counts, kept), modalities, request, batches);
  }
  if (kept.length === counts.rows) return foundGenes(columnCounts(counts), request);
  const cellsOfGene = new Uint32Array(counts.cols);
  for (const cell of kept) {
    for (let k = counts.indptr[cell]; k < counts.indptr[cell + 1]; k++) {
      cellsOfGene[counts.indices[k]]++;
    }
  }
  return foundGenes(cellsOfGene, request);
}

async function fromFile(selecting: Selecting): Promise<Written> {
  const { backend, file, sources, loaded, kept, control } = selecting;
  const { data, where } = loaded;
  const store = file.matrices.find((matrix) => matrix.where === where);
  const source = sources.find((candidate) => candidate.where === where);
  if (!store || !source) throw new Error('the loaded matrix is not in the file');
  const cells = data.sample === null ? kept : kept.map((cell) => data.sample![cell]);
  const convert = await converterOf(file, store, source, control.signal);
  const genes = await fileGenes();
  let found = 0;
  for (const cell of kept) found += data.qc.genes[cell];
  const entries = found * keptShare(genes.length, loaded.allGenes.index.length);
  return [
    genes,
    await writeFromFile(backend, store, { ...control, convert, cells, genes, entries }),
  ];

  async function fileGenes(): Promise<Int32Array> {
    const found = foundGenes(loaded.cellsOfGene, selecting.request);
    const { genes: wanted } = selecting.request;
    if (wanted === 'all' || wanted.hvg >= found.length || !store) return found;
    const reading = { convert, signal: control.signal };
    const batchOf = fileBatches(selecting);
    return (await pickKeptGenes(store, wanted.hvg, reading, batchOf)) ?? found;
  }
}

/** Batch of a cell of the file, −1 for cells that are not loaded; null when all choose together. */
function fileBatches({ loaded: { data }, request }: Selecting): ((cell: number) => number) | null {
  const all = Int32Array.from({ length: data.nObs }, (_, cell) => cell);
  const batches = batchesOf(data, request, all);
  if (batches === null) return null;
  if (data.sample === null) return (cell) => batches[cell];
  const place = new Map(Array.from(data.sample, (cell, row) => [cell, row]));
  return (cell) => batches[place.get(cell) ?? -1] ?? -1;
}
