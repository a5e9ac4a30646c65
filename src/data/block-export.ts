/** @file An export in blocks: real cells first if wanted, then synthetic ones as they come, then the tables. */
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { WriteBlock, WriteEnd, WriteStart } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import {
  layOutTables,
  requireReal,
  sourceOf,
  spreadCounts,
  type RealPart,
} from './export-content.ts';
import type { H5Backend } from './h5-backend.ts';
import { ArchiveStream } from './archive-stream.ts';
import type { CellStream } from './cell-stream.ts';
import { H5adStream } from './h5ad-stream.ts';
import { H5muStream } from './h5mu-stream.ts';
import { noStorage } from './opfs.ts';

/** Real cells written at a time. */
const realBlock = 2000;

/** What a full disk, or anything else that went wrong while writing, is to a person. */
export function writeFailure(thrown: unknown): StudioError {
  if (thrown instanceof StudioError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError')
    return noStorage(thrown);
  return new StudioError(
    'export-failed',
    'The file could not be saved.',
    'Writing it failed, most likely for lack of memory. Choose fewer cells; the cells are still here.',
    { cause: String(thrown).slice(0, 2000) },
  );
}

function openStream(
  backend: H5Backend,
  cols: number,
  { format = 'h5ad', values = 'counts', modalities }: WriteStart,
): Promise<CellStream> {
  if (modalities !== undefined) return H5muStream.open(backend, modalities);
  if (format === 'h5ad') return H5adStream.open(backend, cols, values);
  return ArchiveStream.open(backend, cols, format, values);
}

/** One export. After an error it is gone. */
export class BlockExport {
  private synthetic = 0;

  private constructor(
    private readonly stream: CellStream,
    private readonly start: WriteStart,
    private readonly open: RealPart | null,
  ) {}

  /** Begins, and writes the real cells if they are wanted. Errors: export-failed, quota-full. */
  static async begin(
    backend: H5Backend,
    start: WriteStart,
    open: RealPart | null,
  ): Promise<BlockExport> {
    const cols = start.allGenes ? start.geneNames.length : start.geneIndex.length;
    try {
      const real = start.withReal ? requireReal(sourceOf(start, open)) : null;
      const stream = await openStream(backend, cols, start);
      const own = new BlockExport(stream, start, open);
      if (real !== null) await own.guarded(() => own.addReal(real));
      return own;
    } catch (thrown) {
      throw writeFailure(thrown);
    }
  }

  /** Adds synthetic cells. */
  async add({ counts, obsm }: WriteBlock): Promise<void> {
    await this.guarded(() => {
      this.stream.add({ counts: spreadCounts(this.start, counts), obsm });
      this.synthetic += counts.rows;
    });
  }

  /** Writes the tables and gives the file. */
  async end(tables: WriteEnd): Promise<Blob> {
    return this.guarded(() => {
      const lengths = Object.values(tables.obs).map((column) =>
        column.kind === 'categorical' ? column.codes.length : column.values.length,
      );
      if ([tables.obsNames.length, ...lengths].some((length) => length !== this.synthetic)) {
        throw new Error('the tables have other numbers of cells than the blocks');
      }
      const request = { ...this.start, ...tables };
      return this.stream.finish(layOutTables(request, this.synthetic, this.open));
    });
  }

  /** Ends without a file. */
  discard(): Promise<void> {
    return this.stream.discard();
  }

  private addReal(real: RealPart & { readonly counts: CsrMatrix }): void {
    const { counts } = real;
    for (let from = 0; from < counts.rows; from += realBlock) {
      const rows = Array.from(
        { length: Math.min(realBlock, counts.rows - from) },
        (_, i) => from + i,
      );
      const some = selectRows(counts, rows);
      const obsm: Record<string, { dims: number; values: Float32Array }> = {};
      for (const [key, dims] of Object.entries(this.start.maps)) {
        const own = real.embeddings.get(key);
        const values =
          own?.dims === dims
            ? own.values.subarray(from * dims, (from + rows.length) * dims)
            : new Float32Array(rows.length * dims).fill(NaN);
        obsm[key] = { dims, values };
      }
      const kept = this.start.allGenes ? some : selectColumns(some, this.start.geneIndex);
      this.stream.add({ counts: kept, obsm });
    }
  }

  private async guarded<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      await this.stream.discard().catch(() => undefined);
      throw writeFailure(thrown);
    }
  }
}
