/** @file A zip archive of cells (10x folder or zarr store) that grows on disk, in the memory of one block. */
import type { ByteFile } from './byte-file.ts';
import type { CellBlock, CellStream, StreamEnd } from './cell-stream.ts';
import type { H5Backend } from './h5-backend.ts';
import { MtxArchive } from './mtx-writer.ts';
import type { ScratchFile } from './scratch-file.ts';
import { ZarrArchive } from './zarr-writer.ts';

/** Name of the folder in a 10x archive. */
export const mtxFolder = 'synthetic';

interface Archive {
  add(block: CellBlock): void;
  finish(end: StreamEnd): void;
}

/** An archive to which cells are added. After an error only `discard` may follow. */
export class ArchiveStream implements CellStream {
  private constructor(
    private readonly scratch: ScratchFile,
    private readonly archive: Archive,
  ) {}

  /** Begins a file over `genes` genes. */
  static async open(
    backend: H5Backend,
    genes: number,
    format: 'mtx' | 'zarr',
    values: 'counts' | 'log-normalised',
  ): Promise<ArchiveStream> {
    const scratch = await backend.openScratch();
    const file: ByteFile = {
      write: (at, bytes) => {
        scratch.write(at, bytes);
        if (scratch.failure() !== null) throw scratch.failure();
      },
    };
    try {
      const archive =
        format === 'mtx'
          ? new MtxArchive(file, genes, mtxFolder)
          : new ZarrArchive(file, genes, values === 'log-normalised');
      return new ArchiveStream(scratch, archive);
    } catch (thrown) {
      await scratch.discard();
      throw thrown;
    }
  }

  add(block: CellBlock): void {
    this.archive.add(block);
  }

  finish(end: StreamEnd): Promise<Blob> {
    this.archive.finish(end);
    return this.scratch.finish();
  }

  discard(): Promise<void> {
    return this.scratch.discard();
  }
}
