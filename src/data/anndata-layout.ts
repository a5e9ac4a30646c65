/** @file Lays out a file of cells as anndata 0.8 and newer write it, in any store: X, layers, obs, var, obsm, uns. */
import { csrNnz, type CsrMatrix } from '../numerics/csr.ts';
import type { UnsValue, WriteColumn } from '../protocol/dataset.ts';
import type { OutAttribute, OutGroup } from './out-tree.ts';

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
  /** Whole numbers, cells × genes; they stand in layers['counts'], and in X unless `X` is given. */
  readonly counts: CsrMatrix;
  /** What stands in X instead of the counts. */
  readonly X?: CsrMatrix;
  readonly obs: OutTable;
  readonly var: OutTable;
  readonly obsm: ReadonlyMap<string, { readonly dims: number; readonly values: Float32Array }>;
  readonly uns: Readonly<Record<string, UnsValue>>;
}

type Attributes = Readonly<Record<string, OutAttribute>>;

/** The attributes that name an encoding. */
export function encoding(type: string, version = '0.2.0'): Attributes {
  return { 'encoding-type': type, 'encoding-version': version };
}

/** Attributes of the root. */
export const rootAttributes = encoding('anndata', '0.1.0');

/** Writes everything into the root of a store. */
export function writeAnnData(root: OutGroup, content: OutFile): void {
  writeCsr(root, 'X', content.X ?? content.counts);
  writeTable(root, 'obs', content.obs);
  writeTable(root, 'var', content.var);
  const layers = dict(root, 'layers');
  const same = content.X === undefined && layers.alias('X', 'counts');
  if (!same) writeCsr(layers, 'counts', content.counts);
  const obsm = dict(root, 'obsm');
  for (const [key, { dims, values }] of content.obsm) {
    obsm.numbers(safeName(key), values, [content.obs.index.length, dims], encoding('array'));
  }
  for (const empty of ['obsp', 'varm', 'varp']) dict(root, empty);
  writeDict(dict(root, 'uns'), content.uns);
}

/** A name without '/', which a store would take as a path. */
export function safeName(name: string): string {
  return name.replaceAll('/', '_');
}

function dict(parent: OutGroup, name: string): OutGroup {
  return parent.group(name, encoding('dict', '0.1.0'));
}

/** Writes a tree of plain values. */
export function writeDict(group: OutGroup, values: Readonly<Record<string, UnsValue>>): void {
  for (const [key, value] of Object.entries(values)) writeUns(group, safeName(key), value);
}

function writeUns(group: OutGroup, name: string, value: UnsValue): void {
  if (typeof value === 'string' || typeof value === 'boolean') {
    // An integer would not say that it is a boolean.
    const text = value === true ? 'True' : value === false ? 'False' : value;
    group.texts(name, text, encoding('string'));
  } else if (typeof value === 'number') {
    const whole = Number.isSafeInteger(value);
    const data = whole ? BigInt64Array.of(BigInt(value)) : Float64Array.of(value);
    group.numbers(name, data, [], encoding('numeric-scalar'));
  } else if (!Array.isArray(value)) {
    writeDict(dict(group, name), value as Readonly<Record<string, UnsValue>>);
  } else if (value.length > 0 && value.every((item) => typeof item === 'string')) {
    group.texts(name, value, encoding('string-array'));
  } else {
    group.numbers(name, Float64Array.from(value, Number), [value.length], encoding('array'));
  }
}

function writeCsr(parent: OutGroup, name: string, matrix: CsrMatrix): void {
  const nnz = csrNnz(matrix);
  if (nnz >= 2 ** 31) throw new RangeError('more than 2^31 counts');
  const shape = BigInt64Array.of(BigInt(matrix.rows), BigInt(matrix.cols));
  const group = parent.group(name, { ...encoding('csr_matrix', '0.1.0'), shape });
  group.numbers('data', matrix.values.subarray(0, nnz), [nnz]);
  group.numbers('indices', Int32Array.from(matrix.indices.subarray(0, nnz)), [nnz]);
  group.numbers('indptr', Int32Array.from(matrix.indptr), [matrix.rows + 1]);
}

/** Writes obs or var. */
export function writeTable(parent: OutGroup, name: string, table: OutTable): void {
  const indexName = safeName(table.indexName);
  const columns = [...table.columns]
    .map(([key, column]) => [safeName(key), column] as const)
    .filter(([key]) => key !== indexName);
  const group = parent.group(name, {
    ...encoding('dataframe'),
    _index: indexName,
    'column-order': columns.map(([key]) => key),
  });
  group.texts(indexName, table.index, encoding('string-array'));
  for (const [key, column] of columns) writeColumn(group, key, column);
}

function writeColumn(group: OutGroup, name: string, column: OutColumn): void {
  if (column.kind === 'text') return group.texts(name, column.values, encoding('string-array'));
  if (column.kind !== 'categorical') {
    return group.numbers(name, column.values, [column.values.length], encoding('array'));
  }
  const ordered = column.ordered === true;
  const inner = group.group(name, { ordered, ...encoding('categorical') });
  inner.texts('categories', column.categories, encoding('string-array'));
  const codes =
    column.categories.length < 128
      ? Int8Array.from(column.codes)
      : column.categories.length < 32768
        ? Int16Array.from(column.codes)
        : column.codes;
  inner.numbers('codes', codes, [codes.length], encoding('array'));
}
