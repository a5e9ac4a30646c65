/**
 * @file Boolean attributes in an HDF5 file, which h5wasm cannot write: a text of the same length is written in their place,
 * and the finished bytes are changed. Source: HDF5 file format specification 3.0, IV.A.2.m (attribute message) and IV.A.2.d.
 */

/** The texts that stand for false and true: as long as the boolean's type and value, 31 bytes. */
export const booleanTexts = [
  'cellsmith HDF5 boolean: false..',
  'cellsmith HDF5 boolean: true...',
] as const;

/** h5wasm's name of their type. */
export const booleanTextType = `S${booleanTexts[0].length}`;

/** An enumeration of FALSE and TRUE over one-byte integers, as h5py and anndata store numpy's booleans. */
const booleanType = Uint8Array.from([
  ...[0x18, 2, 0, 0, 1, 0, 0, 0],
  ...[0x10, 8, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0],
  ...[70, 65, 76, 83, 69, 0, 0, 0],
  ...[84, 82, 85, 69, 0, 0, 0, 0],
  ...[0, 1],
]);

/** A text type in the message that is replaced: 8 bytes. */
const textTypeBytes = 8;
/** The size of the dataspace of one value. */
const spaceBytes = 4;

/** Turns every boolean text that begins between `from` and `to` into a boolean, in place; says how many. Throws when the file is not laid out as h5wasm lays it out. */
export function placeBooleans(file: Uint8Array, from = 0, to = file.length): number {
  const common = new TextEncoder().encode(booleanTexts[0].slice(0, 24));
  let placed = 0;
  for (let at = find(file, common, from); at >= 0 && at < to; at = find(file, common, at + 1)) {
    placeOne(file, at, file[at + common.length] === 't'.charCodeAt(0) ? 1 : 0);
    placed++;
  }
  return placed;
}

/** Bytes of a file on disk. */
interface DiskBytes {
  size(): number;
  read(at: number, length: number): Uint8Array;
  write(at: number, bytes: Uint8Array): void;
}

const window = 1 << 24;
/** An attribute's object header lies within this distance. */
const margin = 1 << 17;

/**
 * As `placeBooleans`, for a file on disk that is too big for memory. Looks behind `from` first, where the tables were written last,
 * and over the whole file when fewer than `expected` lie there.
 */
export function placeBooleansOnDisk(disk: DiskBytes, from: number, expected: number): void {
  const found = placeBetween(disk, from, disk.size());
  if (found < expected) placeBetween(disk, 0, Math.min(disk.size(), from + margin));
}

function placeBetween(disk: DiskBytes, from: number, to: number): number {
  let placed = 0;
  for (let at = Math.max(0, from - margin); at < to; at += window) {
    const start = Math.max(0, at - margin);
    const bytes = disk.read(start, Math.min(disk.size(), at + window + margin) - start);
    const here = placeBooleans(bytes, at - start, Math.min(bytes.length, at - start + window));
    if (here > 0) disk.write(start, bytes);
    placed += here;
  }
  return placed;
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(wanted[0], from); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}

/** The message is: version, flags, three sizes, character set, name, type, dataspace, value. */
function placeOne(file: Uint8Array, value: number, truth: number): void {
  const type = value - spaceBytes - textTypeBytes;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const nameSize = 'ordered\0'.length;
  const message = type - nameSize - 9;
  const fits =
    file[message] === 3 &&
    view.getUint16(message + 2, true) === nameSize &&
    view.getUint16(message + 4, true) === textTypeBytes &&
    view.getUint16(message + 6, true) === spaceBytes;
  if (!fits) throw new Error('a boolean attribute is laid out in an unknown way');
  const chunk = chunkAround(file, view, message);
  const space = file.slice(type + textTypeBytes, value);
  view.setUint16(message + 4, booleanType.length, true);
  file.set(booleanType, type);
  file.set(space, type + booleanType.length);
  file[type + booleanType.length + spaceBytes] = truth;
  view.setUint32(chunk.end, lookup3(file.subarray(chunk.start, chunk.end)), true);
}

/** The chunk of an object header that holds a message: it begins with its signature and ends with its checksum. */
function chunkAround(
  file: Uint8Array,
  view: DataView,
  inside: number,
): { readonly start: number; readonly end: number } {
  const farthest = 65536;
  for (let start = inside; start >= Math.max(0, inside - farthest); start--) {
    const signature = view.getUint32(start, true);
    if (signature !== headerSignature && signature !== continuationSignature) continue;
    const last = Math.min(file.length - 4, inside + farthest);
    for (let end = inside + 20; end <= last; end++) {
      if (view.getUint32(end, true) === lookup3(file.subarray(start, end))) return { start, end };
    }
  }
  throw new Error('a boolean attribute lies outside any object header');
}

/** "OHDR" and "OCHK". */
const headerSignature = 0x5244484f;
const continuationSignature = 0x4b48434f;

/** Bob Jenkins' hash, with which HDF5 checks its metadata. Source: lookup3.c, hashlittle with initial value 0 (public domain). */
export function lookup3(bytes: Uint8Array): number {
  const turn = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  let length = bytes.length;
  let a = (0xdeadbeef + length) | 0;
  let b = a;
  let c = a;
  let at = 0;
  const word = (from: number): number => {
    let sum = 0;
    for (let i = 3; i >= 0; i--) sum = (sum << 8) | (from + i < bytes.length ? bytes[from + i] : 0);
    return sum;
  };
  while (length > 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ turn(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ turn(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ turn(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ turn(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ turn(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ turn(b, 4)) | 0;
    b = (b + a) | 0;
    length -= 12;
    at += 12;
  }
  if (length === 0) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - turn(b, 14)) | 0;
  a = ((a ^ c) - turn(c, 11)) | 0;
  b = ((b ^ a) - turn(a, 25)) | 0;
  c = ((c ^ b) - turn(b, 16)) | 0;
  a = ((a ^ c) - turn(c, 4)) | 0;
  b = ((b ^ a) - turn(a, 14)) | 0;
  c = ((c ^ b) - turn(b, 24)) | 0;
  return c >>> 0;
}
