/** @file Opens whatever a person gives: tells the format by content, unpacks, and joins labels that lie beside. */
import { StudioError } from '../protocol/errors.ts';
import { readAnnData } from './anndata-tree.ts';
import type { CellFile } from './cell-file.ts';
import { damaged, emptyFile, notACellFile } from './file-errors.ts';
import {
  collect,
  isContent,
  plainStream,
  treeOfBlobs,
  unpacked,
  type FileTree,
} from './file-tree.ts';
import type { Given, GivenFile, H5Backend, H5Source } from './h5-backend.ts';
import { openH5ad } from './h5ad-file.ts';
import { takeColumn } from './h5mu-file.ts';
import { matrixMarketFiles, readMatrixMarket } from './matrix-market.ts';
import { headBytes, recognise, type Recognised } from './recognise.ts';
import { readLabels, readTextTable } from './text-table.ts';
import { openZip } from './zip-archive.ts';
import { ZarrReader, zarrRoot } from './zarr-reader.ts';

/** What a gzip file may unpack to. */
const largestUnpacked = 8_000_000_000;

/**
 * Opens one file, several that belong together, or a folder. Errors: not-h5ad, file-damaged, empty-file, too-big.
 *
 * @param part which of several parts to read; null takes the usual one
 */
export async function openCells(
  backend: H5Backend,
  given: Given,
  part: string | null = null,
): Promise<CellFile> {
  const files = (await backend.files(given)).filter(({ path }) => isContent(path));
  if (files.length === 0) throw emptyFile('The folder', 'It holds no files.');
  try {
    return files.length === 1
      ? await openOne(backend, files[0], part)
      : await openSeveral(backend, files, part);
  } catch (thrown) {
    throw thrown instanceof StudioError
      ? thrown
      : damaged(lastName(files[0].path), 'it', String(thrown).slice(0, 500));
  }
}

const lastName = (path: string): string => path.replace(/^.*\//, '');

async function headOf(blob: Blob): Promise<Recognised> {
  return recognise(new Uint8Array(await blob.slice(0, headBytes).arrayBuffer()), blob.size);
}

async function openOne(
  backend: H5Backend,
  file: GivenFile,
  part: string | null,
): Promise<CellFile> {
  const name = lastName(file.path);
  const found = await headOf(file.blob);
  if (found.type !== 'other' || found.holds === undefined) {
    return openH5ad(backend, file.source, part);
  }
  if (found.holds === 'zip') return openTree(backend, await openZip(name, file.blob), part);
  const tree = treeOfBlobs(name, [{ path: name, blob: file.blob }]);
  if (found.holds === 'gzip') return openPacked(backend, tree, name, file.blob, part);
  if (found.holds === 'table') return readTextTable(tree, name, part);
  return (await readMatrixMarket(renamed(tree, `${name}.mtx`), part)).file;
}

/** The tree's one file under another name, for readers that go by names. */
function renamed(tree: FileTree, name: string): FileTree {
  const [own] = tree.names;
  if (/\.mtx(\.gz)?$/i.test(own)) return tree;
  return {
    ...tree,
    names: [name],
    stream: () => tree.stream(own),
    read: () => tree.read(own),
  };
}

async function openPacked(
  backend: H5Backend,
  tree: FileTree,
  path: string,
  blob: Blob,
  part: string | null,
): Promise<CellFile> {
  const inner = await recognisePacked(blob);
  const name = lastName(path).replace(/\.gz$/i, '');
  if (inner.type === 'empty') throw emptyFile(tree.name, 'Its content has no bytes.');
  if (inner.type === 'hdf5') {
    const content = await unpackedBlob(tree.name, blob);
    const file = await openH5ad(backend, new File([content], name), part);
    return { ...file, name: tree.name, bytes: blob.size };
  }
  const packed = /\.gz$/i.test(path) ? path : `${path}.gz`;
  const named: FileTree = { ...tree, names: [packed], stream: () => tree.stream(path) };
  if (inner.holds === 'matrix-market') {
    const matrix = /\.mtx\.gz$/i.test(packed) ? packed : packed.replace(/\.gz$/i, '.mtx.gz');
    return (await readMatrixMarket({ ...named, names: [matrix] }, part)).file;
  }
  if (inner.holds === 'table') return readTextTable(named, packed, part);
  throw notACellFile(tree.name, `${inner.whatItIs}, compressed with gzip`);
}

/** What the first bytes of a gzip file's content say. The file may be cut off later. */
async function recognisePacked(blob: Blob): Promise<Recognised> {
  const reader = unpacked(blob.stream() as ReadableStream<Uint8Array>, 'gzip').getReader();
  const head = new Uint8Array(headBytes);
  let size = 0;
  let more = true;
  try {
    while (size < headBytes) {
      const { done, value } = await reader.read();
      if (done) {
        more = false;
        break;
      }
      const taken = value.subarray(0, headBytes - size);
      head.set(taken, size);
      size += taken.length;
    }
  } catch {
    more = size > 0;
  }
  await reader.cancel().catch(() => undefined);
  // The size of the whole is known only after unpacking; Infinity says that it is enough.
  return recognise(head.subarray(0, size), more ? Infinity : size);
}

async function unpackedBlob(name: string, blob: Blob): Promise<Blob> {
  let size = 0;
  const counted = unpacked(blob.stream() as ReadableStream<Uint8Array>, 'gzip').pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.length;
        if (size > largestUnpacked) controller.error(new RangeError('it unpacks to over 8 GB'));
        else controller.enqueue(chunk);
      },
    }),
  );
  try {
    return await new Response(counted as BodyInit).blob();
  } catch (thrown) {
    throw damaged(name, 'its gzip packing', String(thrown));
  }
}

