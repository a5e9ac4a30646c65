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

/** A matrix without entries, [rows, cols]. */
export function emptyCsr(rows: number, cols: number): CsrMatrix {
  return {
    rows,
    cols,
    indptr: new Uint32Array(rows + 1),
    indices: new Uint32Array(0),
    values: new Float32Array(0),
  };
}

/** Number of stored entries. */
export function csrNnz(matrix: CsrMatrix): number {
  return matrix.indptr[matrix.rows];
}

/** Row-major dense values [rows · cols] as CSR; zeros (and −0) are not stored. */
export function csrFromDense(rows: number, cols: number, dense: ArrayLike<number>): CsrMatrix {
  const indptr = new Uint32Array(rows + 1);
  for (let r = 0, at = 0; r < rows; r++) {
    let count = 0;
    for (let c = 0; c < cols; c++, at++) if (dense[at] !== 0) count++;
    indptr[r + 1] = indptr[r] + count;
  }
  const indices = new Uint32Array(indptr[rows]);
  const values = new Float32Array(indptr[rows]);
  for (let r = 0, at = 0, k = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++, at++) {
      if (dense[at] === 0) continue;
      indices[k] = c;
      values[k++] = dense[at];
    }
  }
  return { rows, cols, indptr, indices, values };
}

/** Row-major dense copy, [rows · cols]. */
export function csrToDense(matrix: CsrMatrix): Float32Array {
  const dense = new Float32Array(matrix.rows * matrix.cols);
  for (let r = 0; r < matrix.rows; r++) {
    for (let k = matrix.indptr[r]; k < matrix.indptr[r + 1]; k++) {
      dense[r * matrix.cols + matrix.indices[k]] = matrix.values[k];
    }
  }
  return dense;
}

/** Transpose, [cols, rows]; a counting sort, so rows of the result ascend. Also turns CSC arrays into CSR. */
export function transposeCsr(matrix: CsrMatrix): CsrMatrix {
  const { rows, cols } = matrix;
  const nnz = csrNnz(matrix);
  const indptr = new Uint32Array(cols + 1);
  for (let k = 0; k < nnz; k++) indptr[matrix.indices[k] + 1]++;
  for (let c = 0; c < cols; c++) indptr[c + 1] += indptr[c];
  const next = indptr.slice(0, cols);
  const indices = new Uint32Array(nnz);
  const values = new Float32Array(nnz);
  for (let r = 0; r < rows; r++) {
    for (let k = matrix.indptr[r]; k < matrix.indptr[r + 1]; k++) {
      const to = next[matrix.indices[k]]++;
      indices[to] = r;
      values[to] = matrix.values[k];
    }
  }
  return { rows: cols, cols: rows, indptr, indices, values };
}

/** Whether the promises of CsrMatrix hold: bounds, ascending unique columns, no stored zero. */
export function isCanonicalCsr(matrix: CsrMatrix): boolean {
  const { rows, cols, indptr, indices, values } = matrix;
  if (indptr.length !== rows + 1 || indptr[0] !== 0) return false;
  if (indices.length < indptr[rows] || values.length < indptr[rows]) return false;
  for (let r = 0; r < rows; r++) {
    if (indptr[r + 1] < indptr[r]) return false;
    for (let k = indptr[r]; k < indptr[r + 1]; k++) {
      if (values[k] === 0 || indices[k] >= cols) return false;
      if (k > indptr[r] && indices[k] <= indices[k - 1]) return false;
    }
  }
  return true;
}

/**
 * The same matrix with the promises of CsrMatrix kept: columns sorted inside each row, duplicates added up, zeros dropped.
 * Returns the argument itself when nothing has to change.
 */
export function canonicalCsr(matrix: CsrMatrix): CsrMatrix {
  if (isCanonicalCsr(matrix)) return matrix;
  const { rows, cols } = matrix;
  // Two transposes sort every row by column in linear time and keep duplicates side by side.
  const sorted = transposeCsr(transposeCsr(matrix));
  const indptr = new Uint32Array(rows + 1);
  const { indices, values } = sorted;
  let k = 0;
  for (let r = 0; r < rows; r++) {
    let at = sorted.indptr[r];
    const end = sorted.indptr[r + 1];
    while (at < end) {
      const column = indices[at];
      let sum = 0;
      for (; at < end && indices[at] === column; at++) sum += values[at];
      if (sum === 0) continue;
      indices[k] = column;
      values[k++] = sum;
    }
    indptr[r + 1] = k;
  }
  return { rows, cols, indptr, indices: indices.slice(0, k), values: values.slice(0, k) };
}

