/** @file Writes an h5ad file that anndata ≥ 0.9, scanpy and Seurat's readers open: counts in X, the same counts in layers. */
import type { File as HdfFile, Group } from 'h5wasm';
import { csrNnz, type CsrMatrix } from '../numerics/csr.ts';
import type { UnsValue, WriteColumn } from '../protocol/dataset.ts';
import type { H5Backend } from './h5-backend.ts';

/** A column as it is written. Missing: code −1, NaN. */
export type OutColumn =
  | WriteColumn
  | { readonly kind: 'double'; readonly values: Float64Array }
  | { readonly kind: 'text'; readonly values: readonly string[] };

/** A table as it is written. */
export interface OutTable {
  readonly indexName: string;
  readonly index: readonly string[];
  readonly columns: ReadonlyMap<string, OutColumn>;
}

/** Everything in a file. */
export interface OutFile {
  /** Whole numbers, cells × genes. */
  readonly counts: CsrMatrix;
  readonly obs: OutTable;
  readonly var: OutTable;
  readonly obsm: ReadonlyMap<string, { readonly dims: number; readonly values: Float32Array }>;
  readonly uns: Readonly<Record<string, UnsValue>>;
}

type Numbers = Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** Entries per compressed chunk. */
const chunkEntries = 65536;

/** Bytes of an h5ad file with these contents. Throws what HDF5 reports. */
export function writeH5ad(backend: H5Backend, content: OutFile): Uint8Array {
  const path = backend.scratchPath();
  backend.module.activate_throwing_error_handler();
  try {
    const file = new backend.File(path, 'w');
    try {
      writeRoot(file, content);
    } finally {
      file.close();
    }
  } finally {
    backend.module.deactivate_throwing_error_handler();
  }
  return backend.takeScratch(path);
}

function writeRoot(file: HdfFile, content: OutFile): void {
  encode(file, 'anndata', '0.1.0');
  writeCounts(file, content.counts);
  writeTable(file, 'obs', content.obs);
  writeTable(file, 'var', content.var);
  const layers = createDict(file, 'layers');
  layers.create_hard_link('/X', 'counts');
  const obsm = createDict(file, 'obsm');
  for (const [key, { dims, values }] of content.obsm) {
    const rows = content.obs.index.length;
    writeArray(obsm, safeName(key), values, [rows, dims]);
  }
  for (const empty of ['obsp', 'varm', 'varp']) createDict(file, empty);
  writeDict(createDict(file, 'uns'), content.uns);
}

/** A name without '/', which HDF5 would take as a path. */
export function safeName(name: string): string {
  return name.replaceAll('/', '_');
}

function encode(target: Pick<Group, 'create_attribute'>, type: string, version: string): void {
  target.create_attribute('encoding-type', type, null, 'S');
  target.create_attribute('encoding-version', version, null, 'S');
}

function createDict(parent: Group, name: string): Group {
  const group = parent.create_group(name);
  encode(group, 'dict', '0.1.0');
  return group;
}

function writeDict(group: Group, values: Readonly<Record<string, UnsValue>>): void {
  for (const [key, value] of Object.entries(values)) writeUns(group, safeName(key), value);
}

function writeUns(group: Group, name: string, value: UnsValue): void {
  if (typeof value === 'string' || typeof value === 'boolean') {
    // h5wasm has no HDF5 booleans; an integer would not say that it is one.
    const text = value === true ? 'True' : value === false ? 'False' : value;
    encode(group.create_dataset({ name, data: text, shape: [], dtype: 'S' }), 'string', '0.2.0');
  } else if (typeof value === 'number') {
    const whole = Number.isSafeInteger(value);
    const data = whole ? BigInt64Array.of(BigInt(value)) : Float64Array.of(value);
    const dataset = group.create_dataset({ name, data, shape: [], dtype: whole ? '<q' : '<d' });
    encode(dataset, 'numeric-scalar', '0.2.0');
  } else if (!Array.isArray(value)) {
    writeDict(createDict(group, name), value as Readonly<Record<string, UnsValue>>);
  } else if (value.length > 0 && value.every((item) => typeof item === 'string')) {
    writeStrings(group, name, value);
  } else {
    writeArray(group, name, Float64Array.from(value, Number), [value.length]);
  }
}

function writeStrings(group: Group, name: string, values: readonly string[]): void {
  const data = [...values];
  const dataset = group.create_dataset({ name, data, shape: [data.length], dtype: 'S' });
  encode(dataset, 'string-array', '0.2.0');
}

/** A numeric array, in gzip chunks when it is worth it. */
function writeArray(
  group: Group,
  name: string,
  values: Numbers,
  shape: readonly number[],
  encoded = true,
): void {
  const args = { name, data: values, shape: [...shape] };
  const rowEntries = Math.max(1, values.length / Math.max(1, shape[0]));
  const rows = Math.min(shape[0], Math.max(1, Math.floor(chunkEntries / rowEntries)));
  const chunked = { ...args, chunks: [rows, ...shape.slice(1)], compression: 'gzip' as const };
  const dataset = group.create_dataset(values.length > 64 ? chunked : args);
  if (encoded) encode(dataset, 'array', '0.2.0');
}

function writeCounts(file: HdfFile, counts: CsrMatrix): void {
  const group = file.create_group('X');
  encode(group, 'csr_matrix', '0.1.0');
  const shape = BigInt64Array.of(BigInt(counts.rows), BigInt(counts.cols));
  group.create_attribute('shape', shape, [2], '<q');
  const nnz = csrNnz(counts);
  if (nnz >= 2 ** 31) throw new RangeError('more than 2^31 counts');
  writeArray(group, 'data', counts.values.subarray(0, nnz), [nnz], false);
  writeArray(group, 'indices', Int32Array.from(counts.indices.subarray(0, nnz)), [nnz], false);
  writeArray(group, 'indptr', Int32Array.from(counts.indptr), [counts.rows + 1], false);
}

function writeTable(file: HdfFile, name: string, table: OutTable): void {
  const group = file.create_group(name);
  encode(group, 'dataframe', '0.2.0');
  const indexName = safeName(table.indexName);
  group.create_attribute('_index', indexName, null, 'S');
  writeStrings(group, indexName, table.index);
  const columns = [...table.columns]
    .map(([key, column]) => [safeName(key), column] as const)
    .filter(([key]) => key !== indexName);
  const order = columns.map(([key]) => key);
  // HDF5 takes no empty list of strings; anndata itself stores an empty list of numbers here.
  group.create_attribute('column-order', order, [order.length], order.length > 0 ? 'S' : '<d');
  for (const [key, column] of columns) writeColumn(group, key, column);
}

function writeColumn(group: Group, name: string, column: OutColumn): void {
  if (column.kind === 'text') return writeStrings(group, name, column.values);
  if (column.kind !== 'categorical') {
    return writeArray(group, name, column.values, [column.values.length]);
  }
  const inner = group.create_group(name);
  encode(inner, 'categorical', '0.2.0');
  inner.create_attribute('ordered', 0, null, '<b');
  writeStrings(inner, 'categories', column.categories);
  const codes =
    column.categories.length < 128
      ? Int8Array.from(column.codes)
      : column.categories.length < 32768
        ? Int16Array.from(column.codes)
        : column.codes;
  writeArray(inner, 'codes', codes, [codes.length]);
}
