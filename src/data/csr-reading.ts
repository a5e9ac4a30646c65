/** @file Reads a stored matrix, or chosen cells of it, as canonical CSR; what it says of itself is not believed. */
import { canonicalCsr, transposeCsr, type CsrMatrix } from '../numerics/csr.ts';
import { damaged, tooBig } from './file-errors.ts';
import { storeWidth, type MatrixStore } from './matrix-parts.ts';
import {
  forEachBlock,
  lineCount,
  loadedBytes,
  memoryLimit,
  type MatrixBlock,
} from './matrix-store.ts';

/** How to read a matrix. */
export interface ReadOptions {
  /** Maps (value, cell of the file) to what is kept. */
  readonly convert?: (value: number, cell: number) => number;
  /** Cells to read, ascending; all when left out. Row r of the result is cell cells[r]. */
  readonly cells?: Int32Array;
  readonly onShare?: (share: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the matrix. Errors: too-big (before anything is read), file-damaged, cancelled, and those of `convert`. */
export async function readCsr(store: MatrixStore, options: ReadOptions = {}): Promise<CsrMatrix> {
  const rows = options.cells?.length ?? store.shape[0];
  const needed = loadedBytes(store, rows);
  if (needed > memoryLimit) throw tooBig(rows, needed, memoryLimit);
  const place = placesOf(store.shape[0], options.cells);
  const builder = new LineBuilder(store.byColumn ? lineCount(store) : rows);
  const add = store.byColumn ? addColumns : addRows;
  const convert = options.convert ?? ((value: number) => value);
  await forEachBlock(
    store,
    (block, share) => {
      add(store, block, place, builder, convert);
      options.onShare?.(share);
    },
    {
      signal: options.signal,
      ...(place === null || store.byColumn
        ? {}
        : { lines: Uint8Array.from(place, (row) => (row >= 0 ? 1 : 0)) }),
    },
  );
  const matrix = builder.finish(store.byColumn ? rows : storeWidth(store));
  return canonicalCsr(store.byColumn ? transposeCsr(matrix) : matrix);
}

/** Row in the result of each cell of the file, −1 for none; null when all are read. */
function placesOf(cells: number, wanted: Int32Array | undefined): Int32Array | null {
  if (wanted === undefined) return null;
  const place = new Int32Array(cells).fill(-1);
  for (const [row, cell] of wanted.entries()) place[cell] = row;
  return place;
}

type Add = (
  store: MatrixStore,
  block: MatrixBlock,
  place: Int32Array | null,
  builder: LineBuilder,
  convert: (value: number, cell: number) => number,
) => void;

const addRows: Add = (store, block, place, builder, convert) => {
  const width = store.shape[1];
  for (let i = 0; i + 1 < block.starts.length; i++) {
    const cell = block.first + i;
    if (place !== null && place[cell] < 0) continue;
    for (let k = block.starts[i]; k < block.starts[i + 1]; k++) {
      const stored = block.positions === null ? k - block.starts[i] : block.positions[k];
      check(store, stored, width);
      const position = store.columns === null ? stored : store.columns.to[stored];
      if (position < 0) continue;
      const value = convert(block.values[k], cell);
      if (value !== 0) builder.add(position, value);
    }
    builder.endLine();
  }
};

const addColumns: Add = (store, block, place, builder, convert) => {
  const height = store.shape[0];
  for (let i = 0; i + 1 < block.starts.length; i++) {
    for (let k = block.starts[i]; k < block.starts[i + 1]; k++) {
      const cell = block.positions === null ? k - block.starts[i] : block.positions[k];
      check(store, cell, height);
      const row = place === null ? cell : place[cell];
      if (row < 0) continue;
      const value = convert(block.values[k], cell);
      if (value !== 0) builder.add(row, value);
    }
    builder.endLine();
  }
};

function check(store: MatrixStore, position: number, width: number): void {
  if (position >= 0 && position < width) return;
  throw damaged(store.parts.file, `${store.where}/indices`, `index ${position} of ${width}`);
}

/** Collects lines of a sparse matrix in typed arrays that grow as entries come, never by what a header claims. */
export class LineBuilder {
  private readonly indptr: Uint32Array;
  private indices = new Uint32Array(65536);
  private values = new Float32Array(65536);
  private line = 0;
  private at = 0;

  constructor(lines: number) {
    this.indptr = new Uint32Array(lines + 1);
  }

  add(position: number, value: number): void {
    if (this.at === this.indices.length) this.grow();
    this.indices[this.at] = position;
    this.values[this.at++] = value;
  }

  endLine(): void {
    this.indptr[++this.line] = this.at;
  }

  /** The matrix [lines, width]; entries of a line may be in any order. */
  finish(width: number): CsrMatrix {
    return {
      rows: this.indptr.length - 1,
      cols: width,
      indptr: this.indptr,
      indices: this.indices.slice(0, this.at),
      values: this.values.slice(0, this.at),
    };
  }

  private grow(): void {
    const size = Math.ceil(this.indices.length * 1.6);
    const indices = new Uint32Array(size);
    indices.set(this.indices);
    this.indices = indices;
    const values = new Float32Array(size);
    values.set(this.values);
    this.values = values;
  }
}
