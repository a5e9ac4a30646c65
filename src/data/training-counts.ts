/** @file The counts of a training on disk: written from the file in one pass, read back by rows in the worker that trains. */
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { openCsrCache, CsrCacheWriter } from '../numerics/csr-cache.ts';
import type { CsrSource } from '../numerics/csr-source.ts';
import type { CountsOnDisk } from '../protocol/dataset.ts';
import { cancelled } from '../protocol/errors.ts';
import { readCsrBlocks, type ReadOptions } from './csr-reading.ts';
import { noRoomForCounts, storedByGene } from './file-errors.ts';
import type { H5Backend } from './h5-backend.ts';
import type { MatrixStore } from './matrix-parts.ts';
import { loadedBytes, memoryLimit } from './matrix-store.ts';
import { openPrivateFile } from './opfs.ts';

/** Folder of the private storage. */
export const countsFolder = 'counts';

/** Counts on disk, open for reading by rows. */
export interface OpenCounts extends CsrSource {
  close(): void;
}

/** Bytes of an entry on disk, and of a row beside its entries. */
const entryBytes = 3;
const rowBytes = 21;

/** What is written, and of which rows: those that hold a count, as positions among the wanted ones. */
export interface WrittenCounts {
  readonly counts: CountsOnDisk;
  readonly filled: Int32Array;
}

/** How counts come by: in blocks of canonical rows, one after the other. */
export type CountsFlow = (each: (block: CsrMatrix) => void) => Promise<void>;

/**
 * Writes rows to a file on disk as they come by; memory holds one block. Rows without a count are left out: they have no library size to
 * learn from. Errors: quota-full, and those of `flow`; the file is then gone.
 *
 * @param entries how many are expected, for the room they need
 */
export async function writeCounts(
  backend: H5Backend,
  cols: number,
  expected: { readonly rows: number; readonly entries: number },
  flow: CountsFlow,
): Promise<WrittenCounts> {
  const needed = expected.entries * entryBytes + expected.rows * rowBytes;
  const file = await backend.openCounts(needed);
  const filled: number[] = [];
  let row = 0;
  try {
    const writer = new CsrCacheWriter(file, cols);
    const put = <T>(work: () => T): T => {
      try {
        return work();
      } catch (thrown) {
        throw noRoomForCounts(needed, thrown);
      }
    };
    await flow((block) => {
      const own: number[] = [];
      for (let r = 0; r < block.rows; r++, row++) {
        if (block.indptr[r + 1] === block.indptr[r]) continue;
        own.push(r);
        filled.push(row);
      }
      put(() => writer.add(own.length === block.rows ? block : selectRows(block, own)));
    });
    const bytes = put(() => writer.finish());
    file.close();
    const counts = { name: file.name, rows: filled.length, cols, bytes };
    return { counts, filled: Int32Array.from(filled) };
  } catch (thrown) {
    await file.discard();
    throw thrown;
  }
}

/**
 * Copies cells and genes of a matrix in the open file. Errors: too-big (a matrix stored by gene cannot be read by cells), quota-full,
 * file-damaged, cancelled, and those of `convert`.
 */
export function writeFromFile(
  backend: H5Backend,
  store: MatrixStore,
  options: ReadOptions & { readonly genes: Int32Array; readonly entries: number },
): Promise<WrittenCounts> {
  const rows = options.cells?.length ?? store.shape[0];
  if (store.byColumn) throw storedByGene(rows, loadedBytes(store), memoryLimit);
  const { entries, genes } = options;
  return writeCounts(backend, genes.length, { rows, entries }, (each) =>
    readCsrBlocks(store, options, each),
  );
}

const memoryRows = 2000;

/** Some of the genes, the most variable ones, hold about three times their share of the entries. */
export function keptShare(genes: number, of: number): number {
  return genes >= of ? 1 : Math.min(1, (3 * genes) / Math.max(1, of));
}

/** Copies cells and genes of a matrix in memory. Errors: quota-full, cancelled. */
export function writeFromMemory(
  backend: H5Backend,
  counts: CsrMatrix,
  options: Required<Pick<ReadOptions, 'cells' | 'genes' | 'onShare'>> & {
    readonly signal: AbortSignal;
    /** What is done with every block of chosen columns; its rows stay. */
    readonly shape?: (block: CsrMatrix) => CsrMatrix;
  },
): Promise<WrittenCounts> {
  const { cells, genes, onShare, signal, shape = (block: CsrMatrix) => block } = options;
  let stored = 0;
  for (const cell of cells) stored += counts.indptr[cell + 1] - counts.indptr[cell];
  const entries = stored * keptShare(genes.length, counts.cols);
  return writeCounts(backend, genes.length, { rows: cells.length, entries }, async (each) => {
    for (let from = 0; from < cells.length; from += memoryRows) {
      if (signal.aborted) throw cancelled();
      const rows = cells.subarray(from, from + memoryRows);
      each(shape(selectColumns(selectRows(counts, rows), genes)));
      onShare(Math.min(1, (from + memoryRows) / cells.length));
      // Lets the message that stops this come in.
      await new Promise((resolve) => setTimeout(resolve));
    }
  });
}

/** Opens counts in a browser worker. One reader at a time: close it when training ends. Error: quota-full, when they are gone. */
export async function openTrainingCounts({ name }: CountsOnDisk): Promise<OpenCounts> {
  const handle = await openPrivateFile(countsFolder, name);
  return { ...openCsrCache(handle), close: () => handle.close() };
}
