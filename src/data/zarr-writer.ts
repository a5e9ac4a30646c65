/** @file Writes a zarr store (version 2) of the AnnData layout as one zip file. Source: zarr specification, version 2. */
import { strToU8, zipSync, zlibSync } from 'fflate';
import { rootAttributes, writeAnnData, type OutFile } from './anndata-layout.ts';
import type { OutAttribute, OutGroup, OutNumbers } from './out-tree.ts';

/** Entries of a chunk. */
const chunkEntries = 1 << 18;
const zlibLevel = 4;

type Attributes = Readonly<Record<string, OutAttribute>>;

/** Bytes of a .zarr.zip with these contents. */
export function writeZarr(content: OutFile): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  const root = new ZarrOut(files, '');
  root.describe(rootAttributes);
  writeAnnData(root, content);
  return zipSync(files, { level: 0 });
}

const json = (value: unknown): Uint8Array => strToU8(JSON.stringify(value));

/** A group of a zarr store. */
class ZarrOut implements OutGroup {
  constructor(
    private readonly files: Record<string, Uint8Array>,
    private readonly path: string,
  ) {}

  /** Writes what makes this folder a group. */
  describe(attributes: Attributes): void {
    this.files[`${this.path}.zgroup`] = json({ zarr_format: 2 });
    this.attach(this.path, attributes);
  }

  group(name: string, attributes: Attributes): OutGroup {
    const inner = new ZarrOut(this.files, `${this.path}${name}/`);
    inner.describe(attributes);
    return inner;
  }

  numbers(
    name: string,
    values: OutNumbers | BigInt64Array,
    shape: readonly number[],
    attributes: Attributes = {},
  ): void {
    const rowEntries = Math.max(1, values.length / Math.max(1, shape[0] ?? 1));
    const rows = Math.max(1, Math.min(shape[0] ?? 1, Math.floor(chunkEntries / rowEntries)));
    const chunks = shape.length === 0 ? [] : [rows, ...shape.slice(1).map((n) => Math.max(1, n))];
    const at = this.array(name, { shape, chunks, dtype: dtypeOf(values), filters: null });
    this.attach(at, attributes);
    const perChunk = rows * rowEntries;
    const size = chunks.reduce((product, n) => product * n, 1) * values.BYTES_PER_ELEMENT;
    for (let first = 0, i = 0; first < values.length; first += perChunk, i++) {
      const part = values.subarray(first, Math.min(values.length, first + perChunk));
      // Chunks at the end have the full size too.
      const bytes = new Uint8Array(size);
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      const key = [i, ...shape.slice(1).map(() => 0)].join('.');
      this.files[at + key] = zlibSync(bytes, { level: zlibLevel });
    }
  }

  texts(name: string, values: readonly string[] | string, attributes: Attributes = {}): void {
    const one = typeof values === 'string';
    const list = one ? [values] : values;
    const shape = one ? [] : [list.length];
    const chunks = one ? [] : [Math.max(1, list.length)];
    const at = this.array(name, { shape, chunks, dtype: '|O', filters: [{ id: 'vlen-utf8' }] });
    this.attach(at, attributes);
    if (list.length > 0) this.files[`${at}0`] = zlibSync(packTexts(list), { level: zlibLevel });
  }

  alias(): boolean {
    return false;
  }

  private array(
    name: string,
    facts: {
      readonly shape: readonly number[];
      readonly chunks: readonly number[];
      readonly dtype: string;
      readonly filters: readonly object[] | null;
    },
  ): string {
    const at = `${this.path}${name}/`;
    this.files[`${at}.zarray`] = json({
      zarr_format: 2,
      order: 'C',
      compressor: { id: 'zlib', level: zlibLevel },
      fill_value: facts.dtype === '|O' ? '' : 0,
      ...facts,
    });
    return at;
  }

  private attach(path: string, attributes: Attributes): void {
    if (Object.keys(attributes).length === 0) return;
    const plain = Object.entries(attributes).map(([name, value]) => [
      name,
      value instanceof BigInt64Array ? Array.from(value, Number) : value,
    ]);
    this.files[`${path}.zattrs`] = json(Object.fromEntries(plain));
  }
}

function dtypeOf(values: OutNumbers | BigInt64Array): string {
  if (values instanceof Int8Array) return '|i1';
  if (values instanceof Int16Array) return '<i2';
  if (values instanceof Int32Array) return '<i4';
  if (values instanceof BigInt64Array) return '<i8';
  return values instanceof Float32Array ? '<f4' : '<f8';
}

/** numcodecs' VLenUTF8: the number of texts, then each one's length and bytes; all numbers are 32-bit little-endian. */
function packTexts(texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  const whole = new Uint8Array(4 + parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(whole.buffer);
  view.setUint32(0, parts.length, true);
  let at = 4;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    whole.set(part, at + 4);
    at += 4 + part.length;
  }
  return whole;
}
