/** @file An open HDF5 file as plain numbers and strings: no big integers, no h5wasm objects, named errors. */
import type { Attribute, Dataset, Entity, File as HdfFile, Group, Metadata } from 'h5wasm';
import { StudioError } from '../protocol/errors.ts';
import { filterPlugins } from './filter-plugin.ts';
import { endedModules, type H5Backend, type H5Source, type MountedFile } from './h5-backend.ts';
import {
  changedOnDisk,
  cutOff,
  damaged,
  emptyFile,
  endedReader,
  notACellFile,
  unknownFilter,
} from './file-errors.ts';
import { headBytes, recognise } from './recognise.ts';
import type { AttributeValue, CompoundField, NumberArray, TreeReader } from './tree-reader.ts';

/** HDF5's own filters (deflate, shuffle, fletcher32, szip, nbit, scale-offset): no plugin needed. */
const builtInFilters = 6;

/** Deflate packs at most 1032 to 1, so a bigger claim is damage; a few million values do no harm either way. */
function mostElements(bytes: number): number {
  return Math.max(5_000_000, Math.min(1032 * bytes, 250_000_000));
}

const classes = { integer: 0, float: 1, string: 3, compound: 6, enumeration: 8, array: 10 };

/** Random access to one HDF5 file. Reads throw `file-damaged`; ask `kind` before reading what may be missing. */
export class H5Reader implements TreeReader {
  private readonly entities = new Map<string, Entity | null>();

  private constructor(
    private readonly backend: H5Backend,
    private readonly mounted: MountedFile,
    private readonly file: HdfFile,
  ) {}

  /** Opens a source. Errors: not-h5ad (not HDF5 at all), file-damaged, empty-file. */
  static async open(backend: H5Backend, source: H5Source): Promise<H5Reader> {
    const mounted = await backend.mount(source);
    try {
      const found = recognise(await mounted.head(headBytes), mounted.bytes);
      if (found.type === 'empty') throw emptyFile(mounted.name, 'The file has no bytes.');
      if (found.type === 'other') throw notACellFile(mounted.name, found.whatItIs, found.advice);
      if (found.expectedBytes !== null && found.expectedBytes > mounted.bytes) {
        throw cutOff(mounted.name, mounted.bytes, found.expectedBytes);
      }
      const file = withErrors(backend, () => new backend.File(mounted.path, 'r'));
      return new H5Reader(backend, mounted, file);
    } catch (thrown) {
      const refused = mounted.failure();
      mounted.release();
      if (thrown instanceof StudioError) throw thrown;
      if (refused !== null) throw changedOnDisk(mounted.name, refused);
      throw damaged(mounted.name, 'its index', String(thrown));
    }
  }

  /** File name for a person. */
  get name(): string {
    return this.mounted.name;
  }

  get bytes(): number {
    return this.mounted.bytes;
  }

  close(): void {
    if (!endedModules.has(this.backend.module)) this.file.close();
    this.mounted.release();
  }

  /** What lies at a path; null when nothing readable does. */
  kind(path: string): 'group' | 'dataset' | null {
    const entity = this.entity(path);
    if (entity === null || !('type' in entity)) return null;
    const type: string = entity.type;
    return type === 'Group' ? 'group' : type === 'Dataset' ? 'dataset' : null;
  }

  /** Names inside a group; empty when there is no such group. */
  keys(path: string): readonly string[] {
    return this.kind(path) === 'group' ? (this.entity(path) as Group).keys() : [];
  }

  /** An attribute of a group or dataset, or null. */
  attribute(path: string, name: string): AttributeValue | null {
    const entity = this.entity(path);
    if (!entity || !('attrs' in entity)) return null;
    const attributes = entity.attrs;
    if (!Object.hasOwn(attributes, name)) return null;
    return this.guard(`${path}, attribute ${name}`, () => attributeValue(attributes[name]));
  }

  /** Shape of a dataset; empty for a scalar. */
  shape(path: string): readonly number[] {
    return this.dataset(path).shape ?? [];
  }

  /** numpy-style name of the element type; also 'string', 'bool', 'compound', 'other'. */
  dtype(path: string): string {
    return dtypeName(this.dataset(path).metadata);
  }

  /** Fields of a compound dataset. */
  fields(path: string): readonly CompoundField[] {
    const members = this.dataset(path).metadata.compound_type?.members ?? [];
    return members.map((member) => ({
      name: member.name,
      dtype: dtypeName(member.array_type ?? member),
      shape: member.array_type?.shape ?? [],
    }));
  }

  /** All numbers of a numeric or boolean dataset, row-major. */
  numbers(path: string): NumberArray {
    this.checkSize(path);
    return this.toNumbers(this.read(path));
  }

  /** Numbers of the rows `from … to − 1`. */
  block(path: string, from: number, to: number): NumberArray {
    return this.toNumbers(this.read(path, from, to));
  }

