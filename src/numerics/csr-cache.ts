/**
 * @file A sparse matrix of counts in one file on disk: rows packed to about 3 bytes an entry, read by number.
 *
 * Layout, little-endian. Rows one after the other: indices (16 bits each, 32 where there are more than 65,536 columns), then values (8 or
 * 16 bits, or float32, by the row's largest). Then for each row: byte offset (float64), sum (float64), entries (uint32), width of the
 * values (uint8). Then a footer of four float64: rows, columns, offset of the table, a mark.
 */
import type { CsrMatrix } from './csr.ts';
import type { CsrSource } from './csr-source.ts';

/** A file that is written at any place (a FileSystemSyncAccessHandle, or Node's descriptor behind the same words). */
export interface CacheWrite {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
}

/** A file that is read at any place. */
export interface CacheRead {
  read(bytes: Uint8Array, options: { readonly at: number }): number;
  getSize(): number;
}

const mark = 20_261_121;
const footerBytes = 32;
const rowBytes = 8 + 8 + 4 + 1;
const blockBytes = 4 << 20;

const indexWidth = (cols: number): 2 | 4 => (cols <= 65_536 ? 2 : 4);

/** Bytes of one value of a row with this largest value. */
function valueWidth(values: Float32Array, from: number, to: number): 1 | 2 | 4 {
  let width: 1 | 2 | 4 = 1;
  for (let k = from; k < to; k++) {
    const value = values[k];
    if (value < 0 || !Number.isInteger(value) || value > 65_535) return 4;
    if (value > 255) width = 2;
  }
  return width;
}

/** Writes a cache block by block. Throws when the disk takes less than it was given. */
export class CsrCacheWriter {
  private readonly block = new Uint8Array(blockBytes);
  private filled = 0;
  private at = 0;
  private rows = 0;
  private offsets = new Float64Array(1024);
  private sums = new Float64Array(1024);
  private entries = new Uint32Array(1024);
  private widths = new Uint8Array(1024);

  constructor(
    private readonly file: CacheWrite,
    private readonly cols: number,
  ) {}

  /** Adds the rows of a canonical matrix of the same columns. */
  add(matrix: CsrMatrix): void {
    const { indptr, indices, values } = matrix;
    if (matrix.cols !== this.cols) throw new RangeError('the rows have other columns');
    for (let r = 0; r < matrix.rows; r++) {
      const [from, to] = [indptr[r], indptr[r + 1]];
      const width = valueWidth(values, from, to);
      this.remember(values, from, to, width);
      const own = indexWidth(this.cols) === 2 ? Uint16Array : Uint32Array;
      this.put(own.from(indices.subarray(from, to)));
      const part = values.subarray(from, to);
      this.put(width === 1 ? Uint8Array.from(part) : width === 2 ? Uint16Array.from(part) : part);
    }
  }

  /** Writes the table of rows. Returns the size of the file. */
  finish(): number {
    this.flush();
    const table = this.at;
    this.put(this.offsets.subarray(0, this.rows));
    this.put(this.sums.subarray(0, this.rows));
    this.put(this.entries.subarray(0, this.rows));
    this.put(this.widths.subarray(0, this.rows));
    this.put(Float64Array.of(this.rows, this.cols, table, mark));
    this.flush();
    return this.at;
  }

  private remember(values: Float32Array, from: number, to: number, width: number): void {
    if (this.rows === this.offsets.length) this.grow();
    let sum = 0;
    for (let k = from; k < to; k++) sum += values[k];
    this.offsets[this.rows] = this.at + this.filled;
    this.sums[this.rows] = sum;
    this.entries[this.rows] = to - from;
    this.widths[this.rows++] = width;
  }

