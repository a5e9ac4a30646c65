/** @file What an AnnData writer needs of a store of groups and arrays; HDF5 and zarr each supply one. */

/** Numbers as they are written. */
export type OutNumbers = Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** An attribute: text, truth, a list of texts, or whole numbers. */
export type OutAttribute = string | boolean | readonly string[] | BigInt64Array;

/** A place in a store where things are written. Names contain no '/'. */
export interface OutGroup {
  /** Makes a group inside and returns it. */
  group(name: string, attributes: Readonly<Record<string, OutAttribute>>): OutGroup;
  /** Writes numbers [shape], compressed when there are many; an empty shape is a single number. */
  numbers(
    name: string,
    values: OutNumbers | BigInt64Array,
    shape: readonly number[],
    attributes?: Readonly<Record<string, OutAttribute>>,
  ): void;
  /** Writes texts, a list or (as a string) one. */
  texts(
    name: string,
    values: readonly string[] | string,
    attributes?: Readonly<Record<string, OutAttribute>>,
  ): void;
  /** Lets `name` be what was written as a group of the root under `existing`, at no cost if the store can. False if it cannot. */
  alias(existing: string, name: string): boolean;
}
