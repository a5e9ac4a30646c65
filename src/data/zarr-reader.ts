/** @file A zarr store (version 2 or 3, as a folder or a zip) as a tree of groups and arrays. */
import * as zarr from 'zarrita';
import { StudioError } from '../protocol/errors.ts';
import { damaged } from './file-errors.ts';
import type { FileTree } from './file-tree.ts';
import type { AttributeValue, CompoundField, NumberArray, TreeReader } from './tree-reader.ts';

interface Node {
  readonly kind: 'group' | 'dataset';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: string;
}

const metadataName = /(^|\/)(\.zarray|\.zgroup|\.zattrs|zarr\.json)$/;

/** Folder of the outermost zarr group in a tree, '' or ending in '/'; null when there is none. */
export function zarrRoot(tree: FileTree): string | null {
  const folders = tree.names
    .filter((name) => /(^|\/)(\.zgroup|zarr\.json)$/.test(name))
    .map((name) => name.replace(/[^/]*$/, ''))
    .sort((a, b) => a.length - b.length);
  return folders[0] ?? null;
}

/** Random access to a zarr store. Metadata is read at opening, arrays when prepared. */
export class ZarrReader implements TreeReader {
  private readonly loaded = new Map<string, unknown>();

  private constructor(
    private readonly tree: FileTree,
    private readonly root: string,
    private readonly version: 2 | 3,
    private readonly nodes: ReadonlyMap<string, Node>,
  ) {}

  /** Reads the metadata of the store below `root`. Error: file-damaged. */
  static async open(tree: FileTree, root: string): Promise<ZarrReader> {
    const version = tree.names.includes(`${root}zarr.json`) ? 3 : 2;
    const documents = new Map<string, Readonly<Record<string, unknown>>>();
    for (const name of tree.names) {
      if (!name.startsWith(root) || !metadataName.test(name)) continue;
      documents.set(name.slice(root.length), await readJson(tree, name));
    }
    const nodes = version === 3 ? nodesOf3(documents) : nodesOf2(documents);
    return new ZarrReader(tree, root, version, nodes);
  }

  get name(): string {
    return this.tree.name;
  }

  get bytes(): number {
    return this.tree.bytes;
  }

  close(): void {
    this.loaded.clear();
  }

  kind(path: string): 'group' | 'dataset' | null {
    return this.nodes.get(trim(path))?.kind ?? null;
  }

  keys(path: string): readonly string[] {
    const prefix = trim(path) === '' ? '' : `${trim(path)}/`;
    const found: string[] = [];
    for (const name of this.nodes.keys()) {
      if (!name.startsWith(prefix) || name === '') continue;
      const rest = name.slice(prefix.length);
      if (rest !== '' && !rest.includes('/')) found.push(rest);
    }
    return found.sort();
  }

  attribute(path: string, name: string): AttributeValue | null {
    const attributes = this.nodes.get(trim(path))?.attributes ?? {};
    const value = Object.hasOwn(attributes, name) ? attributes[name] : null;
    if (typeof value === 'string' || typeof value === 'number') return value;
    if (typeof value === 'boolean') return Number(value);
    if (!Array.isArray(value)) return null;
    if (value.every((item) => typeof item === 'string')) return value;
    return value.every((item) => typeof item === 'number') ? Float64Array.from(value) : null;
  }

  shape(path: string): readonly number[] {
    return this.nodes.get(trim(path))?.shape ?? [];
  }

  dtype(path: string): string {
    return this.nodes.get(trim(path))?.dtype ?? 'other';
  }

  fields(): readonly CompoundField[] {
    return [];
  }

  records(): readonly (readonly unknown[])[] {
    return [];
  }

  async prepare(path: string): Promise<void> {
    const at = trim(path);
    if (this.loaded.has(at) || !/^(u?int|float|bool|string)/.test(this.dtype(at))) return;
    const elements = this.shape(at).reduce((product, n) => product * n, 1);
    if (elements > mostElements) {
      throw damaged(this.name, at, `${elements} values claimed in ${this.bytes} bytes`);
    }
    this.loaded.set(at, await this.read(at, null));
  }

  prepareBlocks(): Promise<void> {
    return Promise.resolve();
  }

  numbers(path: string): NumberArray {
    return plainNumbers(this.loaded.get(trim(path)));
  }

  strings(path: string): readonly string[] {
    const values = this.loaded.get(trim(path));
    if (typeof values === 'string') return [values];
    const list = values as Iterable<unknown> | undefined;
    return list === undefined
      ? []
      : Array.from(list, (value) => (typeof value === 'string' ? value : ''));
  }

  async block(path: string, from: number, to: number): Promise<NumberArray> {
    return plainNumbers(await this.read(trim(path), [from, to]));
  }

