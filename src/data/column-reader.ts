/** @file Columns of obs and var in every form in which anndata has written them since 0.5. */
import { StudioError } from '../protocol/errors.ts';
import { damaged, isFinal } from './file-errors.ts';
import type { AttributeValue, NumberArray, TreeReader } from './tree-reader.ts';

/** One column of a table. Missing: code −1, NaN, −1, null. */
export type Column =
  | {
      readonly kind: 'categorical';
      readonly categories: readonly string[];
      readonly codes: Int32Array;
      /** The order of the categories means something. */
      readonly ordered?: true;
    }
  | { readonly kind: 'number'; readonly values: Float64Array; readonly dtype: string }
  /** 1, 0 or −1. `nullable` columns come from pandas' own boolean type. */
  | { readonly kind: 'boolean'; readonly values: Int8Array; readonly nullable: boolean }
  | { readonly kind: 'text'; readonly values: readonly (string | null)[] }
  | { readonly kind: 'unreadable'; readonly why: string };

/** A table's index and columns in the file's order. */
export interface Table {
  readonly indexName: string;
  readonly index: readonly string[];
  readonly columns: ReadonlyMap<string, Column>;
}

const unreadable = (why: string): Column => ({ kind: 'unreadable', why });

/** Reads the table at `path` (obs, var, raw/var, mod/NAME/obs), a group or a compound dataset. Columns never throw: they become unreadable. */
export async function readTable(h5: TreeReader, path: string): Promise<Table> {
  return h5.kind(path) === 'group' ? readGroupTable(h5, path) : readCompoundTable(h5, path);
}

async function readGroupTable(h5: TreeReader, path: string): Promise<Table> {
  const keys = h5.keys(path).filter((key) => key !== '__categories');
  const named = h5.attribute(path, '_index');
  const indexName =
    typeof named === 'string' && keys.includes(named)
      ? named
      : (['_index', 'index'].find((name) => keys.includes(name)) ?? '');
  if (indexName === '') throw new Error(`${path} has no index`);
  if (h5.kind(`${path}/${indexName}`) === 'dataset') await h5.prepare(`${path}/${indexName}`);
  const indexColumn = await readColumn(h5, path, indexName);
  if (indexColumn.kind === 'unreadable') {
    throw damaged(h5.name, `the names in ${path}`, indexColumn.why);
  }
  const index = columnTexts(indexColumn);
  const order = h5.attribute(path, 'column-order');
  const listed = isTextList(order) ? order.filter((name) => keys.includes(name)) : [];
  const rest = keys.filter((key) => key !== indexName && !listed.includes(key));
  const columns = new Map<string, Column>();
  for (const name of [...listed, ...rest]) {
    columns.set(name, checkLength(await readColumn(h5, path, name), index.length));
  }
  return { indexName, index, columns };
}

function isTextList(value: AttributeValue | null): value is readonly string[] {
  return Array.isArray(value);
}

/** Reads one column; only damage of the file itself is thrown, as file-damaged. */
async function readColumn(h5: TreeReader, path: string, name: string): Promise<Column> {
  const at = `${path}/${name}`;
  try {
    if (h5.kind(at) === 'group') return await readGroupColumn(h5, at);
    if (h5.kind(at) === null) return unreadable('a link to another file');
    await h5.prepare(at);
    const column = readPlain(h5, at);
    const legacy = `${path}/__categories/${name}`;
    return column.kind === 'number' && h5.kind(legacy) === 'dataset'
      ? withCategories(h5, column.values, legacy, legacy)
      : column;
  } catch (thrown) {
    if (isFinal(thrown)) throw thrown;
    return unreadable(thrown instanceof StudioError ? thrown.message : 'an unknown form');
  }
}

async function readGroupColumn(h5: TreeReader, at: string): Promise<Column> {
  const encoding = h5.attribute(at, 'encoding-type');
  if (h5.kind(`${at}/codes`) === 'dataset' && h5.kind(`${at}/categories`) !== null) {
    await h5.prepare(`${at}/codes`);
    return withCategories(h5, h5.numbers(`${at}/codes`), `${at}/categories`, at);
  }
  if (h5.kind(`${at}/values`) === 'dataset') {
    await h5.prepare(`${at}/values`);
    const hasMask = h5.kind(`${at}/mask`) === 'dataset';
    if (hasMask) await h5.prepare(`${at}/mask`);
    const mask = hasMask ? h5.numbers(`${at}/mask`) : null;
    return withMask(readPlain(h5, `${at}/values`), mask);
  }
  return unreadable(encoding === 'dataframe' ? 'a nested table' : 'a nested group');
}