  private toNumbers(values: unknown): NumberArray {
    if (typeof values === 'number' || typeof values === 'bigint') {
      return Float64Array.of(Number(values));
    }
    return plainNumbers(values) ?? new Float64Array(0);
  }

  /** Strings of a one-dimensional (or scalar) string dataset. */
  strings(path: string): readonly string[] {
    this.checkSize(path);
    const values = this.read(path);
    if (typeof values === 'string') return [values];
    return Array.isArray(values) ? values.map(String) : [];
  }

  /** Rows of a compound dataset; array fields are nested arrays. */
  records(path: string): readonly (readonly unknown[])[] {
    this.checkSize(path);
    const values = this.read(path);
    return Array.isArray(values) ? (values as unknown[][]) : [];
  }

  /** Makes the filters of a dataset available. Error: file-damaged naming the filter. Call before reading it. */
  async prepare(path: string): Promise<void> {
    for (const filter of this.dataset(path).filters) {
      if (filter.id <= builtInFilters) continue;
      const plugin = filterPlugins[filter.id];
      if (plugin && (await this.backend.installFilter(plugin))) continue;
      throw unknownFilter(this.name, path, plugin ?? (filter.name || `filter ${filter.id}`));
    }
  }

  /** As `prepare`: HDF5 reads parts of any dataset. */
  prepareBlocks(path: string): Promise<void> {
    return this.prepare(path);
  }

  /** A shape may claim what the file cannot hold; such a dataset must not be given memory. */
  private checkSize(path: string): void {
    const elements = this.shape(path).reduce((product, n) => product * n, 1);
    if (elements <= mostElements(this.bytes)) return;
    throw damaged(this.name, path, `${elements} values claimed in ${this.bytes} bytes`);
  }

  private read(path: string, from?: number, to?: number): unknown {
    const dataset = this.dataset(path);
    if (dataset.shape?.some((n) => n === 0)) return [];
    const all = from === undefined || to === undefined;
    return this.guard(path, () => (all ? dataset.value : dataset.slice([[from, to]])));
  }

  private dataset(path: string): Dataset {
    if (this.kind(path) !== 'dataset') throw damaged(this.name, path, 'no such dataset');
    return this.entity(path) as Dataset;
  }

  private entity(path: string): Entity | null {
    if (endedModules.has(this.backend.module)) {
      throw endedReader(this.name, path, 'the reader has ended');
    }
    const known = this.entities.get(path);
    if (known !== undefined) return known;
    // HDF5 fails, instead of finding nothing, when a path leads through a dataset.
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const reachable = parent === '' || this.kind(parent) === 'group';
    const entity = reachable ? this.guard(path, () => this.file.get(path)) : null;
    this.entities.set(path, entity);
    return entity;
  }

  private guard<T>(part: string, call: () => T): T {
    try {
      return withErrors(this.backend, call);
    } catch (thrown) {
      const refused = this.mounted.failure();
      if (refused !== null) throw changedOnDisk(this.name, refused);
      const cause = String(thrown).slice(0, 2000);
      throw endedModules.has(this.backend.module)
        ? endedReader(this.name, part, cause)
        : damaged(this.name, part, cause);
    }
  }
}

/** HDF5 reports failed reads by status codes that h5wasm ignores; inside `call` they are exceptions instead. */
function withErrors<T>(backend: H5Backend, call: () => T): T {
  const { module } = backend;
  if (endedModules.has(module)) throw new Error('the reader has ended');
  module.activate_throwing_error_handler();
  try {
    return call();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError || /^Aborted\(/.test(String(thrown))) {
      endedModules.add(module);
    }
    throw thrown;
  } finally {
    if (!endedModules.has(module)) module.deactivate_throwing_error_handler();
  }
}

function dtypeName(metadata: Metadata): string {
  const bits = metadata.size * 8;
  switch (metadata.type) {
    case classes.integer:
      return `${metadata.signed ? 'int' : 'uint'}${bits}`;
    case classes.float:
      return `float${bits}`;
    case classes.string:
      return 'string';
    case classes.compound:
      return 'compound';
    case classes.enumeration:
      return 'FALSE' in (metadata.enum_type?.members ?? {}) ? 'bool' : `int${bits}`;
    default:
      return 'other';
  }
}

function plainNumbers(values: unknown): NumberArray | null {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return Float64Array.from(values, Number);
  }
  if (values instanceof Uint8ClampedArray) return Uint8Array.from(values);
  if (ArrayBuffer.isView(values)) return values as NumberArray;
  if (Array.isArray(values)) return Float64Array.from(values, Number);
  return null;
}

function attributeValue(attribute: Attribute): AttributeValue | null {
  const value: unknown = attribute.value;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (Array.isArray(value)) return value.every((v) => typeof v === 'string') ? value : null;
  return plainNumbers(value);
}