  private grow(): void {
    const size = 2 * this.offsets.length;
    const wider = <T extends Float64Array | Uint32Array | Uint8Array>(old: T, next: T): T => {
      next.set(old);
      return next;
    };
    this.offsets = wider(this.offsets, new Float64Array(size));
    this.sums = wider(this.sums, new Float64Array(size));
    this.entries = wider(this.entries, new Uint32Array(size));
    this.widths = wider(this.widths, new Uint8Array(size));
  }

  private put(values: ArrayBufferView): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let from = 0; from < bytes.length;) {
      if (this.filled === blockBytes) this.flush();
      const part = bytes.subarray(from, from + blockBytes - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
    }
  }

  private flush(): void {
    if (this.filled === 0) return;
    const written = this.file.write(this.block.subarray(0, this.filled), { at: this.at });
    // In a private window Chromium gives a huge number when there is no room.
    if (written !== this.filled) throw new RangeError('the disk is full');
    this.at += this.filled;
    this.filled = 0;
  }
}

function readAll(file: CacheRead, at: number, length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  if (file.read(bytes, { at }) < length) throw new RangeError('the cache ends too early');
  return bytes.buffer;
}

/** Rows that lie together are read in one piece up to this size. */
const pieceBytes = 1 << 20;

/** Opens a cache. Throws RangeError when the file is not one, or is cut off. */
export function openCsrCache(file: CacheRead): CsrSource {
  const size = file.getSize();
  if (size < footerBytes) throw new RangeError('not a cache of counts');
  const [rows, cols, table, found] = new Float64Array(
    readAll(file, size - footerBytes, footerBytes),
  );
  if (found !== mark || table + rows * rowBytes + footerBytes !== size) {
    throw new RangeError('not a cache of counts');
  }
  const offsets = new Float64Array(readAll(file, table, 8 * rows));
  const sums = new Float64Array(readAll(file, table + 8 * rows, 8 * rows));
  const entries = new Uint32Array(readAll(file, table + 16 * rows, 4 * rows));
  const widths = new Uint8Array(readAll(file, table + 20 * rows, rows));
  const width = indexWidth(cols);
  const bytesOf = (row: number): number => entries[row] * (width + widths[row]);
  const readRows = (wanted: ArrayLike<number>): CsrMatrix => {
    const indptr = new Uint32Array(wanted.length + 1);
    for (let i = 0; i < wanted.length; i++) indptr[i + 1] = indptr[i] + entries[wanted[i]];
    const indices = new Uint32Array(indptr[wanted.length]);
    const values = new Float32Array(indptr[wanted.length]);
    for (let i = 0; i < wanted.length;) {
      // Neighbours in the file are read together.
      let end = i + 1;
      let length = bytesOf(wanted[i]);
      while (
        end < wanted.length &&
        wanted[end] === wanted[end - 1] + 1 &&
        length + bytesOf(wanted[end]) <= pieceBytes
      ) {
        length += bytesOf(wanted[end++]);
      }
      const bytes = readAll(file, offsets[wanted[i]], length);
      for (let from = 0; i < end; i++) {
        const row = wanted[i];
        unpackRow(bytes, from, entries[row], width, widths[row], indices, values, indptr[i]);
        from += bytesOf(row);
      }
    }
    return { rows: wanted.length, cols, indptr, indices, values };
  };
  return { rows, cols, entries, sums, readRows };
}

/** Bytes of a row may begin anywhere, so they are copied to where wider numbers may lie. */
function unpackRow(
  bytes: ArrayBuffer,
  from: number,
  count: number,
  width: 2 | 4,
  valueBytes: number,
  indices: Uint32Array,
  values: Float32Array,
  to: number,
): void {
  const packed = bytes.slice(from, from + count * width);
  indices.set(width === 2 ? new Uint16Array(packed) : new Uint32Array(packed), to);
  const rest = bytes.slice(from + count * width, from + count * (width + valueBytes));
  const kinds = { 1: Uint8Array, 2: Uint16Array, 4: Float32Array } as const;
  values.set(new kinds[valueBytes as 1 | 2 | 4](rest), to);
}
