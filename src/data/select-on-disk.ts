/** @file A selection whose counts do not fit into memory: the file is read once more, and its rows go to a file on disk. */
import type { CountsSource, DiskTrainingData, SelectionRequest } from '../protocol/dataset.ts';
import type { CellFile } from './cell-file.ts';
import { tooFewGenes } from './file-errors.ts';
import type { H5Backend } from './h5-backend.ts';
import { converterOf, type LoadControl, type LoadedFile } from './load.ts';
import { pickKeptGenes } from './load-genes.ts';
import { attributesOf, fewestGenes, selectCells } from './select.ts';
import { writeTrainingCounts } from './training-counts.ts';

/** The open file as the service holds it. */
interface OpenedFile {
  readonly file: CellFile;
  readonly sources: readonly CountsSource[];
}

/** Errors: those of selectTraining, quota-full, too-big, file-damaged, cancelled. */
export async function selectToDisk(
  backend: H5Backend,
  { file, sources }: OpenedFile,
  loaded: LoadedFile,
  request: SelectionRequest,
  { onShare, signal }: LoadControl,
): Promise<DiskTrainingData> {
  const { data, where } = loaded;
  const store = file.matrices.find((matrix) => matrix.where === where);
  const source = sources.find((candidate) => candidate.where === where);
  if (!store || !source) throw new Error('the loaded matrix is not in the file');
  const kept = selectCells(data, request);
  const cells = data.sample === null ? kept : kept.map((cell) => data.sample![cell]);
  const convert = await converterOf(file, store, source, signal);
  const genes = await chooseGenes();
  const names = loaded.allGenes.index;
  const counts = await writeTrainingCounts(backend, store, {
    convert,
    onShare,
    signal,
    cells,
    genes,
  });
  return {
    fileName: file.name,
    counts,
    geneNames: Array.from(genes, (gene) => names[gene]),
    geneIndex: genes,
    cellIndex: kept,
    attributes: attributesOf(data, request, kept),
  };

  async function chooseGenes(): Promise<Int32Array> {
    const { cellsOfGene } = loaded;
    const fewest = Math.max(1, request.minCells);
    const found = Int32Array.from(cellsOfGene.keys()).filter((gene) => cellsOfGene[gene] >= fewest);
    if (found.length < fewestGenes) throw tooFewGenes(found.length, fewestGenes);
    if (request.genes === 'all' || request.genes.hvg >= found.length || !store) return found;
    const picked = await pickKeptGenes(store, request.genes.hvg, { convert, signal });
    return picked ?? found;
  }
}
