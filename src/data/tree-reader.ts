/** @file What an AnnData reader needs of a store of groups and arrays; HDF5 and zarr each supply one. */

/** Numbers as they leave a reader; 64-bit integers become float64. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Value of an attribute. A scalar or an array; booleans are 0 and 1. */
export type AttributeValue = string | number | readonly string[] | NumberArray;

/** One field of a compound (table) dataset. */
export interface CompoundField {
  readonly name: string;
  readonly dtype: string;
  /** Shape of an array field, else empty. */
  readonly shape: readonly number[];
}

/** Random access to groups and arrays. Reads throw `file-damaged`; ask `kind` before reading what may be missing. */
export interface TreeReader {
  /** File name for a person. */
  readonly name: string;
  readonly bytes: number;
  /** What lies at a path; null when nothing readable does. */
  kind(path: string): 'group' | 'dataset' | null;
  /** Names inside a group; empty when there is no such group. */
  keys(path: string): readonly string[];
  /** An attribute of a group or array, or null. */
  attribute(path: string, name: string): AttributeValue | null;
  /** Shape of an array; empty for a scalar. */
  shape(path: string): readonly number[];
  /** numpy-style name of the element type; also 'string', 'bool', 'compound', 'other'. */
  dtype(path: string): string;
  /** Makes an array readable by `numbers`, `strings` and `records`. Call it first. Errors: file-damaged, too-big. */
  prepare(path: string): Promise<void>;
  /** Makes an array readable by `block`. Errors: file-damaged. */
  prepareBlocks(path: string): Promise<void>;
  /** All numbers of a numeric or boolean array, row-major. */
  numbers(path: string): NumberArray;
  /** Strings of a one-dimensional (or scalar) string array. */
  strings(path: string): readonly string[];
  /** Fields of a compound dataset; empty for other arrays. */
  fields(path: string): readonly CompoundField[];
  /** Rows of a compound dataset; array fields are nested arrays. */
  records(path: string): readonly (readonly unknown[])[];
  /** Numbers of the rows `from … to − 1` of an array, row-major. */
  block(path: string, from: number, to: number): NumberArray | Promise<NumberArray>;
  close(): void;
}
