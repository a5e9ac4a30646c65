/** @file Which genes a model has, when it was trained on all genes of a file of which only some are open. */
import { io } from '../clients/io-client.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { ModelInfo } from '../protocol/model.ts';
import { geneNames } from './gene-index.ts';
import { get } from './store.ts';

/** All genes of the open file in order, once a model needed them. */
let fileNames: readonly string[] = [];

/** Remembers all genes of the open file, not only those that are loaded. */
export function setFileGenes(names: readonly string[]): void {
  fileNames = names;
}

/** Whether the model's gene positions count all genes of the file and not only the loaded ones. */
export function spansFile({ sourceShape }: Pick<ModelInfo, 'sourceShape'>): boolean {
  const { geneCount, fileGenes } = get().data;
  return sourceShape[1] !== geneCount && sourceShape[1] === fileGenes;
}

/** Names of the genes that the model's positions count. */
export function sourceGenes(info: ModelInfo): readonly string[] {
  return spansFile(info) ? fileNames : geneNames();
}

/** The model's gene positions as positions among the loaded genes; −1 for a gene that is not loaded. */
export function loadedPositions(info: ModelInfo, index: Int32Array): Int32Array {
  if (!spansFile(info)) return index;
  const place = new Map(geneNames().map((name, position) => [name, position]));
  return index.map((gene) => place.get(fileNames[gene] ?? '') ?? -1);
}

/** Counts of loaded cells over genes at the model's positions. Error: bad-request. */
export function realCountsOf(
  info: Pick<ModelInfo, 'sourceShape'>,
  cells: Int32Array,
  genes: Int32Array,
): Promise<CsrMatrix> {
  return io.subset(cells, genes, spansFile(info));
}
