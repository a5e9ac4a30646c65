/** @file An open h5ad file: its tables, its matrices and its maps, found but not yet read. */
import { StudioError } from '../protocol/errors.ts';
import { columnTexts, readTable, type Column, type Table } from './column-reader.ts';
import { damaged, emptyFile, notAnnData } from './file-errors.ts';
import type { H5Backend, H5Source } from './h5-backend.ts';
import { H5Reader } from './h5-reader.ts';
import { isLibraryName, type LibraryColumn } from './log-undo.ts';
import { describeMatrix, type MatrixStore } from './matrix-store.ts';

/** A matrix in obsm. Tables have a shape but no `values`. */
export interface Embedding {
  readonly shape: readonly [number, number];
  readonly readable: boolean;
}

/** An h5ad file opened for reading. Open it with `openH5ad`, close it when done. */
export interface H5adFile {
  readonly h5: H5Reader;
  readonly obs: Table;
  readonly var: Table;
  /** var of raw.X, when raw is there. */
  readonly rawVar: Table | null;
  /** X, layers and raw.X as far as they can be read. */
  readonly matrices: readonly MatrixStore[];
  readonly obsm: ReadonlyMap<string, Embedding>;
  /** Sentences about what was left out. */
  readonly warnings: readonly string[];
}

/** Opens and checks a file. Errors: not-h5ad, file-damaged, empty-file. */
export async function openH5ad(backend: H5Backend, source: H5Source): Promise<H5adFile> {
  const h5 = await H5Reader.open(backend, source);
  try {
    return await inspect(h5);
  } catch (thrown) {
    h5.close();
    if (thrown instanceof StudioError) throw thrown;
    throw damaged(h5.name, 'its tables', String(thrown));
  }
}

async function inspect(h5: H5Reader): Promise<H5adFile> {
  checkLayout(h5);
  const obs = await readTable(h5, 'obs');
  const variables = await readTable(h5, 'var');
  const cells = obs.index.length;
  const genes = variables.index.length;
  if (cells === 0) throw emptyFile(h5.name, 'It holds no cells.');
  if (genes === 0) throw emptyFile(h5.name, 'It holds no genes.');
  const warnings = unreadableColumns(obs);
  const rawVarPath = ['raw/var', 'raw.var'].find((path) => h5.kind(path) !== null);
  const rawVar = rawVarPath === undefined ? null : await readTable(h5, rawVarPath);
  const rawPath = h5.kind('raw') === 'group' ? 'raw/X' : 'raw.X';
  const candidates: readonly (readonly [string, string, number])[] = [
    ['X', 'X', genes],
    ...h5.keys('layers').map((key) => [`layers/${key}`, `layers/${key}`, genes] as const),
    ['raw/X', rawPath, rawVar?.index.length ?? genes],
  ];
  const matrices: MatrixStore[] = [];
  for (const [where, path, width] of candidates) {
    const store = await describeSafely(h5, where, path);
    if (store === null) continue;
    const problem = typeof store === 'string' ? store : shapeProblem(store, cells, width);
    if (problem === null && typeof store !== 'string') matrices.push(store);
    else warnings.push(`${where} was skipped. ${problem} Everything else was read.`);
  }
  if (h5.kind('X') === null && matrices.length === 0) warnings.push('The file has no X.');
  return { h5, obs, var: variables, rawVar, matrices, obsm: findEmbeddings(h5, cells), warnings };
}

function checkLayout(h5: H5Reader): void {
  const has = (path: string): boolean => h5.kind(path) !== null;
  const isTable = has('obs') && has('var');
  if (isTable && (has('X') || !has('mod'))) return;
  if (has('mod')) {
    const parts = h5.keys('mod').join(', ');
    throw notAnnData(h5.name, `it holds several modalities (${parts}), as an .h5mu file does`);
  }
  if (has('matrix/barcodes') || h5.keys('/').some((key) => has(`${key}/barcodes`))) {
    throw notAnnData(h5.name, 'it holds a 10x matrix');
  }
  if (has('row_attrs') && has('col_attrs')) throw notAnnData(h5.name, 'it is a loom file');
  throw notAnnData(h5.name, 'it has no tables of cells (obs) and genes (var)');
}

async function describeSafely(
  h5: H5Reader,
  where: string,
  path: string,
): Promise<MatrixStore | string | null> {
  try {
    return await describeMatrix(h5, where, path);
  } catch (thrown) {
    if (where === 'X' || !(thrown instanceof StudioError)) throw thrown;
    return thrown.message;
  }
}