  /** Values of an array, or of some of its rows. */
  private async read(path: string, rows: readonly [number, number] | null): Promise<unknown> {
    if (this.shape(path).some((n) => n === 0)) return [];
    // zarrita takes a path for a URL, in which a blank or # means something else.
    const at = zarr.root(new TreeStore(this.tree, `${this.root}${path}/`));
    try {
      const array =
        this.version === 3
          ? await zarr.open.v3(at, { kind: 'array' })
          : await zarr.open.v2(at, { kind: 'array' });
      const rest = this.shape(path)
        .slice(1)
        .map(() => null);
      const found: unknown =
        rows === null
          ? await zarr.get(array)
          : await zarr.get(array, [zarr.slice(rows[0], rows[1]), ...rest]);
      return isChunk(found) ? inRowOrder(found) : found;
    } catch (thrown) {
      if (thrown instanceof StudioError) throw thrown;
      throw damaged(this.name, path, String(thrown).slice(0, 500));
    }
  }
}

/** The files of a tree as zarrita asks for them. Shards are asked for in parts, so the last file is kept. */
class TreeStore {
  private last: { readonly key: string; readonly bytes: Uint8Array | undefined } | null = null;

  constructor(
    private readonly tree: FileTree,
    private readonly root: string,
  ) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    if (this.last?.key !== key) {
      this.last = { key, bytes: (await this.tree.read(this.root + key.slice(1))) ?? undefined };
    }
    return this.last.bytes;
  }

  async getRange(
    key: string,
    range: { readonly offset: number; readonly length: number } | { readonly suffixLength: number },
  ): Promise<Uint8Array | undefined> {
    const bytes = await this.get(key);
    return 'suffixLength' in range
      ? bytes?.slice(Math.max(0, bytes.length - range.suffixLength))
      : bytes?.slice(range.offset, range.offset + range.length);
  }
}

interface ZarrChunk {
  readonly data: ArrayLike<unknown> & { get?(index: number): unknown };
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

function isChunk(value: unknown): value is ZarrChunk {
  return typeof value === 'object' && value !== null && 'data' in value && 'stride' in value;
}

/** The values row by row; arrays may be stored column by column. */
function inRowOrder({ data, shape, stride }: ZarrChunk): unknown {
  if (shape.length !== 2 || stride[1] === 1 || shape[0] === 1) return data;
  const [rows, cols] = shape;
  const turned = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const at = r * stride[0] + c * stride[1];
      turned[r * cols + c] = Number(data.get ? data.get(at) : data[at]);
    }
  }
  return turned;
}

/** A chunk of a zarr array may stand for any number of equal values; more than this is not believed. */
const mostElements = 100_000_000;

const trim = (path: string): string => path.replace(/^\/+|\/+$/g, '');

async function readJson(tree: FileTree, name: string): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await tree.read(name);
  try {
    // Python writes NaN as a fill value, which JSON does not know.
    const text = new TextDecoder().decode(bytes ?? new Uint8Array()).replace(/\bNaN\b/g, 'null');
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw damaged(tree.name, name, 'not a JSON document');
}

type Documents = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

const folderOf = (name: string): string => trim(name.replace(/[^/]*$/, ''));

const shapeOf = (value: unknown): readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
    ? (value as number[])
    : [];

function nodesOf2(documents: Documents): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const [name, document] of documents) {
    const folder = folderOf(name);
    const attributes = documents.get(folder === '' ? '.zattrs' : `${folder}/.zattrs`) ?? {};
    if (name.endsWith('.zarray')) {
      const dtype = dtypeOf2(String(document['dtype']), JSON.stringify(document['filters'] ?? ''));
      nodes.set(folder, { kind: 'dataset', attributes, shape: shapeOf(document['shape']), dtype });
    } else if (name.endsWith('.zgroup')) {
      nodes.set(folder, { kind: 'group', attributes, shape: [], dtype: 'other' });
    }
  }
  return nodes;
}

const kinds: Readonly<Record<string, string>> = { i: 'int', u: 'uint', f: 'float' };

function dtypeOf2(dtype: string, filters: string): string {
  const [, kind, size] = /^[<>|]([biufOUS])(\d*)$/.exec(dtype) ?? [];
  if (kind === 'b') return 'bool';
  if (kind === 'U' || kind === 'S') return 'string';
  if (kind === 'O') return filters.includes('vlen-utf8') ? 'string' : 'other';
  return kind === undefined || kinds[kind] === undefined
    ? 'other'
    : `${kinds[kind]}${Number(size) * 8}`;
}

function nodesOf3(documents: Documents): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const [name, document] of documents) {
    if (!name.endsWith('zarr.json')) continue;
    const attributes = (document['attributes'] ?? {}) as Readonly<Record<string, unknown>>;
    const type = document['data_type'];
    const kind = document['node_type'] === 'array' ? 'dataset' : 'group';
    const dtype = typeof type === 'string' ? type : 'other';
    nodes.set(folderOf(name), { kind, attributes, shape: shapeOf(document['shape']), dtype });
  }
  return nodes;
}

function plainNumbers(values: unknown): NumberArray {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return Float64Array.from(values, Number);
  }
  if (ArrayBuffer.isView(values)) return values as NumberArray;
  if (typeof values === 'number' || typeof values === 'bigint' || typeof values === 'boolean') {
    return Float64Array.of(Number(values));
  }
  return Float64Array.from((values ?? []) as Iterable<unknown>, Number);
}