async function openSeveral(
  backend: H5Backend,
  files: readonly GivenFile[],
  part: string | null,
): Promise<CellFile> {
  const folder = files[0].path.includes('/') ? files[0].path.split('/')[0] : null;
  const name = folder ?? lastName(mainFile(files).path);
  const tree = treeOfBlobs(name, files);
  const source = new Map(files.map(({ path, source: own }) => [path, own]));
  return openTree(backend, tree, part, source);
}

/** The largest file: what the others go with. */
function mainFile(files: readonly GivenFile[]): GivenFile {
  return files.reduce((a, b) => (b.blob.size > a.blob.size ? b : a));
}

const hdf5Name = /\.(h5ad|h5mu|h5|hdf5|loom)(\.gz)?$/i;
const tableName = /\.(csv|tsv|txt)(\.gz)?$/i;

/** Opens what a tree of files holds: zarr, MatrixMarket, one HDF5 file, or tables. */
async function openTree(
  backend: H5Backend,
  tree: FileTree,
  part: string | null,
  sources: ReadonlyMap<string, H5Source> = new Map(),
): Promise<CellFile> {
  const root = zarrRoot(tree);
  if (root !== null) return openZarr(tree, root);
  const tables = tree.names.filter((path) => tableName.test(path));
  if (matrixMarketFiles(tree).length > 0) {
    const { file, used } = await readMatrixMarket(tree, part);
    return withLabels(
      tree,
      file,
      tables.filter((path) => !used.includes(path)),
    );
  }
  const hdf5 = tree.names.filter((path) => hdf5Name.test(path));
  if (hdf5.length > 1) {
    throw notACellFile(
      tree.name,
      `${hdf5.length} cell files (${hdf5.slice(0, 3).map(lastName).join(', ')})`,
      'Open one of them at a time.',
    );
  }
  if (hdf5.length === 1) {
    const [path] = hdf5;
    const source = sources.get(path) ?? (await extracted(tree, path));
    const [own] = await backend.files(source);
    return withLabels(tree, await openOne(backend, { ...own, path: lastName(path) }, part), tables);
  }
  if (tables.length > 0) return openTables(tree, tables, part);
  throw notACellFile(tree.name, `${tree.names.length} files without cells`);
}

async function extracted(tree: FileTree, path: string): Promise<File> {
  const bytes = await collect(await tree.stream(path));
  return new File([bytes as BlobPart], lastName(path));
}

async function openZarr(tree: FileTree, root: string): Promise<CellFile> {
  const zarr = await ZarrReader.open(tree, root);
  if (zarr.kind('obs') === null || zarr.kind('var') === null) {
    throw notACellFile(tree.name, 'a zarr store without tables of cells (obs) and genes (var)');
  }
  return readAnnData(zarr, 'zarr');
}

/** Tables alone: the widest holds the counts, the others labels. */
async function openTables(
  tree: FileTree,
  tables: readonly string[],
  part: string | null,
): Promise<CellFile> {
  const widths = await Promise.all(tables.map((path) => firstLineLength(tree, path)));
  const [counts, ...rest] = [...tables.keys()]
    .sort((a, b) => widths[b] - widths[a])
    .map((i) => tables[i]);
  const labels = rest.length === 0 ? null : await readLabels(tree, rest[0]);
  const names = labels === null ? null : new Set(labels.index);
  return withLabels(tree, await readTextTable(tree, counts, part, names), rest);
}

async function firstLineLength(tree: FileTree, path: string): Promise<number> {
  const reader = (await plainStream(tree, path)).getReader();
  const { value } = await reader.read();
  await reader.cancel().catch(() => undefined);
  const end = value?.indexOf(10) ?? 0;
  return end < 0 ? (value?.length ?? 0) : end;
}

/** Share of cells that a table must name to be theirs. */
const labelled = 0.5;

/** Adds the columns of tables whose first column names the cells. */
async function withLabels(
  tree: FileTree,
  file: CellFile,
  tables: readonly string[],
): Promise<CellFile> {
  const columns = new Map(file.obs.columns);
  const warnings = [...file.warnings];
  for (const path of tables) {
    const labels = await readLabels(tree, path);
    const row = new Map(labels.index.map((name, i) => [name, i]));
    const rows = Int32Array.from(file.obs.index, (name) => row.get(name) ?? -1);
    const found = rows.reduce((n, at) => n + (at >= 0 ? 1 : 0), 0);
    if (found < labelled * rows.length) {
      warnings.push(`${lastName(path)} was not used. Its first column does not name the cells.`);
      continue;
    }
    for (const [name, column] of labels.columns) {
      const taken = takeColumn(column, rows);
      if (taken && !columns.has(name)) columns.set(name, taken);
    }
  }
  return { ...file, obs: { ...file.obs, columns }, warnings };
}
