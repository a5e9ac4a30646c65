/** @file 10x HDF5 files, version 2 (a group for each genome) and 3 (one matrix with typed features). Source: Cell Ranger's "HDF5 feature-barcode matrix format". */
import type { FilePart } from '../protocol/dataset.ts';
import { bareFile, type CellFile } from './cell-file.ts';
import { joinColumns } from '../numerics/csr-join.ts';
import { columnTexts, type Column, type Table } from './column-reader.ts';
import { readCsr } from './csr-reading.ts';
import { chooseFeatures } from './feature-types.ts';
import { emptyFile, formatCount, notAnnData } from './file-errors.ts';
import { sparseStore } from './matrix-store.ts';
import { storeOfCsr, type MatrixStore } from './matrix-parts.ts';
import type { TreeReader } from './tree-reader.ts';

const isMatrix = (tree: TreeReader, group: string): boolean =>
  tree.kind(`${group}/indptr`) === 'dataset' || tree.kind(`${group}/barcodes`) === 'dataset';

/** Whether the groups at the root hold matrices as Cell Ranger writes them. */
export function isTenX(tree: TreeReader): boolean {
  return tree.keys('/').some((group) => isMatrix(tree, group));
}

/** Reads one feature type (version 3) or genome (version 2): the one asked for, else gene expression, else the first. */
export async function readTenX(tree: TreeReader, part: string | null): Promise<CellFile> {
  return isMatrix(tree, 'matrix') ? readFeatures(tree, part) : readGenome(tree, part);
}

/** The part in which all genomes stand side by side. */
const everyGenome = 'all genomes';

async function readGenome(tree: TreeReader, part: string | null): Promise<CellFile> {
  const genomes = tree.keys('/').filter((group) => isMatrix(tree, group));
  const sizes = genomes.map((name) =>
    tree.kind(`${name}/genes`) === 'dataset' ? (tree.shape(`${name}/genes`)[0] ?? 0) : 0,
  );
  const parts = genomes.map((name, i) => ({
    name,
    label: `${name}, ${formatCount(sizes[i])} genes`,
  }));
  const total = sizes.reduce((sum, n) => sum + n, 0);
  parts.push({ name: everyGenome, label: `All genomes, ${formatCount(total)} genes` });
  const read = (name: string): Promise<Group> =>
    readGroup(tree, name, `${name}/`, { names: 'gene_names', ids: 'genes' });
  if (part === everyGenome && genomes.length > 1) {
    const groups: (Group & { readonly name: string })[] = [];
    for (const name of genomes) groups.push({ name, ...(await read(name)) });
    return assemble(tree, { ...(await joinGenomes(tree, groups)), parts, chosen: everyGenome });
  }
  const chosen = part !== null && genomes.includes(part) ? part : genomes[0];
  return assemble(tree, {
    ...(await read(chosen)),
    parts: genomes.length > 1 ? parts : [],
    chosen,
  });
}

/** All genomes side by side, cells matched by their barcodes; a cell that a genome lacks has no counts of it. */
async function joinGenomes(
  tree: TreeReader,
  groups: readonly (Group & { readonly name: string })[],
): Promise<Group> {
  const cells = [...new Set(groups.flatMap((group) => group.cells))];
  const row = new Map(cells.map((name, i) => [name, i]));
  const matrices = [];
  for (const group of groups) matrices.push(await readCsr(group.store));
  const joined = joinColumns(
    matrices,
    groups.map((group) => Int32Array.from(group.cells, (name) => row.get(name) ?? -1)),
    cells.length,
  );
  const texts = (of: (group: (typeof groups)[number]) => readonly string[]): Column => ({
    kind: 'text',
    values: groups.flatMap(of),
  });
  const columns = new Map<string, Column>([
    ['genome', texts(({ genes, name }) => genes.index.map(() => name))],
  ]);
  if (groups.every(({ genes }) => genes.columns.has('gene_ids'))) {
    const ids = ({ genes }: Group): readonly string[] => {
      const column = genes.columns.get('gene_ids');
      return column ? columnTexts(column) : [];
    };
    columns.set('gene_ids', texts(ids));
  }
  return {
    store: storeOfCsr('X', tree.name, 'int32', joined),
    cells,
    genes: { indexName: '_index', index: groups.flatMap(({ genes }) => genes.index), columns },
    warnings: groups.flatMap(({ warnings }) => warnings),
  };
}

