/** @file The stored parts of one matrix, wherever they lie: in an HDF5 or zarr file, or already in memory. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { NumberArray, TreeReader } from './tree-reader.ts';

/** Numbers now or soon. */
export type Numbers = NumberArray | Promise<NumberArray>;

/** How the lines of a matrix are read. Lines are rows, or columns where the matrix is stored by column. */
export interface MatrixParts {
  /** Name of the file, for errors. */
  readonly file: string;
  /** Start of each line, or null for a dense matrix. */
  indptr(): Numbers | null;
  /** Positions of the entries `from … to − 1` of a sparse matrix. */
  indices(from: number, to: number): Numbers;
  /** Values of the entries (sparse) or of the lines (dense) `from … to − 1`. */
  values(from: number, to: number): Numbers;
}

/** Where and how a matrix is stored. */
export interface MatrixStore {
  /** 'X', 'layers/NAME' or 'raw/X'; the path inside the file may differ. */
  readonly where: string;
  readonly kind: 'csr' | 'csc' | 'dense';
  /** Whether its lines are columns (genes): every csc matrix, and dense ones stored genes first. */
  readonly byColumn: boolean;
  readonly dtype: string;
  /** [cells, genes] as stored, before `columns` is applied. */
  readonly shape: readonly [number, number];
  /** Entries stored: of a sparse matrix its non-zeros, of a dense one all. */
  readonly stored: number;
  readonly parts: MatrixParts;
  /** Where each stored column goes, −1 to leave it out; null when all stay. Only for matrices stored by row. */
  readonly columns: { readonly to: Int32Array; readonly count: number } | null;
}

/** Number of genes after columns were left out. */
export function storeWidth(store: MatrixStore): number {
  return store.columns?.count ?? store.shape[1];
}

/** Parts of a sparse matrix inside a tree, under the names anndata and 10x both use. */
export function sparseParts(tree: TreeReader, path: string): MatrixParts {
  return {
    file: tree.name,
    indptr: () => tree.block(`${path}/indptr`, 0, tree.shape(`${path}/indptr`)[0] ?? 0),
    indices: (from, to) => tree.block(`${path}/indices`, from, to),
    values: (from, to) => tree.block(`${path}/data`, from, to),
  };
}

/** Parts of a dense matrix inside a tree. */
export function denseParts(tree: TreeReader, path: string): MatrixParts {
  return {
    file: tree.name,
    indptr: () => null,
    indices: () => new Float64Array(0),
    values: (from, to) => tree.block(path, from, to),
  };
}

/** A matrix in memory as a store. */
export function storeOfCsr(
  where: string,
  file: string,
  dtype: string,
  csr: CsrMatrix,
): MatrixStore {
  return {
    where,
    kind: 'csr',
    byColumn: false,
    dtype,
    shape: [csr.rows, csr.cols],
    stored: csr.indptr[csr.rows],
    columns: null,
    parts: {
      file,
      indptr: () => csr.indptr,
      indices: (from, to) => csr.indices.subarray(from, to),
      values: (from, to) => csr.values.subarray(from, to),
    },
  };
}
