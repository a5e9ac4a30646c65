/** @file An open file of cells, whatever its format: its tables, its matrices and its maps, found but not yet read. */
import type { FeatureKind, FilePart } from '../protocol/dataset.ts';
import { columnTexts, numberText, type Column, type Table } from './column-reader.ts';
import { isLibraryName, type LibraryColumn } from './log-undo.ts';
import type { MatrixStore } from './matrix-parts.ts';

/** A matrix in obsm. Tables have a shape but no `values`. */
export interface Embedding {
  readonly shape: readonly [number, number];
  readonly readable: boolean;
}

/** A file opened for reading. Close it when done. */
export interface CellFile {
  /** File name for a person. */
  readonly name: string;
  readonly bytes: number;
  /** h5ad, 10x HDF5, loom, h5mu, zarr, MatrixMarket, text table. */
  readonly format: string;
  /** Ways to read it, when there are several, and the one in use. */
  readonly parts: readonly FilePart[];
  readonly part: string | null;
  /** Kinds of features where there are others than genes; the open ones are the columns, in this order. */
  readonly kinds?: readonly FeatureKind[];
  readonly obs: Table;
  readonly var: Table;
  /** var of raw.X, when raw is there. */
  readonly rawVar: Table | null;
  /** X, layers and raw.X as far as they can be read. */
  readonly matrices: readonly MatrixStore[];
  readonly obsm: ReadonlyMap<string, Embedding>;
  /** Sentences about what was left out. */
  readonly warnings: readonly string[];
  /** Values of an embedding, row-major [cells · dims], or null if it cannot be read. */
  embedding(key: string): Promise<Float32Array | null>;
  /** `uns['NAME_colors']` as #rrggbb, at least `needed` of them, or null. */
  colours(name: string, needed: number): readonly string[] | null;
  /** This program wrote the file, and says so in uns['cellsmith']. */
  readonly madeHere?: boolean;
  close(): void;
}

/** Nothing: the tables, maps and colours of formats that have none. */
export const bareFile = {
  parts: [],
  part: null,
  rawVar: null,
  obsm: new Map<string, Embedding>(),
  embedding: () => Promise.resolve(null),
  colours: () => null,
} as const;

/** Number columns of obs that may hold each cell's total count. */
export function libraryColumns(obs: Table): readonly LibraryColumn[] {
  const list: LibraryColumn[] = [];
  for (const [name, column] of obs.columns) {
    if (column.kind === 'number' && isLibraryName(name)) list.push({ name, values: column.values });
  }
  return list;
}

/** Categories and codes, −1 missing. */
export interface Categories {
  readonly categories: readonly string[];
  readonly codes: Int32Array;
  /** The order of the categories means something. */
  readonly ordered?: true;
}

/** A column as categories: text, booleans and categoricals; null for the rest. Text categories are sorted. */
export function asCategorical(column: Column): Categories | null {
  if (column.kind === 'categorical') return column;
  if (column.kind === 'boolean') {
    return { categories: ['False', 'True'], codes: Int32Array.from(column.values) };
  }
  if (column.kind !== 'text') return null;
  const categories = [...new Set(column.values.filter((v) => v !== null))].sort();
  const code = new Map(categories.map((name, i) => [name, i]));
  const texts = columnTexts(column);
  const codes = Int32Array.from(texts, (text, i) =>
    column.values[i] === null ? -1 : (code.get(text) ?? -1),
  );
  return { categories, codes };
}

const fewestValues = 2;
const mostValues = 30;
/** Cells a value must have on average, so that small tables of numbers are not taken for categories. */
const cellsPerValue = 5;

/** A column as an attribute: as `asCategorical`, and whole numbers of 2 to 30 different values in ascending order. */
export function asAttribute(column: Column): Categories | null {
  return column.kind === 'number' ? fewValued(column.values, column.dtype) : asCategorical(column);
}

function fewValued(values: Float64Array, dtype: string): Categories | null {
  const found = new Set<number>();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (!Number.isSafeInteger(value)) return null;
    if (found.add(value).size > mostValues) return null;
  }
  if (found.size < fewestValues || found.size * cellsPerValue > values.length) return null;
  const sorted = [...found].sort((a, b) => a - b);
  const code = new Map(sorted.map((value, i) => [value, i]));
  return {
    categories: sorted.map((value) => numberText(value, dtype)),
    codes: Int32Array.from(values, (value) => code.get(value) ?? -1),
  };
}
