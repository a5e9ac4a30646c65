/** @file A file to which cells are added block by block, in whatever format. */
import type { CsrMatrix } from '../numerics/csr.ts';
import type { UnsValue } from '../protocol/dataset.ts';
import type { OutTable } from './anndata-layout.ts';

/** Some cells of an export: counts and maps, row by row. */
export interface CellBlock {
  readonly counts: CsrMatrix;
  readonly obsm: Readonly<Record<string, { readonly dims: number; readonly values: Float32Array }>>;
  /** Other values of the same cells and genes, the same names in every block; h5ad alone. */
  readonly layers?: Readonly<Record<string, CsrMatrix>>;
}

/** What is known when all cells are written. */
export interface StreamEnd {
  readonly obs: OutTable;
  readonly var: OutTable;
  readonly uns: Readonly<Record<string, UnsValue>>;
}

/** A file under construction on disk. After an error only `discard` may follow. */
export interface CellStream {
  /** Adds cells. Throws what the disk says when it is full. */
  add(block: CellBlock): void;
  /** Writes the tables and closes the file; a blob whose bytes stay on disk. */
  finish(end: StreamEnd): Promise<Blob>;
  /** Ends without a file; a finished one is deleted. */
  discard(): Promise<void>;
}
