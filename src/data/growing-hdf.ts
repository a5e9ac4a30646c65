/** @file Parts of an HDF5 file on disk that grow by rows, and how calls of HDF5 tell what went wrong. */
import type { Dataset, Group } from 'h5wasm';
import type { CsrMatrix } from '../numerics/csr.ts';
import { encoding } from './anndata-layout.ts';
import { ChunkedValues, RowStarts, type GrowingValues } from './growing.ts';
import type { H5Backend } from './h5-backend.ts';
import { H5Out, setAttributes } from './h5ad-writer.ts';
import type { ScratchFile } from './scratch-file.ts';

/** Entries of a chunk. */
const chunkEntries = 65536;
/** Fast packing: the counts of a million cells are gigabytes. */
const gzipLevel = 1;

/** A dataset that grows by whole chunks; the rest waits in memory. */
export class GrowingDataset {
  private readonly dataset: Dataset;
  private readonly values: ChunkedValues;
  private rows = 0;

  /** @param width entries of a row; 0 for a list of numbers */
  constructor(
    group: Group,
    name: string,
    kind: 'float32' | 'int32',
    private readonly width: number,
  ) {
    const one = width === 0;
    const rows = one ? chunkEntries : Math.max(1, Math.floor(chunkEntries / width));
    this.values = new ChunkedValues(kind, rows * (width || 1), (chunk) => this.write(chunk));
    this.dataset = group.create_dataset({
      name,
      data: kind === 'int32' ? new Int32Array(0) : new Float32Array(0),
      shape: one ? [0] : [0, width],
      maxshape: one ? [null] : [null, width],
      chunks: one ? [rows] : [rows, width],
      compression: 'gzip',
      compression_opts: [gzipLevel],
    });
  }

  /** Attributes of the dataset. */
  attributes(attributes: Parameters<typeof setAttributes>[1]): void {
    setAttributes(this.dataset, attributes);
  }

  /** Adds the first `count` of some numbers. */
  append(values: Float32Array | Uint32Array, count = values.length): void {
    this.values.append(values, count);
  }

  /** Writes what waits. */
  flush(): void {
    this.values.flush();
  }

  private write(chunk: GrowingValues): void {
    const added = chunk.length / (this.width || 1);
    const range: [number, number] = [this.rows, this.rows + added];
    this.rows += added;
    const rest: [number, number][] = this.width === 0 ? [] : [[0, this.width]];
    this.dataset.resize(this.width === 0 ? [this.rows] : [this.rows, this.width]);
    this.dataset.write_slice([range, ...rest], chunk.slice());
  }
}

/** A sparse matrix that grows by rows. */
export class GrowingCsr {
  private readonly group: Group;
  private readonly data: GrowingDataset;
  private readonly indices: GrowingDataset;
  private readonly starts = new RowStarts();

  constructor(parent: Group, name: string) {
    this.group = parent.create_group(name);
    this.data = new GrowingDataset(this.group, 'data', 'float32', 0);
    this.indices = new GrowingDataset(this.group, 'indices', 'int32', 0);
  }

  /** Adds rows. */
  append(block: CsrMatrix): void {
    const nnz = block.indptr[block.rows];
    this.data.append(block.values, nnz);
    this.indices.append(block.indices, nnz);
    this.starts.append(block);
  }

  /** Writes what waits, where rows begin, and the shape. */
  finish(cols: number): void {
    this.data.flush();
    this.indices.flush();
    const indptr = this.starts.indptr();
    new H5Out(this.group).numbers('indptr', indptr, [indptr.length]);
    const shape = BigInt64Array.of(BigInt(this.starts.rows), BigInt(cols));
    setAttributes(this.group, { ...encoding('csr_matrix', '0.1.0'), shape });
  }

  /** Rows so far. */
  get cells(): number {
    return this.starts.rows;
  }
}

/** Runs HDF5 calls with its errors as exceptions; the disk's own word comes first. */
export function guarded<T>(backend: H5Backend, scratch: ScratchFile, call: () => T): T {
  backend.module.activate_throwing_error_handler();
  try {
    const result = call();
    if (scratch.failure() !== null) throw scratch.failure();
    return result;
  } catch (thrown) {
    throw scratch.failure() ?? thrown;
  } finally {
    backend.module.deactivate_throwing_error_handler();
  }
}
