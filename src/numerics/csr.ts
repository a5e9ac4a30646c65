/** @file Compressed sparse rows: the one shape in which counts travel, from file to model and back. */

/**
 * A matrix [rows, cols] in compressed sparse row form.
 *
 * Row r holds the entries `indptr[r] … indptr[r+1]-1`; inside a row `indices` ascend and are unique, and no stored value is 0.
 */
export interface CsrMatrix {
  readonly rows: number;
  readonly cols: number;
  /** Start of each row, length rows + 1, at most 2^32 − 1 entries in all. */
  readonly indptr: Uint32Array;
  /** Column of each entry, 0 … cols − 1. */
  readonly indices: Uint32Array;
  /** Value of each entry. */
  readonly values: Float32Array;
}