function withMask(column: Column, mask: NumberArray | null): Column {
  const missing = (i: number): boolean => mask !== null && mask[i] !== 0;
  switch (column.kind) {
    case 'number':
      return {
        ...column,
        values: column.values.map((v, i) => (missing(i) ? NaN : v)),
        dtype: column.dtype.replace(/^(u?)i/, (_, u) => (u ? 'UI' : 'I')),
      };
    case 'boolean':
      return {
        ...column,
        values: column.values.map((v, i) => (missing(i) ? -1 : v)),
        nullable: true,
      };
    case 'text':
      return { ...column, values: column.values.map((v, i) => (missing(i) ? null : v)) };
    default:
      return column;
  }
}

async function categoryNames(h5: TreeReader, at: string): Promise<readonly string[]> {
  if (h5.kind(at) === 'group') return columnTexts(await readGroupColumn(h5, at));
  await h5.prepare(at);
  return columnTexts(readPlain(h5, at));
}

async function withCategories(
  h5: TreeReader,
  codes: ArrayLike<number>,
  at: string,
  marked: string,
): Promise<Column> {
  const categories = await categoryNames(h5, at);
  const ordered = Number(h5.attribute(marked, 'ordered') ?? 0) === 1;
  const inRange = (code: number): number => (code >= 0 && code < categories.length ? code : -1);
  const column = {
    kind: 'categorical',
    categories,
    codes: Int32Array.from(codes, inRange),
  } as const;
  return ordered ? { ...column, ordered } : column;
}

function readPlain(h5: TreeReader, at: string): Column {
  const shape = h5.shape(at);
  const dtype = h5.dtype(at);
  if (shape.length > 1) return unreadable(`an array of ${shape.length} dimensions`);
  if (dtype === 'string') return { kind: 'text', values: h5.strings(at) };
  if (dtype === 'bool') {
    return { kind: 'boolean', values: Int8Array.from(h5.numbers(at)), nullable: false };
  }
  if (/^u?int|^float(32|64)$/.test(dtype)) {
    return { kind: 'number', values: Float64Array.from(h5.numbers(at)), dtype };
  }
  return unreadable(dtype === 'compound' ? 'a nested table' : `values of type ${dtype}`);
}

function checkLength(column: Column, rows: number): Column {
  if (column.kind === 'unreadable') return column;
  const length = column.kind === 'categorical' ? column.codes.length : column.values.length;
  return length === rows ? column : unreadable(`a list of ${length} values for ${rows} rows`);
}

/** Numbers as Python prints them, so that categories read the same there. */
export function numberText(value: number, dtype: string): string {
  const whole = Number.isInteger(value) && Math.abs(value) < 1e16;
  return dtype.startsWith('float') && whole ? `${value}.0` : String(value);
}

/** A column as one string a row; missing is the empty string. */
export function columnTexts(column: Column): readonly string[] {
  switch (column.kind) {
    case 'categorical':
      return Array.from(column.codes, (code) => (code < 0 ? '' : column.categories[code]));
    case 'number':
      return Array.from(column.values, (value) => numberText(value, column.dtype));
    case 'boolean':
      return Array.from(column.values, (value) => (value < 0 ? '' : value ? 'True' : 'False'));
    case 'text':
      return column.values.map((value) => value ?? '');
    default:
      return [];
  }
}

/** obs and var as anndata < 0.7 wrote them: one compound dataset, categories in uns/NAME_categories. */
async function readCompoundTable(h5: TreeReader, path: string): Promise<Table> {
  await h5.prepare(path);
  const fields = h5.fields(path);
  const rows = h5.records(path);
  const indexName = fields.some((f) => f.name === 'index') ? 'index' : (fields[0]?.name ?? '');
  const columns = new Map<string, Column>();
  let index: readonly string[] = [];
  for (const [position, field] of fields.entries()) {
    const raw = rows.map((row) => row[position]);
    if (field.name === indexName) {
      index = raw.map(String);
      continue;
    }
    const column = compoundColumn(raw, field.dtype, field.shape.length);
    const legacy = path.replace(/[^/]+$/, `uns/${field.name}_categories`);
    const categorical = column.kind === 'number' && h5.kind(legacy) === 'dataset';
    columns.set(
      field.name,
      categorical ? await withCategories(h5, column.values, legacy, legacy) : column,
    );
  }
  return { indexName, index, columns };
}

function compoundColumn(raw: readonly unknown[], dtype: string, dimensions: number): Column {
  if (dimensions > 0) return unreadable('an array in each row');
  if (dtype === 'string') return { kind: 'text', values: raw.map(String) };
  if (dtype === 'bool')
    return { kind: 'boolean', values: Int8Array.from(raw, Number), nullable: false };
  if (dtype === 'other' || dtype === 'compound') return unreadable('a nested table');
  return { kind: 'number', values: Float64Array.from(raw, Number), dtype };
}
