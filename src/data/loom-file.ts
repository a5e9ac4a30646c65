/** @file loom files: genes × cells, attributes of rows and columns. Source: the loom file format specification 3.0. */
import { bareFile, type CellFile, type Embedding } from './cell-file.ts';
import type { Column, Table } from './column-reader.ts';
import { emptyFile, notAnnData } from './file-errors.ts';
import { denseParts, type MatrixStore } from './matrix-parts.ts';
import type { TreeReader } from './tree-reader.ts';

/** Whether the tree is laid out as loom. */
export function isLoom(tree: TreeReader): boolean {
  return tree.kind('row_attrs') === 'group' && tree.kind('col_attrs') === 'group';
}

const cellNames = /^(cell_?ids?|cell_?names?|barcodes?|obs_names|cells?|_index|index)$/i;
const geneNames = /^(genes?|gene_?names?|symbols?|gene_?symbols?|var_names|_index|index)$/i;
const geneIds = /^(accession|gene_?ids?|ensembl\w*)$/i;

/** Reads a loom file. Errors: not-h5ad, empty-file, file-damaged. */
export async function readLoom(tree: TreeReader): Promise<CellFile> {
  if (tree.kind('matrix') !== 'dataset' || tree.shape('matrix').length !== 2) {
    throw notAnnData(tree.name, 'it is a loom file without a matrix');
  }
  const [genes, cells] = tree.shape('matrix');
  if (cells === 0) throw emptyFile(tree.name, 'It holds no cells.');
  if (genes === 0) throw emptyFile(tree.name, 'It holds no genes.');
  const warnings: string[] = [];
  const obs = await readAttributes(tree, 'col_attrs', cells, [cellNames], 'Cell', warnings);
  const own = await readAttributes(
    tree,
    'row_attrs',
    genes,
    [geneNames, geneIds],
    'Gene',
    warnings,
  );
  const matrices: MatrixStore[] = [];
  const paths = ['matrix', ...tree.keys('layers').map((name) => `layers/${name}`)];
  for (const path of paths) {
    const where = path === 'matrix' ? 'X' : path;
    const store = await describe(tree, where, path, cells, genes);
    if (typeof store !== 'string') matrices.push(store);
    else warnings.push(`${where} was skipped. ${store} Everything else was read.`);
  }
  const maps = findMaps(tree, obs.table);
  return {
    ...bareFile,
    name: tree.name,
    bytes: tree.bytes,
    format: 'loom',
    obs: obs.table,
    var: own.table,
    matrices,
    obsm: new Map<string, Embedding>([
      ...[...obs.wide].map(
        ([key, dims]) => [key, { shape: [cells, dims], readable: true }] as const,
      ),
      ...[...maps.keys()].map((key) => [key, { shape: [cells, 2], readable: true }] as const),
    ]),
    warnings,
    embedding: async (key) => {
      const values = maps.get(key);
      if (values) return values;
      if (!obs.wide.has(key)) return null;
      await tree.prepare(`col_attrs/${key}`);
      return Float32Array.from(tree.numbers(`col_attrs/${key}`));
    },
    close: () => tree.close(),
  };
}

async function describe(
  tree: TreeReader,
  where: string,
  path: string,
  cells: number,
  genes: number,
): Promise<MatrixStore | string> {
  const shape = tree.shape(path);
  if (shape[0] !== genes || shape[1] !== cells || shape.length !== 2) {
    return `It has ${shape.join(' × ')} values for ${genes} genes and ${cells} cells.`;
  }
  const dtype = tree.dtype(path);
  if (!/^u?int(8|16|32|64)$|^float(32|64)$/.test(dtype)) return `It is stored as ${dtype}.`;
  await tree.prepareBlocks(path);
  return {
    where,
    kind: 'dense',
    byColumn: true,
    dtype,
    shape: [cells, genes],
    stored: cells * genes,
    columns: null,
    parts: denseParts(tree, path),
  };
}

interface Attributes {
  readonly table: Table;
  /** Attributes of several numbers a row, with how many. */
  readonly wide: ReadonlyMap<string, number>;
}

async function readAttributes(
  tree: TreeReader,
  group: string,
  rows: number,
  nameRules: readonly RegExp[],
  what: string,
  warnings: string[],
): Promise<Attributes> {
  const columns = new Map<string, Column>();
  const wide = new Map<string, number>();
  for (const name of tree.keys(group)) {
    const path = `${group}/${name}`;
    if (tree.kind(path) !== 'dataset') continue;
    const shape = tree.shape(path);
    if (shape.length === 2 && shape[0] === rows && shape[1] > 1) wide.set(name, shape[1]);
    else columns.set(name, await readColumn(tree, path, rows));
  }
  const named = nameRules
    .flatMap((rule) => [...columns.keys()].filter((name) => rule.test(name)))
    .find((name) => columns.get(name)?.kind === 'text');
  const column = named === undefined ? undefined : columns.get(named);
  if (named !== undefined && column?.kind === 'text') {
    columns.delete(named);
    return {
      table: { indexName: named, index: column.values.map((value) => value ?? ''), columns },
      wide,
    };
  }
  warnings.push(`The file does not name its ${what.toLowerCase()}s. They are numbered here.`);
  const index = Array.from({ length: rows }, (_, i) => `${what} ${i + 1}`);
  return { table: { indexName: '_index', index, columns }, wide };
}

async function readColumn(tree: TreeReader, path: string, rows: number): Promise<Column> {
  const shape = tree.shape(path);
  const flat = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!flat || shape[0] !== rows) {
    return { kind: 'unreadable', why: `an array of ${shape.join(' × ')} values` };
  }
  await tree.prepare(path);
  const dtype = tree.dtype(path);
  if (dtype === 'string') return { kind: 'text', values: tree.strings(path) };
  if (dtype === 'bool') {
    return { kind: 'boolean', values: Int8Array.from(tree.numbers(path)), nullable: false };
  }
  if (!/^u?int|^float/.test(dtype)) return { kind: 'unreadable', why: `values of type ${dtype}` };
  return { kind: 'number', values: Float64Array.from(tree.numbers(path)), dtype };
}

/** Maps kept as two columns: "X" and "Y", or "_UMAP_1" and "_UMAP_2". */
function findMaps(tree: TreeReader, obs: Table): ReadonlyMap<string, Float32Array> {
  const maps = new Map<string, Float32Array>();
  const pairs: readonly (readonly [string, RegExp, RegExp])[] = [
    ['X_umap', /^_?umap_?(1|x)$/i, /^_?umap_?(2|y)$/i],
    ['X_tsne', /^_?tsne_?(1|x)$/i, /^_?tsne_?(2|y)$/i],
    ['X_pca', /^_?pca?_?1$/i, /^_?pca?_?2$/i],
  ];
  const find = (rule: RegExp): Float64Array | null => {
    const name = [...obs.columns.keys()].find((key) => rule.test(key));
    const column = name === undefined ? undefined : obs.columns.get(name);
    return column?.kind === 'number' ? column.values : null;
  };
  for (const [key, first, second] of pairs) {
    const x = find(first);
    const y = find(second);
    if (x === null || y === null || tree.kind(`col_attrs/${key}`) !== null) continue;
    maps.set(
      key,
      Float32Array.from({ length: 2 * x.length }, (_, i) => (i % 2 ? y : x)[i >> 1]),
    );
  }
  return maps;
}
