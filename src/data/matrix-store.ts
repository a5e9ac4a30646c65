/** @file A stored matrix (X, a layer, raw.X) read in blocks, whatever its form: CSR, CSC or dense. */
import { canonicalCsr, transposeCsr, type CsrMatrix } from '../numerics/csr.ts';
import { cancelled } from '../protocol/errors.ts';
import { damaged, tooBig } from './file-errors.ts';
import type { H5Reader, NumberArray } from './h5-reader.ts';

/** Where and how a matrix is stored. */
export interface MatrixStore {
  /** 'X', 'layers/NAME' or 'raw/X'; the path inside the file may differ in old files. */
  readonly where: string;
  readonly path: string;
  readonly kind: 'csr' | 'csc' | 'dense';
  readonly dtype: string;
  readonly shape: readonly [number, number];
  /** Entries stored: of a sparse matrix its non-zeros, of a dense one all. */
  readonly stored: number;
}

/**
 * A run of rows (or, for CSC, of columns) of a matrix. Line i of the run holds entries `starts[i] … starts[i+1]-1`.
 * For a dense matrix `positions` is null: entry k of a line lies at position k − starts[i].
 */
export interface MatrixBlock {
  readonly by: 'row' | 'column';
  readonly first: number;
  readonly starts: ArrayLike<number>;
  readonly positions: NumberArray | null;
  readonly values: NumberArray;
}

/** Entries read at a time; 2 M keep each read under 32 MB of WebAssembly memory. */
const blockEntries = 2_000_000;
/** What a loaded matrix may take in JavaScript memory. */
const memoryLimit = 3e9;

const readable = /^u?int(8|16|32|64)$|^float(32|64)$|^bool$/;

/** Describes the matrix at `path`; a string says why it cannot be used, null that nothing is there. */
export async function describeMatrix(
  h5: H5Reader,
  where: string,
  path: string,
): Promise<MatrixStore | string | null> {
  const kind = h5.kind(path);
  if (kind === null) return null;
  const store =
    kind === 'dataset' ? describeDense(h5, where, path) : describeSparse(h5, where, path);
  if (typeof store === 'string') return store;
  if (!readable.test(store.dtype)) return `It is stored as ${store.dtype}, which cannot be read.`;
  for (const part of store.kind === 'dense' ? [path] : parts.map((p) => `${path}/${p}`)) {
    await h5.prepare(part);
  }
  return store;
}

const parts = ['data', 'indices', 'indptr'] as const;

function describeDense(h5: H5Reader, where: string, path: string): MatrixStore | string {
  const shape = h5.shape(path);
  if (shape.length !== 2) return `It has ${shape.length} dimensions instead of 2.`;
  const [rows, cols] = shape;
  return {
    where,
    path,
    kind: 'dense',
    dtype: h5.dtype(path),
    shape: [rows, cols],
    stored: rows * cols,
  };
}

function describeSparse(h5: H5Reader, where: string, path: string): MatrixStore | string {
  if (!parts.every((part) => h5.kind(`${path}/${part}`) === 'dataset')) {
    return 'It is stored as a group without data, indices and indptr.';
  }
  const shape = h5.attribute(path, 'shape') ?? h5.attribute(path, 'h5sparse_shape');
  const encoding = h5.attribute(path, 'encoding-type') ?? h5.attribute(path, 'h5sparse_format');
  if (typeof shape !== 'object' || shape === null || shape.length !== 2) {
    return 'Its shape is not stored.';
  }
  const stored = h5.shape(`${path}/data`)[0] ?? 0;
  const [rows, cols] = [Number(shape[0]), Number(shape[1])];
  const kind = String(encoding).startsWith('csc') ? 'csc' : 'csr';
  return { where, path, kind, dtype: h5.dtype(`${path}/data`), shape: [rows, cols], stored };
}

/** Reads line numbers `from … to − 1` (rows, or columns of a CSC matrix). */
function readBlock(
  h5: H5Reader,
  store: MatrixStore,
  indptr: NumberArray | null,
  from: number,
  to: number,
): MatrixBlock {
  if (indptr === null) {
    const width = store.shape[1];
    const starts = Float64Array.from({ length: to - from + 1 }, (_, i) => i * width);
    return {
      by: 'row',
      first: from,
      starts,
      positions: null,
      values: h5.numbers(store.path, from, to),
    };
  }
  const base = indptr[from];
  const end = indptr[to];
  const starts = Float64Array.from({ length: to - from + 1 }, (_, i) => indptr[from + i] - base);
  const empty = new Float64Array(0);
  return {
    by: store.kind === 'csc' ? 'column' : 'row',
    first: from,
    starts,
    positions: base === end ? empty : h5.numbers(`${store.path}/indices`, base, end),
    values: base === end ? empty : h5.numbers(`${store.path}/data`, base, end),
  };
}

