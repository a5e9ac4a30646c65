/** @file The safetensors format: an 8-byte length, a JSON header, then the raw little-endian arrays. */

/** The element types that models and fixtures here use. */
export type TensorDtype = 'F64' | 'F32' | 'I32' | 'U8';

/** The typed array of each element type. */
export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array;

/** One array of a file: row-major, its length the product of its shape. */
export interface StoredTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a file holds. */
export interface SafetensorsFile {
  readonly tensors: Record<string, StoredTensor>;
  /** The `__metadata__` entry of the header, text to text; empty if the file has none. */
  readonly metadata: Record<string, string>;
}

/** The bytes are not a safetensors file, or one with element types or shapes this reader does not take. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

const ELEMENT_BYTES: Readonly<Record<TensorDtype, number>> = { F64: 8, F32: 4, I32: 4, U8: 1 };

const MAX_HEADER = 100_000_000;
const METADATA = '__metadata__';

/**
 * Reads a whole file. The arrays are views of `bytes` where the alignment allows, copies elsewhere.
 *
 * @throws SafetensorsError if the file is cut short, its header is not JSON, or a tensor's type, shape and bytes do not fit
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer): SafetensorsFile {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const { header, dataStart } = readHeader(all);
  const body = all.subarray(dataStart);
  const tensors: Record<string, StoredTensor> = Object.create(null) as Record<string, StoredTensor>;
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) metadata = readMetadata(entry);
    else tensors[name] = readTensor(name, entry, body);
  }
  return { tensors, metadata };
}

/**
 * Writes tensors and text metadata as one file.
 *
 * Arrays with the largest elements come first and the header is padded to a multiple of 8, so every array is aligned when the
 * file is. Equal input gives equal bytes.
 * @throws SafetensorsError if a shape does not fit its array, or a name is `__metadata__`
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Pick<StoredTensor, 'shape' | 'data'>>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors);
  entries.sort((a, b) => b[1].data.BYTES_PER_ELEMENT - a[1].data.BYTES_PER_ELEMENT);
  const header: [string, unknown][] = [];
  if (metadata) header.push([METADATA, metadata]);
  let offset = 0;
  for (const [name, tensor] of entries) {
    if (name === METADATA) throw new SafetensorsError(`A tensor cannot be named ${METADATA}.`);
    if (countElements(tensor.shape) !== tensor.data.length)
      throw new SafetensorsError(
        `The shape of ${name} does not fit its ${tensor.data.length} values.`,
      );
    const end = offset + tensor.data.byteLength;
    const dtype = dtypeOf(tensor.data);
    header.push([name, { dtype, shape: [...tensor.shape], data_offsets: [offset, end] }]);
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, 8, 8 + padded).set(text, 8);
  let at = 8 + padded;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

function readHeader(all: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (all.length < 8) throw new SafetensorsError('The file is too short to hold a header.');
  const length = Number(new DataView(all.buffer, all.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > all.length)
    throw new SafetensorsError('The file ends before its header does.');
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(all.subarray(8, 8 + length)),
    );
  } catch {
    throw new SafetensorsError('The header is not JSON.');
  }
  if (!isRecord(header)) throw new SafetensorsError('The header is not a table of tensors.');
  return { header, dataStart: 8 + length };
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry) || !Object.values(entry).every((value) => typeof value === 'string'))
    throw new SafetensorsError('The metadata is not a table of texts.');
  return entry as Record<string, string>;
}

function readTensor(name: string, entry: unknown, body: Uint8Array): StoredTensor {
  if (!isRecord(entry)) throw new SafetensorsError(`The entry of ${name} is not a table.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) throw new SafetensorsError(`${name} has an unknown element type.`);
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw new SafetensorsError(`The shape or the place of ${name} is not readable.`);
  const [start, end] = offsets;
  const elementBytes = ELEMENT_BYTES[dtype];
  const count = countElements(shape);
  if (end - start !== count * elementBytes)
    throw new SafetensorsError(`The shape of ${name} does not fit its bytes.`);
  if (end > body.length) throw new SafetensorsError(`The file ends before ${name} does.`);
  const slice = body.subarray(start, end);
  const aligned = slice.byteOffset % elementBytes === 0;
  const source = aligned ? slice : slice.slice();
  return { dtype, shape, data: viewAs(dtype, source.buffer, source.byteOffset, count) };
}

function viewAs(
  dtype: TensorDtype,
  buffer: ArrayBufferLike,
  offset: number,
  count: number,
): TensorData {
  if (dtype === 'F64') return new Float64Array(buffer, offset, count);
  if (dtype === 'F32') return new Float32Array(buffer, offset, count);
  if (dtype === 'I32') return new Int32Array(buffer, offset, count);
  return new Uint8Array(buffer, offset, count);
}

function dtypeOf(data: TensorData): TensorDtype {
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}

function countElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is TensorDtype {
  return typeof value === 'string' && Object.hasOwn(ELEMENT_BYTES, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