async function readFeatures(tree: TreeReader, part: string | null): Promise<CellFile> {
  const group = await readGroup(tree, 'matrix', 'matrix/features/', { names: 'name', ids: 'id' });
  const columns = new Map(group.genes.columns);
  for (const key of tree.keys('matrix/features')) {
    const wanted = !['name', 'id', '_all_tag_keys'].includes(key) && !columns.has(key);
    const column = wanted ? await readTexts(tree, `matrix/features/${key}`) : null;
    if (column?.length === group.genes.index.length) {
      columns.set(key, { kind: 'text', values: column });
    }
  }
  const genes = { ...group.genes, columns };
  return assemble(tree, { ...group, ...chooseFeatures(group.store, genes, part) });
}

interface Group {
  readonly store: MatrixStore;
  readonly cells: readonly string[];
  readonly genes: Table;
  readonly warnings: readonly string[];
}

async function readGroup(
  tree: TreeReader,
  group: string,
  features: string,
  keys: { readonly names: string; readonly ids: string },
): Promise<Group> {
  for (const name of ['data', 'indices', 'indptr', 'shape']) {
    if (tree.kind(`${group}/${name}`) !== 'dataset') {
      throw notAnnData(tree.name, `it holds a 10x matrix without ${name}`);
    }
    await tree.prepareBlocks(`${group}/${name}`);
  }
  const [rows, columns] = tree.numbers(`${group}/shape`);
  const store = sparseStore(tree, 'X', group, 'csr', [columns ?? 0, rows ?? 0]);
  if (typeof store === 'string') throw notAnnData(tree.name, `its 10x matrix is odd. ${store}`);
  const [cells, genes] = store.shape;
  if (cells === 0) throw emptyFile(tree.name, 'It holds no cells.');
  if (genes === 0) throw emptyFile(tree.name, 'It holds no genes.');
  const warnings: string[] = [];
  const barcodes = await namesOf(tree, `${group}/barcodes`, cells, 'Cell', warnings);
  const ids = await readTexts(tree, features + keys.ids);
  const given = await readTexts(tree, features + keys.names);
  const path = features + (given?.length === genes ? keys.names : keys.ids);
  const index = await namesOf(tree, path, genes, 'Gene', warnings);
  const own = new Map<string, Column>();
  if (ids?.length === genes) own.set('gene_ids', { kind: 'text', values: ids });
  return { store, cells: barcodes, genes: { indexName: '_index', index, columns: own }, warnings };
}

async function readTexts(tree: TreeReader, path: string): Promise<readonly string[] | null> {
  if (tree.kind(path) !== 'dataset' || tree.dtype(path) !== 'string') return null;
  await tree.prepare(path);
  return tree.strings(path);
}

/** The names at `path`, or numbers where there is not one for each. */
async function namesOf(
  tree: TreeReader,
  path: string,
  wanted: number,
  what: string,
  warnings: string[],
): Promise<readonly string[]> {
  const found = await readTexts(tree, path);
  if (found?.length === wanted) return found;
  warnings.push(`The file does not name its ${what.toLowerCase()}s. They are numbered here.`);
  return Array.from({ length: wanted }, (_, i) => `${what} ${i + 1}`);
}

function assemble(
  tree: TreeReader,
  read: Group & { readonly parts: readonly FilePart[]; readonly chosen: string | null },
): CellFile {
  return {
    ...bareFile,
    name: tree.name,
    bytes: tree.bytes,
    format: '10x HDF5',
    parts: read.parts.length > 1 ? read.parts : [],
    part: read.parts.length > 1 ? read.chosen : null,
    obs: { indexName: '_index', index: read.cells, columns: new Map() },
    var: read.genes,
    matrices: [read.store],
    warnings: read.warnings,
    close: () => tree.close(),
  };
}
