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
  /** Genes to keep, ascending; all when left out. Column j of the result is gene genes[j]. */
  readonly genes?: Int32Array;
  /** Told every entry of the read cells, kept or not, as converted; `row` is that of the result. */
  readonly onEntry?: (value: number, row: number, gene: number) => void;
  readonly onShare?: (share: number) => void;
  /** Entries for which room may be made at once, when they are likely; see `likelyEntries`. */
  readonly expected?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the matrix. Errors: too-big (before anything is read), file-damaged, cancelled, and those of `convert`. */
export async function readCsr(store: MatrixStore, options: ReadOptions = {}): Promise<CsrMatrix> {
  const rows = options.cells?.length ?? store.shape[0];
  const width = options.genes?.length ?? storeWidth(store);
  const needed = loadedBytes(store, rows, width);
  if (needed > memoryLimit) throw tooBig(rows, needed, memoryLimit);
  const sink = sinkOf(store, options, rows);
  const add = store.byColumn ? addColumns : addRows;
  const place = sink.place;
  await forEachBlock(
    store,
    (block, share) => {
      add(store, block, sink);
      options.onShare?.(share);
    },
    {
      signal: options.signal,
      ...(place === null || store.byColumn
        ? {}
        : { lines: Uint8Array.from(place, (row) => (row >= 0 ? 1 : 0)) }),
    },
  );
  const matrix = sink.builder.finish(store.byColumn ? rows : width);
  return canonicalCsr(store.byColumn ? transposeCsr(matrix) : matrix);
}

/**
 * Reads a matrix stored by row in blocks of rows, as canonical CSR, without keeping any. Errors: file-damaged, cancelled, and those of
 * `convert`.
 */
export async function readCsrBlocks(
  store: MatrixStore,
  options: ReadOptions,
  each: (block: CsrMatrix) => void,
): Promise<void> {
  if (store.byColumn) throw new RangeError('the matrix is stored by column');
  const sink = sinkOf(store, options, 0);
  const { place } = sink;
  const width = options.genes?.length ?? storeWidth(store);
  await forEachBlock(
    store,
    (block, share) => {
      let rows = 0;
      for (let i = 0; i + 1 < block.starts.length; i++) {
        if (place === null || place[block.first + i] >= 0) rows++;
      }
      const builder = new LineBuilder(rows);
      addRows(store, block, { ...sink, builder });
      if (rows > 0) each(canonicalCsr(builder.finish(width)));
      options.onShare?.(share);
    },
    {
      signal: options.signal,
      ...(place === null ? {} : { lines: Uint8Array.from(place, (row) => (row >= 0 ? 1 : 0)) }),
    },
  );
}

/** Bytes in memory that a byte of a file may plausibly become: packed counts become four to eight. */
const plausibleGrowth = 16;

/** Stored entries of a sparse matrix, if a file of so many bytes can hold them; else 0: what a header claims is not believed. */
export function likelyEntries(store: MatrixStore, fileBytes: number): number {
  return store.kind !== 'dense' && 8 * store.stored <= plausibleGrowth * fileBytes
    ? store.stored
    : 0;
}

/** Where the entries of a matrix go. */
interface Sink {
  readonly builder: LineBuilder;
  /** Row of each cell, −1 for none; null when all are read in order. */
  readonly place: Int32Array | null;
  /** Column of each gene, −1 for none; null when all are kept. */
  readonly column: Int32Array | null;
  readonly convert: (value: number, cell: number) => number;
  readonly onEntry: ReadOptions['onEntry'];
}

function sinkOf(store: MatrixStore, options: ReadOptions, rows: number): Sink {
  const { cells, genes, convert = (value: number) => value, onEntry, expected } = options;
  return {
    builder: new LineBuilder(store.byColumn ? (genes?.length ?? lineCount(store)) : rows, expected),
    place: positionsOf(store.shape[0], cells),
    column: positionsOf(storeWidth(store), genes),
    convert,
    onEntry,
  };
}

/** Position in `wanted` of each of `size` things, −1 for none; null when all are wanted. */
function positionsOf(size: number, wanted: Int32Array | undefined): Int32Array | null {
  if (wanted === undefined) return null;
  const place = new Int32Array(size).fill(-1);
  for (const [row, cell] of wanted.entries()) place[cell] = row;
  return place;
}

