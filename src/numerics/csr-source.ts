/** @file Rows of a sparse matrix by their numbers, whether the matrix lies in memory or on disk: what training asks for. */
import { csrNnz, selectColumns, selectRows, type CsrMatrix } from './csr.ts';

/** A sparse matrix [rows, cols] that gives some of its rows at a time. */
export interface CsrSource {
  readonly rows: number;
  readonly cols: number;
  /** Stored entries of each row, [rows]: how much room a batch needs. */
  readonly entries: Uint32Array;
  /** Sum of each row, float64 [rows]. */
  readonly sums: Float64Array;
  /** The given rows in the given order (repeats allowed), canonical. Memory: those rows only. */
  readRows(rows: ArrayLike<number>): CsrMatrix;
}

/** A matrix in memory as a source. */
export function memorySource(matrix: CsrMatrix): CsrSource {
  const { rows, cols, indptr, values } = matrix;
  const sums = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    for (let k = indptr[r]; k < indptr[r + 1]; k++) sums[r] += values[k];
  }
  const entries = Uint32Array.from(sums, (_, r) => indptr[r + 1] - indptr[r]);
  return { rows, cols, entries, sums, readRows: (wanted) => selectRows(matrix, wanted) };
}

/** Rows whose columns are counted together. */
const ROWS_AT_ONCE = 1024;

/** Columns from … from + count − 1 of a source, as a source. Reads the whole once, to know the rows' sums. */
export function columnsSource(source: CsrSource, from: number, count: number): CsrSource {
  const columns = Int32Array.from({ length: count }, (_, c) => from + c);
  const { rows } = source;
  const entries = new Uint32Array(rows);
  const sums = new Float64Array(rows);
  const readRows = (wanted: ArrayLike<number>): CsrMatrix =>
    selectColumns(source.readRows(wanted), columns);
  for (let at = 0; at < rows; at += ROWS_AT_ONCE) {
    const length = Math.min(ROWS_AT_ONCE, rows - at);
    const block = memorySource(readRows(Uint32Array.from({ length }, (_, r) => at + r)));
    entries.set(block.entries, at);
    sums.set(block.sums, at);
  }
  return { rows, cols: count, entries, sums, readRows };
}

/** The whole of a source as a matrix; for sources that fit. */
export function sourceToCsr(source: CsrSource): CsrMatrix {
  const all = Uint32Array.from({ length: source.rows }, (_, r) => r);
  const matrix = source.readRows(all);
  if (csrNnz(matrix) !== source.entries.reduce((sum, n) => sum + n, 0)) {
    throw new Error('the source gave other rows than it promised');
  }
  return matrix;
}