function readIndptr(h5: H5Reader, store: MatrixStore): NumberArray | null {
  if (store.kind === 'dense') return null;
  const indptr = h5.numbers(`${store.path}/indptr`);
  const lines = store.shape[store.kind === 'csc' ? 1 : 0];
  let ok = indptr.length === lines + 1 && indptr[0] === 0 && indptr[lines] <= store.stored;
  for (let i = 0; ok && i < lines; i++) ok = indptr[i + 1] >= indptr[i];
  if (!ok) throw damaged(h5.name, `${store.path}/indptr`, 'indptr does not fit the shape');
  return indptr;
}

/** Lines of the next block: as many from `from` on as hold at most `entries` entries, at least one. */
function blockEnd(
  store: MatrixStore,
  indptr: NumberArray | null,
  from: number,
  lines: number,
  entries: number,
): number {
  if (indptr === null) {
    return Math.min(lines, from + Math.max(1, Math.floor(entries / Math.max(1, store.shape[1]))));
  }
  let to = from + 1;
  while (to < lines && indptr[to + 1] - indptr[from] <= entries) to++;
  return to;
}

/**
 * Runs over all blocks of a matrix, or over about `sampleEntries` entries in evenly spread runs of lines.
 * `each` may stop the run by returning false.
 */
export async function forEachBlock(
  h5: H5Reader,
  store: MatrixStore,
  each: (block: MatrixBlock, share: number) => boolean | void,
  options: { readonly sampleEntries?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const lines = store.shape[store.kind === 'csc' ? 1 : 0];
  const indptr = readIndptr(h5, store);
  const sampled = options.sampleEntries !== undefined && store.stored > options.sampleEntries;
  const runs = sampled ? 16 : 1;
  const runEntries = sampled ? Math.ceil((options.sampleEntries ?? 0) / runs) : Infinity;
  for (let run = 0; run < runs; run++) {
    const first = Math.floor((run * lines) / runs);
    const limit = Math.floor(((run + 1) * lines) / runs);
    const stop = Math.min(limit, blockEnd(store, indptr, first, lines, runEntries));
    for (let from = first; from < stop;) {
      if (options.signal?.aborted) throw cancelled();
      const to = Math.min(stop, blockEnd(store, indptr, from, lines, blockEntries));
      const block = readBlock(h5, store, indptr, from, to);
      if (each(block, to / lines) === false) return;
      from = to;
      await nextTurn();
    }
  }
}

/** Lets messages of the page in between two blocks. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Counts the non-zero entries of a matrix, then reads it whole as canonical CSR. `convert` maps (value, cell) to what is kept. */
export async function readCsr(
  h5: H5Reader,
  store: MatrixStore,
  options: {
    readonly convert?: (value: number, cell: number) => number;
    readonly onShare?: (share: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<CsrMatrix> {
  const [rows, cols] = store.shape;
  const needed = store.kind === 'dense' ? store.stored * 2 : store.stored * 8;
  if (needed > memoryLimit) throw tooBig(rows, needed, memoryLimit);
  const byColumn = store.kind === 'csc';
  const lines = byColumn ? cols : rows;
  const width = byColumn ? rows : cols;
  const convert = options.convert ?? ((value: number) => value);
  const builder = new LineBuilder(lines, store.kind === 'dense' ? 0 : store.stored);
  await forEachBlock(
    h5,
    store,
    (block, share) => {
      for (let i = 0; i + 1 < block.starts.length; i++) {
        for (let k = block.starts[i]; k < block.starts[i + 1]; k++) {
          const position = block.positions === null ? k - block.starts[i] : block.positions[k];
          if (!(position >= 0 && position < width)) {
            throw damaged(h5.name, `${store.path}/indices`, `index ${position} of ${width}`);
          }
          const value = convert(block.values[k], byColumn ? position : block.first + i);
          if (value !== 0) builder.add(position, value);
        }
        builder.endLine();
      }
      options.onShare?.(share);
    },
    { signal: options.signal },
  );
  const matrix = builder.finish(width);
  return canonicalCsr(byColumn ? transposeCsr(matrix) : matrix);
}

/** Collects lines of a sparse matrix in growing typed arrays. */
class LineBuilder {
  private readonly indptr: Uint32Array;
  private indices: Uint32Array;
  private values: Float32Array;
  private line = 0;
  private at = 0;

  constructor(lines: number, capacity: number) {
    this.indptr = new Uint32Array(lines + 1);
    this.indices = new Uint32Array(Math.max(1024, capacity));
    this.values = new Float32Array(Math.max(1024, capacity));
  }

  add(position: number, value: number): void {
    if (this.at === this.indices.length) this.grow();
    this.indices[this.at] = position;
    this.values[this.at++] = value;
  }

  endLine(): void {
    this.indptr[++this.line] = this.at;
  }

  finish(width: number): CsrMatrix {
    const exact = this.at === this.indices.length;
    return {
      rows: this.indptr.length - 1,
      cols: width,
      indptr: this.indptr,
      indices: exact ? this.indices : this.indices.slice(0, this.at),
      values: exact ? this.values : this.values.slice(0, this.at),
    };
  }

  private grow(): void {
    const size = this.indices.length * 2;
    const indices = new Uint32Array(size);
    indices.set(this.indices);
    const values = new Float32Array(size);
    values.set(this.values);
    this.indices = indices;
    this.values = values;
  }
}