type Add = (store: MatrixStore, block: MatrixBlock, sink: Sink) => void;

const addRows: Add = (store, block, { builder, place, column, convert, onEntry }) => {
  const width = store.shape[1];
  for (let i = 0; i + 1 < block.starts.length; i++) {
    const cell = block.first + i;
    const row = place === null ? cell : place[cell];
    if (row < 0) continue;
    for (let k = block.starts[i]; k < block.starts[i + 1]; k++) {
      const stored = block.positions === null ? k - block.starts[i] : block.positions[k];
      check(store, stored, width);
      const gene = store.columns === null ? stored : store.columns.to[stored];
      if (gene < 0) continue;
      const value = convert(block.values[k], cell);
      if (value === 0) continue;
      onEntry?.(value, row, gene);
      const position = column === null ? gene : column[gene];
      if (position >= 0) builder.add(position, value);
    }
    builder.endLine();
  }
};

const addColumns: Add = (store, block, { builder, place, column, convert, onEntry }) => {
  const height = store.shape[0];
  for (let i = 0; i + 1 < block.starts.length; i++) {
    const gene = block.first + i;
    const kept = column === null || column[gene] >= 0;
    for (let k = block.starts[i]; k < block.starts[i + 1]; k++) {
      const cell = block.positions === null ? k - block.starts[i] : block.positions[k];
      check(store, cell, height);
      const row = place === null ? cell : place[cell];
      if (row < 0) continue;
      const value = convert(block.values[k], cell);
      if (value === 0) continue;
      onEntry?.(value, row, gene);
      if (kept) builder.add(row, value);
    }
    if (kept) builder.endLine();
  }
};

function check(store: MatrixStore, position: number, width: number): void {
  if (position >= 0 && position < width) return;
  throw damaged(store.parts.file, `${store.where}/indices`, `index ${position} of ${width}`);
}

/** Entries of a piece. */
const pieceEntries = 1 << 20;

/**
 * Collects lines of a sparse matrix in pieces that are added as entries come. While it finishes, memory holds up to two and a half times
 * the matrix; once the matrix, if as many entries came as were expected.
 */
export class LineBuilder {
  private readonly indptr: Uint32Array;
  private readonly indices: Uint32Array[] = [];
  private readonly values: Float32Array[] = [];
  private lastIndices = new Uint32Array(0);
  private lastValues = new Float32Array(0);
  private line = 0;
  private at = 0;
  /** Entries in the last piece. */
  private filled = 0;

  /** @param expected entries that are likely to come: room for them is made at once */
  constructor(lines: number, expected = 0) {
    this.indptr = new Uint32Array(lines + 1);
    if (expected > 0) this.addPiece(expected);
  }

  add(position: number, value: number): void {
    if (this.filled === this.lastIndices.length) this.addPiece();
    this.lastIndices[this.filled] = position;
    this.lastValues[this.filled++] = value;
    this.at++;
  }

  endLine(): void {
    this.indptr[++this.line] = this.at;
  }

  /** The matrix [lines, width]; entries of a line may be in any order. The builder is empty afterwards. */
  finish(width: number): CsrMatrix {
    return {
      rows: this.indptr.length - 1,
      cols: width,
      indptr: this.indptr,
      indices: joined(this.indices, this.at, (n) => new Uint32Array(n)),
      values: joined(this.values, this.at, (n) => new Float32Array(n)),
    };
  }

  private addPiece(expected?: number): void {
    // The first pieces are small, for small matrices.
    const size = expected ?? Math.min(pieceEntries, Math.max(4096, this.at));
    this.indices.push((this.lastIndices = new Uint32Array(size)));
    this.values.push((this.lastValues = new Float32Array(size)));
    this.filled = 0;
  }
}

/** Copies pieces one after the other, freeing each; a single piece that is just full is taken as it is. */
function joined<T extends Uint32Array | Float32Array>(
  pieces: T[],
  length: number,
  make: (length: number) => T,
): T {
  if (pieces.length === 1 && pieces[0].length === length) return pieces.pop() as T;
  const whole = make(length);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i].subarray(0, whole.length - at);
    whole.set(piece, at);
    at += piece.length;
    pieces[i] = piece.subarray(0, 0).slice() as T;
  }
  pieces.length = 0;
  return whole;
}
