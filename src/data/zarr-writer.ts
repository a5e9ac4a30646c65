/** @file Writes a zarr store (version 2) of the AnnData layout as one zip file, block by block. Source: zarr specification, version 2. */
import { zlibSync } from 'fflate';
import { csrNnz, type CsrMatrix } from '../numerics/csr.ts';
import {
  encoding,
  rootAttributes,
  safeName,
  writeDict,
  writeTable,
  type OutFile,
} from './anndata-layout.ts';
import { MemoryFile, type ByteFile } from './byte-file.ts';
import type { CellBlock, StreamEnd } from './cell-stream.ts';
import { logNormalised } from './export-content.ts';
import { ChunkedValues, RowStarts, type GrowingValues } from './growing.ts';
import type { OutAttribute, OutGroup, OutNumbers } from './out-tree.ts';
import { ZipWriter } from './zip-writer.ts';

/** Entries of a chunk. */
const chunkEntries = 1 << 18;
/** Texts of a chunk. */
const chunkTexts = 1 << 16;
const zlibLevel = 4;

type Attributes = Readonly<Record<string, OutAttribute>>;

/** Bytes of a .zarr.zip with these contents. */
export function writeZarr(content: OutFile): Uint8Array {
  const file = new MemoryFile();
  const archive = new ZarrArchive(file, content.counts.cols, content.X !== undefined);
  archive.add({ counts: content.counts, obsm: Object.fromEntries(content.obsm) }, content.X);
  archive.finish(content);
  return file.content();
}

/** The archive while it grows. */
export class ZarrArchive {
  private readonly zip: ZipWriter;
  private readonly root: ZarrOut;
  private readonly obsm: ZarrOut;
  private readonly X: GrowingCsr;
  /** Null while X holds the counts: what is packed for one is stored for both. */
  private readonly counts: GrowingCsr | null;
  private readonly maps = new Map<string, GrowingArray>();

  /** @param log whether X holds log1p of counts per ten thousand instead of the counts */
  constructor(
    file: ByteFile,
    private readonly genes: number,
    private readonly log: boolean,
  ) {
    this.zip = new ZipWriter(file);
    this.root = new ZarrOut(this.zip, '');
    this.root.describe(rootAttributes);
    const dict = (name: string): ZarrOut => this.root.group(name, encoding('dict', '0.1.0'));
    const [X, counts] = [this.root.place('X'), dict('layers').place('counts')];
    this.X = new GrowingCsr(log ? [X] : [X, counts]);
    this.counts = log ? new GrowingCsr([counts]) : null;
    this.obsm = dict('obsm');
    for (const empty of ['obsp', 'varm', 'varp']) dict(empty);
  }

  /** Adds cells. @param X what stands in X, if it was calculated already */
  add({ counts, obsm }: CellBlock, X?: CsrMatrix): void {
    this.X.append(X ?? (this.log ? logNormalised(counts) : counts));
    this.counts?.append(counts);
    for (const [key, { dims, values }] of Object.entries(obsm)) {
      let map = this.maps.get(key);
      if (!map) {
        map = new GrowingArray([this.obsm], safeName(key), 'float32', dims);
        this.maps.set(key, map);
      }
      map.append(values);
    }
  }

  /** Writes the tables and the archive's directory. */
  finish({ obs, var: genes, uns }: StreamEnd): void {
    this.X.finish(this.genes);
    this.counts?.finish(this.genes);
    for (const map of this.maps.values()) map.finish(encoding('array'));
    writeTable(this.root, 'obs', obs);
    writeTable(this.root, 'var', genes);
    writeDict(this.root.group('uns', encoding('dict', '0.1.0')), uns);
    this.zip.finish();
  }
}

/** A sparse matrix that grows by rows. */
class GrowingCsr {
  private readonly data: GrowingArray;
  private readonly indices: GrowingArray;
  private readonly starts = new RowStarts();

  /** @param groups where it is stored, in each the same */
  constructor(private readonly groups: readonly ZarrOut[]) {
    this.data = new GrowingArray(groups, 'data', 'float32', 0);
    this.indices = new GrowingArray(groups, 'indices', 'int32', 0);
  }

  append(block: CsrMatrix): void {
    const nnz = csrNnz(block);
    this.data.append(block.values, nnz);
    this.indices.append(block.indices, nnz);
    this.starts.append(block);
  }

  finish(cols: number): void {
    this.data.finish();
    this.indices.finish();
    const indptr = this.starts.indptr();
    const shape = BigInt64Array.of(BigInt(this.starts.rows), BigInt(cols));
    for (const group of this.groups) {
      group.numbers('indptr', indptr, [indptr.length]);
      group.describe({ ...encoding('csr_matrix', '0.1.0'), shape });
    }
  }
}

/** An array that grows by rows; its description is written at the end, as entries of a zip stand in any order. */
class GrowingArray {
  private readonly values: ChunkedValues;
  private readonly chunkRows: number;
  private chunks = 0;
  private entries = 0;
  private rest: GrowingValues | null = null;

