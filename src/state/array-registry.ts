/** @file Typed arrays that the page draws from, kept outside the store; the store holds their ids. */

/** Arrays the page may hold under an id. */
export type PageArray = Float32Array | Int32Array | Uint8Array;

const arrays = new Map<string, PageArray>();
let counter = 0;

/** Keeps an array and returns its id. A new content always gets a new id, so that ids can be compared for change. */
export function keepArray(array: PageArray, replaces?: string | null): string {
  if (replaces) arrays.delete(replaces);
  counter += 1;
  const id = `array-${counter}`;
  arrays.set(id, array);
  return id;
}

/** The float array behind an id, or null when it was released. */
export function floatArray(id: string | null): Float32Array | null {
  const array = id === null ? undefined : arrays.get(id);
  return array instanceof Float32Array ? array : null;
}

/** The integer array behind an id, or null when it was released. */
export function intArray(id: string | null): Int32Array | null {
  const array = id === null ? undefined : arrays.get(id);
  return array instanceof Int32Array ? array : null;
}

/** The byte array behind an id, or null when it was released. */
export function byteArray(id: string | null): Uint8Array | null {
  const array = id === null ? undefined : arrays.get(id);
  return array instanceof Uint8Array ? array : null;
}

/** Releases arrays by id; unknown ids and nulls are ignored. */
export function releaseArrays(...ids: readonly (string | null | undefined)[]): void {
  for (const id of ids) if (id) arrays.delete(id);
}

/** Keeps a copy of an array under a new id; null stays null. */
export function copyArray(id: string | null): string | null {
  const array = id === null ? undefined : arrays.get(id);
  return array ? keepArray(array.slice()) : null;
}
