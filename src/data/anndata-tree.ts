/** @file Reads the AnnData layout (obs, var, X, layers, raw, obsm, uns) of any tree: an h5ad, a zarr store, a part of an h5mu. */
import { StudioError } from '../protocol/errors.ts';
import type { CellFile, Embedding } from './cell-file.ts';
import { readTable, type Table } from './column-reader.ts';
import { emptyFile, isFinal } from './file-errors.ts';
import type { MatrixStore } from './matrix-parts.ts';
import { describeMatrix } from './matrix-store.ts';
import type { TreeReader } from './tree-reader.ts';

/**
 * Reads tables and finds matrices below `root` ('' or 'mod/NAME/').
 * Errors: file-damaged, empty-file.
 */
export async function readAnnData(tree: TreeReader, format: string, root = ''): Promise<CellFile> {
  const obs = await readTable(tree, `${root}obs`);
  const variables = await readTable(tree, `${root}var`);
  const cells = obs.index.length;
  const genes = variables.index.length;
  if (cells === 0) throw emptyFile(tree.name, 'It holds no cells.');
  if (genes === 0) throw emptyFile(tree.name, 'It holds no genes.');
  const warnings = unreadableColumns(obs);
  const rawVarPath = ['raw/var', 'raw.var'].find((path) => tree.kind(root + path) !== null);
  const rawVar = rawVarPath === undefined ? null : await readTable(tree, root + rawVarPath);
  const rawPath = tree.kind(`${root}raw`) === 'group' ? 'raw/X' : 'raw.X';
  const candidates: readonly (readonly [string, string, number])[] = [
    ['X', 'X', genes],
    ...tree.keys(`${root}layers`).map((key) => [`layers/${key}`, `layers/${key}`, genes] as const),
    ['raw/X', rawPath, rawVar?.index.length ?? genes],
  ];
  const matrices: MatrixStore[] = [];
  for (const [where, path, width] of candidates) {
    const store = await describeSafely(tree, where, root + path);
    if (store === null) continue;
    const problem = typeof store === 'string' ? store : shapeProblem(store, cells, width);
    if (problem === null && typeof store !== 'string') matrices.push(store);
    else warnings.push(`${where} was skipped. ${problem} Everything else was read.`);
  }
  if (tree.kind(`${root}X`) === null && matrices.length === 0) {
    warnings.push('The file has no X.');
  }
  const obsm = findEmbeddings(tree, `${root}obsm`, cells);
  return {
    name: tree.name,
    bytes: tree.bytes,
    format,
    parts: [],
    part: null,
    obs,
    var: variables,
    rawVar,
    matrices,
    obsm,
    warnings,
    embedding: (key) => readEmbeddingOf(tree, `${root}obsm`, obsm, key),
    colours: (name, needed) => readColoursOf(tree, `${root}uns/${name}_colors`, needed),
    madeHere: isMadeHere(tree, root),
    close: () => tree.close(),
  };
}

/** Whether there is a note of this program on how it made the cells. */
export function isMadeHere(tree: TreeReader, root: string): boolean {
  return tree.kind(`${root}uns/cellsmith`) === 'group';
}

async function describeSafely(
  tree: TreeReader,
  where: string,
  path: string,
): Promise<MatrixStore | string | null> {
  try {
    return await describeMatrix(tree, where, path);
  } catch (thrown) {
    if (where === 'X' || !(thrown instanceof StudioError) || isFinal(thrown)) throw thrown;
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

function findEmbeddings(tree: TreeReader, path: string, cells: number): Map<string, Embedding> {
  const found = new Map<string, Embedding>();
  if (tree.kind(path) === 'dataset') {
    for (const { name, shape } of tree.fields(path)) {
      found.set(name, { shape: [cells, shape[0] ?? 1], readable: true });
    }
    return found;
  }
  for (const key of tree.keys(path)) {
    const embedding = describeEmbedding(tree, `${path}/${key}`, cells);
    if (embedding) found.set(key, embedding);
  }
  return found;
}

function describeEmbedding(tree: TreeReader, path: string, cells: number): Embedding | null {
  if (tree.kind(path) === 'dataset') {
    const shape = tree.shape(path);
    const numeric = /^u?int|^float(32|64)$/.test(tree.dtype(path));
    if (shape.length !== 2) return null;
    return { shape: [shape[0], shape[1]], readable: numeric && shape[0] === cells };
  }
  const shape = tree.attribute(path, 'shape');
  if (typeof shape === 'object' && shape !== null && shape.length === 2) {
    return { shape: [Number(shape[0]), Number(shape[1])], readable: false };
  }
  const columns = tree.attribute(path, 'column-order');
  const width = Array.isArray(columns) ? columns.length : 0;
  return { shape: [cells, width], readable: false };
}

async function readEmbeddingOf(
  tree: TreeReader,
  path: string,
  obsm: ReadonlyMap<string, Embedding>,
  key: string,
): Promise<Float32Array | null> {
  if (obsm.get(key)?.readable !== true) return null;
  if (tree.kind(path) === 'dataset') {
    const position = tree.fields(path).findIndex((field) => field.name === key);
    const rows = tree.records(path).map((row) => row[position]);
    return Float32Array.from(rows.flat(2), Number);
  }
  await tree.prepare(`${path}/${key}`);
  return Float32Array.from(tree.numbers(`${path}/${key}`));
}

/** Colours as #rrggbb, at least `needed` of them, or null. */
function readColoursOf(tree: TreeReader, path: string, needed: number): readonly string[] | null {
  if (tree.kind(path) !== 'dataset' || tree.dtype(path) !== 'string') return null;
  try {
    const colours = tree.strings(path).map(toHex);
    if (colours.length < needed || colours.some((colour) => colour === null)) return null;
    return colours.slice(0, needed) as string[];
  } catch (thrown) {
    if (isFinal(thrown)) throw thrown;
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