  /** @param width entries of a row; 0 for a list of numbers */
  constructor(
    private readonly groups: readonly ZarrOut[],
    private readonly name: string,
    private readonly kind: 'float32' | 'int32',
    private readonly width: number,
  ) {
    this.chunkRows = Math.max(1, Math.floor(chunkEntries / Math.max(1, width)));
    const full = this.chunkRows * Math.max(1, width);
    this.values = new ChunkedValues(kind, full, (chunk) => {
      if (chunk.length === full) this.write(chunk, full);
      else this.rest = chunk;
    });
  }

  append(values: Float32Array | Uint32Array, count = values.length): void {
    this.values.append(values, count);
    this.entries += count;
  }

  finish(attributes: Attributes = {}): void {
    this.values.flush();
    const side = Math.max(1, this.width);
    const rows = this.entries / side;
    // A short array is one chunk of its own length; the last of several has the full length.
    const chunkRows = this.chunks === 0 ? Math.max(1, rows) : this.chunkRows;
    if (this.rest) this.write(this.rest, chunkRows * side);
    const whole = this.width === 0 ? [rows] : [rows, this.width];
    const chunks = this.width === 0 ? [chunkRows] : [chunkRows, this.width];
    const dtype = this.kind === 'int32' ? '<i4' : '<f4';
    for (const group of this.groups) {
      group.array(this.name, { shape: whole, chunks, dtype, filters: null }, attributes);
    }
  }

  private write(chunk: GrowingValues, entries: number): void {
    const key = this.width === 0 ? String(this.chunks) : `${this.chunks}.0`;
    this.chunks++;
    const packed = packChunk(chunk, entries);
    for (const group of this.groups) group.store(`${this.name}/${key}`, packed);
  }
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

interface ArrayFacts {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly dtype: string;
  readonly filters: readonly object[] | null;
}

/** A group of a zarr store. */
class ZarrOut implements OutGroup {
  constructor(
    private readonly zip: ZipWriter,
    private readonly path: string,
  ) {}

  /** Writes what makes this folder a group. */
  describe(attributes: Attributes): void {
    this.zip.add(`${this.path}.zgroup`, json({ zarr_format: 2 }));
    this.attach(this.path, attributes);
  }

  /** A group that will be described later. */
  place(name: string): ZarrOut {
    return new ZarrOut(this.zip, `${this.path}${name}/`);
  }

  group(name: string, attributes: Attributes): ZarrOut {
    const inner = this.place(name);
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
    this.array(name, { shape, chunks, dtype: dtypeOf(values), filters: null }, attributes);
    const perChunk = rows * rowEntries;
    for (let first = 0, i = 0; first < values.length; first += perChunk, i++) {
      const part = values.subarray(first, Math.min(values.length, first + perChunk));
      const key = [i, ...shape.slice(1).map(() => 0)].join('.');
      this.store(`${name}/${key}`, packChunk(part, perChunk));
    }
  }

  texts(name: string, values: readonly string[] | string, attributes: Attributes = {}): void {
    const one = typeof values === 'string';
    const list = one ? [values] : values;
    const perChunk = Math.max(1, Math.min(chunkTexts, list.length));
    this.array(
      name,
      {
        shape: one ? [] : [list.length],
        chunks: one ? [] : [perChunk],
        dtype: '|O',
        filters: [{ id: 'vlen-utf8' }],
      },
      attributes,
    );
    for (let first = 0, i = 0; first < list.length; first += perChunk, i++) {
      const part = list.slice(first, first + perChunk);
      // Chunks at the end have as many texts as the others.
      while (part.length < perChunk) part.push('');
      this.store(`${name}/${i}`, packed(packTexts(part)));
    }
  }

  alias(): boolean {
    return false;
  }

  /** Writes packed bytes. */
  store(path: string, bytes: Uint8Array): void {
    this.zip.add(this.path + path, bytes);
  }

  /** Writes what describes an array. */
  array(name: string, facts: ArrayFacts, attributes: Attributes): void {
    const at = `${this.path}${name}/`;
    const described = {
      zarr_format: 2,
      order: 'C',
      compressor: { id: 'zlib', level: zlibLevel },
      fill_value: facts.dtype === '|O' ? '' : 0,
      ...facts,
    };
    this.zip.add(`${at}.zarray`, json(described));
    this.attach(at, attributes);
  }

  private attach(path: string, attributes: Attributes): void {
    if (Object.keys(attributes).length === 0) return;
    const plain = Object.entries(attributes).map(([name, value]) => [
      name,
      value instanceof BigInt64Array ? Array.from(value, Number) : value,
    ]);
    this.zip.add(`${path}.zattrs`, json(Object.fromEntries(plain)));
  }
}

const packed = (bytes: Uint8Array): Uint8Array => zlibSync(bytes, { level: zlibLevel });

/** One chunk, filled up with zeros to `entries`. */
function packChunk(part: OutNumbers | BigInt64Array, entries: number): Uint8Array {
  const bytes = new Uint8Array(entries * part.BYTES_PER_ELEMENT);
  bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return packed(bytes);
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