function shapeProblem(store: MatrixStore, cells: number, genes: number): string | null {
  const [rows, cols] = store.shape;
  if (rows === cells && cols === genes) return null;
  return `It has ${rows} × ${cols} values for ${cells} cells and ${genes} genes.`;
}

function unreadableColumns(obs: Table): string[] {
  const lines: string[] = [];
  for (const [name, column] of obs.columns) {
    if (column.kind !== 'unreadable') continue;
    lines.push(
      `obs['${name}'] was skipped. It is stored as ${column.why}, which cannot be read yet.`,
    );
  }
  return lines;
}

function findEmbeddings(h5: H5Reader, cells: number): Map<string, Embedding> {
  const found = new Map<string, Embedding>();
  if (h5.kind('obsm') === 'dataset') {
    for (const { name, shape } of h5.fields('obsm')) {
      found.set(name, { shape: [cells, shape[0] ?? 1], readable: true });
    }
    return found;
  }
  for (const key of h5.keys('obsm')) {
    const embedding = describeEmbedding(h5, `obsm/${key}`, cells);
    if (embedding) found.set(key, embedding);
  }
  return found;
}

function describeEmbedding(h5: H5Reader, path: string, cells: number): Embedding | null {
  if (h5.kind(path) === 'dataset') {
    const shape = h5.shape(path);
    const numeric = /^u?int|^float(32|64)$/.test(h5.dtype(path));
    if (shape.length !== 2) return null;
    return { shape: [shape[0], shape[1]], readable: numeric && shape[0] === cells };
  }
  const shape = h5.attribute(path, 'shape');
  if (typeof shape === 'object' && shape !== null && shape.length === 2) {
    return { shape: [Number(shape[0]), Number(shape[1])], readable: false };
  }
  const columns = h5.attribute(path, 'column-order');
  const width = Array.isArray(columns) ? columns.length : 0;
  return { shape: [cells, width], readable: false };
}

/** Values of an embedding, row-major [cells · dims], or null if it cannot be read. */
export async function readEmbedding(file: H5adFile, key: string): Promise<Float32Array | null> {
  const embedding = file.obsm.get(key);
  if (!embedding?.readable) return null;
  if (file.h5.kind('obsm') === 'dataset') {
    const position = file.h5.fields('obsm').findIndex((field) => field.name === key);
    const rows = file.h5.records('obsm').map((row) => row[position]);
    return Float32Array.from(rows.flat(2), Number);
  }
  await file.h5.prepare(`obsm/${key}`);
  return Float32Array.from(file.h5.numbers(`obsm/${key}`));
}

/** The table of genes that belongs to a matrix. */
export function genesOf(file: H5adFile, where: string): Table {
  return where === 'raw/X' && file.rawVar !== null ? file.rawVar : file.var;
}

/** Number columns of obs that may hold each cell's total count. */
export function libraryColumns(obs: Table): readonly LibraryColumn[] {
  const list: LibraryColumn[] = [];
  for (const [name, column] of obs.columns) {
    if (column.kind === 'number' && isLibraryName(name)) list.push({ name, values: column.values });
  }
  return list;
}

/** `uns['NAME_colors']` as #rrggbb, at least `needed` of them, or null. */
export function readColours(h5: H5Reader, name: string, needed: number): readonly string[] | null {
  const path = `uns/${name}_colors`;
  if (h5.kind(path) !== 'dataset' || h5.dtype(path) !== 'string') return null;
  try {
    const colours = h5.strings(path).map(toHex);
    if (colours.length < needed || colours.some((colour) => colour === null)) return null;
    return colours.slice(0, needed) as string[];
  } catch {
    return null;
  }
}

function toHex(colour: string): string | null {
  if (/^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(colour)) return colour.slice(0, 7).toLowerCase();
  if (/^#[0-9a-f]{3}$/i.test(colour)) {
    return `#${[...colour.slice(1)].map((c) => c + c).join('')}`.toLowerCase();
  }
  return null;
}

/** A column as categories: text, booleans and categoricals; null for the rest. Text categories are sorted. */
export function asCategorical(
  column: Column,
): { readonly categories: readonly string[]; readonly codes: Int32Array } | null {
  if (column.kind === 'categorical') return column;
  if (column.kind === 'boolean') {
    return { categories: ['False', 'True'], codes: Int32Array.from(column.values) };
  }
  if (column.kind !== 'text') return null;
  const categories = [...new Set(column.values.filter((v) => v !== null))].sort();
  const code = new Map(categories.map((name, i) => [name, i]));
  const texts = columnTexts(column);
  const codes = Int32Array.from(texts, (text, i) =>
    column.values[i] === null ? -1 : (code.get(text) ?? -1),
  );
  return { categories, codes };
}