/** Rows in the order given (repeats allowed), all columns. */
export function selectRows(matrix: CsrMatrix, rows: ArrayLike<number>): CsrMatrix {
  const indptr = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    indptr[i + 1] = indptr[i] + matrix.indptr[rows[i] + 1] - matrix.indptr[rows[i]];
  }
  const indices = new Uint32Array(indptr[rows.length]);
  const values = new Float32Array(indptr[rows.length]);
  for (let i = 0; i < rows.length; i++) {
    const from = matrix.indptr[rows[i]];
    const to = matrix.indptr[rows[i] + 1];
    indices.set(matrix.indices.subarray(from, to), indptr[i]);
    values.set(matrix.values.subarray(from, to), indptr[i]);
  }
  return { rows: rows.length, cols: matrix.cols, indptr, indices, values };
}

/** Columns in the order given (no repeats), all rows. */
export function selectColumns(matrix: CsrMatrix, columns: ArrayLike<number>): CsrMatrix {
  const position = new Int32Array(matrix.cols).fill(-1);
  let ascending = true;
  for (let j = 0; j < columns.length; j++) {
    position[columns[j]] = j;
    if (j > 0 && columns[j] <= columns[j - 1]) ascending = false;
  }
  const indptr = new Uint32Array(matrix.rows + 1);
  for (let r = 0; r < matrix.rows; r++) {
    let count = 0;
    for (let k = matrix.indptr[r]; k < matrix.indptr[r + 1]; k++) {
      if (position[matrix.indices[k]] >= 0) count++;
    }
    indptr[r + 1] = indptr[r] + count;
  }
  const nnz = indptr[matrix.rows];
  const indices = new Uint32Array(nnz);
  const values = new Float32Array(nnz);
  for (let k = 0, to = 0; k < csrNnz(matrix); k++) {
    const j = position[matrix.indices[k]];
    if (j < 0) continue;
    indices[to] = j;
    values[to++] = matrix.values[k];
  }
  const result = { rows: matrix.rows, cols: columns.length, indptr, indices, values };
  return ascending ? result : transposeCsr(transposeCsr(result));
}

/** Rows of `first`, then rows of `second`; both have the same columns. */
export function stackRows(first: CsrMatrix, second: CsrMatrix): CsrMatrix {
  const nnz = csrNnz(first);
  const indptr = new Uint32Array(first.rows + second.rows + 1);
  indptr.set(first.indptr.subarray(0, first.rows + 1));
  for (let r = 1; r <= second.rows; r++) indptr[first.rows + r] = nnz + second.indptr[r];
  const indices = new Uint32Array(nnz + csrNnz(second));
  indices.set(first.indices.subarray(0, nnz));
  indices.set(second.indices.subarray(0, csrNnz(second)), nnz);
  const values = new Float32Array(nnz + csrNnz(second));
  values.set(first.values.subarray(0, nnz));
  values.set(second.values.subarray(0, csrNnz(second)), nnz);
  return { rows: first.rows + second.rows, cols: first.cols, indptr, indices, values };
}

/** The same entries with column j moved to `columns[j]` of a wider matrix [rows, cols]; columns are unique. */
export function spreadColumns(
  matrix: CsrMatrix,
  columns: ArrayLike<number>,
  cols: number,
): CsrMatrix {
  const indices = new Uint32Array(csrNnz(matrix));
  for (let k = 0; k < indices.length; k++) indices[k] = columns[matrix.indices[k]];
  return canonicalCsr({ ...matrix, cols, indices });
}

/** Sum of each row, float64 [rows]. */
export function rowSums(matrix: CsrMatrix): Float64Array {
  const sums = new Float64Array(matrix.rows);
  for (let r = 0; r < matrix.rows; r++) {
    let sum = 0;
    for (let k = matrix.indptr[r]; k < matrix.indptr[r + 1]; k++) sum += matrix.values[k];
    sums[r] = sum;
  }
  return sums;
}

/** Stored entries of each column, [cols]. */
export function columnCounts(matrix: CsrMatrix): Uint32Array {
  const counts = new Uint32Array(matrix.cols);
  for (let k = 0; k < csrNnz(matrix); k++) counts[matrix.indices[k]]++;
  return counts;
}
