/** @file The counts of a training on disk: written from the file in one pass, read back by rows in the worker that trains. */
import { openCsrCache, CsrCacheWriter } from '../numerics/csr-cache.ts';
import type { CsrSource } from '../numerics/csr-source.ts';
import type { CountsOnDisk } from '../protocol/dataset.ts';
import { readCsrBlocks, type ReadOptions } from './csr-reading.ts';
import type { H5Backend } from './h5-backend.ts';
import type { MatrixStore } from './matrix-parts.ts';
import { noStorage, openPrivateFile } from './opfs.ts';
import { tooBig } from './file-errors.ts';
import { loadedBytes, memoryLimit } from './matrix-store.ts';

/** Folder of the private storage. */
export const countsFolder = 'counts';

/** Counts on disk, open for reading by rows. */
export interface OpenCounts extends CsrSource {
  close(): void;
}

/**
 * Copies cells and genes of a matrix to a file on disk; memory holds one block. Errors: too-big (a matrix stored by gene cannot be
 * read by cells), quota-full, file-damaged, cancelled, and those of `convert`.
 */
export async function writeTrainingCounts(
  backend: H5Backend,
  store: MatrixStore,
  options: ReadOptions,
): Promise<CountsOnDisk> {
  const rows = options.cells?.length ?? store.shape[0];
  if (store.byColumn) throw tooBig(rows, loadedBytes(store), memoryLimit);
  const file = await backend.openCounts();
  try {
    const cols = options.genes?.length ?? store.columns?.count ?? store.shape[1];
    const writer = new CsrCacheWriter(file, cols);
    await readCsrBlocks(store, options, (block) => {
      try {
        writer.add(block);
      } catch (thrown) {
        throw noStorage(thrown);
      }
    });
    const bytes = writer.finish();
    file.close();
    return { name: file.name, rows, cols, bytes };
  } catch (thrown) {
    await file.discard();
    throw thrown instanceof RangeError || thrown instanceof DOMException
      ? noStorage(thrown)
      : thrown;
  }
}

/** Opens counts in a browser worker. One reader at a time: close it when training ends. Error: quota-full, when they are gone. */
export async function openTrainingCounts({ name }: CountsOnDisk): Promise<OpenCounts> {
  const handle = await openPrivateFile(countsFolder, name);
  return { ...openCsrCache(handle), close: () => handle.close() };
}
