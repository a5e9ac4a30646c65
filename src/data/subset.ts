/** @file Counts of some cells and genes of the open file, in any order. */
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { CountsSource } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { CellFile } from './cell-file.ts';
import { readCsr } from './csr-reading.ts';
import { converterOf, type LoadedFile } from './load.ts';

/** Which counts: cells as positions in the loaded data; genes too, or as positions in the whole matrix. */
export interface SubsetOrder {
  readonly cells: Int32Array;
  readonly genes: Int32Array;
  readonly ofFile: boolean;
}

/**
 * The counts, from memory where they are, else from the file, which holds only the wanted rows in memory. Errors: bad-request, and with
 * `ofFile` too-big, file-damaged.
 */
export async function subsetOf(
  file: CellFile,
  sources: readonly CountsSource[],
  loaded: LoadedFile,
  { cells, genes, ofFile }: SubsetOrder,
): Promise<CsrMatrix> {
  const { counts, data, where, allGenes } = loaded;
  const fromFile = ofFile && data.genes !== null;
  check(cells, counts.rows);
  check(genes, fromFile ? allGenes.index.length : counts.cols);
  if (!fromFile) return selectColumns(selectRows(counts, cells), genes);
  const store = file.matrices.find((matrix) => matrix.where === where);
  const source = sources.find((candidate) => candidate.where === where);
  if (!store || !source) throw new Error('the loaded matrix is not in the file');
  const wanted = data.sample === null ? cells : cells.map((cell) => data.sample![cell]);
  const rows = Int32Array.from(new Set(wanted)).sort();
  const columns = genes.slice().sort();
  const { signal } = new AbortController();
  const convert = await converterOf(file, store, source, signal);
  const read = await readCsr(store, { convert, cells: rows, genes: columns, signal });
  const row = new Map(Array.from(rows, (cell, r) => [cell, r]));
  const column = new Map(Array.from(columns, (gene, j) => [gene, j]));
  const inOrder = selectRows(
    read,
    Int32Array.from(wanted, (cell) => row.get(cell) ?? -1),
  );
  return selectColumns(
    inOrder,
    Int32Array.from(genes, (gene) => column.get(gene) ?? -1),
  );
}

function check(list: Int32Array, size: number): void {
  if (!list.some((i) => i < 0 || i >= size)) return;
  throw new StudioError(
    'bad-request',
    'These cells or genes are not in the open file.',
    'Open the file from which the model was trained.',
  );
}
