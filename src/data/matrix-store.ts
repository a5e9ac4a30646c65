/** @file A stored matrix (X, a layer, raw.X) read in blocks, whatever its form: CSR, CSC or dense. */
import { cancelled } from '../protocol/errors.ts';
import { damaged } from './file-errors.ts';
import {
  denseParts,
  sparseParts,
  storeWidth,
  type MatrixParts,
  type MatrixStore,
} from './matrix-parts.ts';
import type { NumberArray, TreeReader } from './tree-reader.ts';

/**
 * A run of rows (or, for CSC, of columns) of a matrix. Line i of the run holds entries `starts[i] … starts[i+1]-1`.
 * For a dense matrix `positions` is null: entry k of a line lies at position k − starts[i].
 */
export interface MatrixBlock {
  readonly by: 'row' | 'column';
  readonly first: number;
  readonly starts: ArrayLike<number>;
  readonly positions: NumberArray | null;
  readonly values: NumberArray;
}

/** Entries read at a time; 2 M keep each read under 32 MB of WebAssembly memory. */
const blockEntries = 2_000_000;
const readable = /^u?int(8|16|32|64)$|^float(32|64)$|^bool$/;

/** Describes the matrix at `path`; a string says why it cannot be used, null that nothing is there. */
export async function describeMatrix(
  tree: TreeReader,
  where: string,
  path: string,
): Promise<MatrixStore | string | null> {
  const kind = tree.kind(path);
  if (kind === null) return null;
  const store =
    kind === 'dataset' ? describeDense(tree, where, path) : describeSparse(tree, where, path);
  if (typeof store === 'string') return store;
  if (!readable.test(store.dtype)) return `It is stored as ${store.dtype}, which cannot be read.`;
  for (const part of store.kind === 'dense' ? [path] : names.map((name) => `${path}/${name}`)) {
    await tree.prepareBlocks(part);
  }
  return store;
}

const names = ['data', 'indices', 'indptr'] as const;

function describeDense(tree: TreeReader, where: string, path: string): MatrixStore | string {
  const shape = tree.shape(path);
  if (shape.length !== 2) return `It has ${shape.length} dimensions instead of 2.`;
  const [rows, cols] = shape;
  return {
    where,
    kind: 'dense',
    byColumn: false,
    dtype: tree.dtype(path),
    shape: [rows, cols],
    stored: rows * cols,
    columns: null,
    parts: denseParts(tree, path),
  };
}

function describeSparse(tree: TreeReader, where: string, path: string): MatrixStore | string {
  const shape = tree.attribute(path, 'shape') ?? tree.attribute(path, 'h5sparse_shape');
  const encoding = tree.attribute(path, 'encoding-type') ?? tree.attribute(path, 'h5sparse_format');
  if (typeof shape !== 'object' || shape === null || shape.length !== 2) {
    return 'Its shape is not stored.';
  }
  const kind = (['csr', 'csc'] as const).find((name) => String(encoding).startsWith(name));
  if (kind === undefined) return 'It does not say whether it is stored by row or by column.';
  return sparseStore(tree, where, path, kind, [Number(shape[0]), Number(shape[1])]);
}

/** The sparse matrix at `path` of a known shape and order; a string says why it cannot be used. */
export function sparseStore(
  tree: TreeReader,
  where: string,
  path: string,
  kind: 'csr' | 'csc',
  shape: readonly [number, number],
): MatrixStore | string {
  if (!names.every((name) => tree.kind(`${path}/${name}`) === 'dataset')) {
    return 'It is stored as a group without data, indices and indptr.';
  }
  const stored = tree.shape(`${path}/data`)[0] ?? 0;
  const positions = tree.shape(`${path}/indices`)[0] ?? 0;
  if (positions !== stored) return `It has ${stored} values at ${positions} positions.`;
  const lines = shape[kind === 'csc' ? 1 : 0];
  const starts = tree.shape(`${path}/indptr`)[0] ?? 0;
  if (starts !== lines + 1) return `Its indptr has ${starts} entries for ${lines} lines.`;
  return {
    where,
    kind,
    byColumn: kind === 'csc',
    dtype: tree.dtype(`${path}/data`),
    shape,
    stored,
    columns: null,
    parts: sparseParts(tree, path),
  };
}

/** Reads line numbers `from … to − 1` (rows, or columns of a matrix stored by column). */
async function readBlock(
  store: MatrixStore,
  indptr: NumberArray | null,
  from: number,
  to: number,
  withPositions: boolean,
): Promise<MatrixBlock> {
  const by = store.byColumn ? 'column' : 'row';
  const { parts } = store;
  if (indptr === null) {
    const width = lineWidth(store);
    const starts = Float64Array.from({ length: to - from + 1 }, (_, i) => i * width);
    const values = await parts.values(from, to);
    if (values.length !== (to - from) * width) throw short(parts, (to - from) * width, values);
    return { by, first: from, starts, positions: null, values };
  }
  const base = indptr[from];
  const end = indptr[to];
  const starts = Float64Array.from({ length: to - from + 1 }, (_, i) => indptr[from + i] - base);
  const empty = new Float64Array(0);
  const positions = withPositions && base < end ? await parts.indices(base, end) : empty;
  const values = base < end ? await parts.values(base, end) : empty;
  if (values.length !== end - base) throw short(parts, end - base, values);
  if (withPositions && positions.length !== end - base) throw short(parts, end - base, positions);
  return { by, first: from, starts, positions, values };
}

function short(parts: MatrixParts, wanted: number, found: NumberArray): Error {
  return damaged(parts.file, 'the counts', `${found.length} values instead of ${wanted}`);
}

/** Cells in a line of a matrix stored by column, else genes. */
function lineWidth(store: MatrixStore): number {
  return store.shape[store.byColumn ? 0 : 1];
}

/** Number of lines. */
export function lineCount(store: MatrixStore): number {
  return store.shape[store.byColumn ? 1 : 0];
}

/** Checked starts of the lines; null for a dense matrix. Error: file-damaged. */
export async function readIndptr(store: MatrixStore): Promise<NumberArray | null> {
  if (store.kind === 'dense') return null;
  const indptr = await store.parts.indptr();
  if (indptr === null) return null;
  const lines = lineCount(store);
  let ok = indptr.length === lines + 1 && indptr[0] === 0 && indptr[lines] <= store.stored;
  for (let i = 0; ok && i < lines; i++) ok = indptr[i + 1] >= indptr[i];
  if (!ok) throw damaged(store.parts.file, `${store.where}/indptr`, 'it does not fit the shape');
  return indptr;
}

/** Lines of the next block: as many from `from` on as hold at most `entries` entries, at least one. */
function blockEnd(
  store: MatrixStore,
  indptr: NumberArray | null,
  from: number,
  lines: number,
  entries: number,
): number {
  if (indptr === null) {
    return Math.min(lines, from + Math.max(1, Math.floor(entries / Math.max(1, lineWidth(store)))));
  }
  let to = from + 1;
  while (to < lines && indptr[to + 1] - indptr[from] <= entries) to++;
  return to;
}

/** What `forEachBlock` reads. */
export interface BlockOptions {
  /** About this many entries in evenly spread runs of lines, instead of all. */
  readonly sampleEntries?: number;
  /** Without the positions of a sparse matrix, which halves the reading. */
  readonly valuesOnly?: boolean;
  /** Lines wanted, 1 each; runs without any are skipped. All when left out. */
  readonly lines?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Runs over the blocks of a matrix. `each` may stop the run by returning false. Errors: file-damaged, cancelled. */
export async function forEachBlock(
  store: MatrixStore,
  each: (block: MatrixBlock, share: number) => boolean | void,
  options: BlockOptions = {},
): Promise<void> {
  const lines = lineCount(store);
  const indptr = await readIndptr(store);
  const sampled = options.sampleEntries !== undefined && store.stored > options.sampleEntries;
  const runs = sampled ? 16 : 1;
  const runEntries = sampled ? Math.ceil((options.sampleEntries ?? 0) / runs) : Infinity;
  for (let run = 0; run < runs; run++) {
    const first = Math.floor((run * lines) / runs);
    const limit = Math.floor(((run + 1) * lines) / runs);
    const stop = Math.min(limit, blockEnd(store, indptr, first, lines, runEntries));
    for (let from = nextWanted(options.lines, first, stop); from < stop;) {
      if (options.signal?.aborted) throw cancelled();
      const to = wantedEnd(
        options.lines,
        from,
        Math.min(stop, blockEnd(store, indptr, from, lines, blockEntries)),
      );
      const block = await readBlock(store, indptr, from, to, options.valuesOnly !== true);
      if (each(block, to / lines) === false) return;
      from = nextWanted(options.lines, to, stop);
      await nextTurn();
    }
  }
}

/** Calls `each` for every entry of a block that is not zero and not left out, with its cell. */
export function forEachEntry(
  store: MatrixStore,
  block: MatrixBlock,
  each: (value: number, cell: number) => void,
): void {
  const { starts, positions, values, first } = block;
  const to = store.columns?.to ?? null;
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      if (values[k] === 0) continue;
      const position = positions === null ? k - starts[i] : positions[k];
      if (to !== null && to[position] < 0) continue;
      each(values[k], block.by === 'row' ? first + i : position);
    }
  }
}

/** Lines without interest that are read all the same rather than in a second call. */
const gapLines = 16;

function nextWanted(wanted: Uint8Array | undefined, from: number, stop: number): number {
  if (wanted === undefined) return from;
  const found = wanted.indexOf(1, from);
  return found < 0 ? stop : found;
}

/** End of a run of wanted lines with no longer gap than `gapLines`. */
function wantedEnd(wanted: Uint8Array | undefined, from: number, stop: number): number {
  if (wanted === undefined) return stop;
  let end = from + 1;
  for (let line = end; line < stop && line - end < gapLines; line++) {
    if (wanted[line] === 1) end = line + 1;
  }
  return end;
}

/** Lets messages of the page in between two blocks. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** What a loaded matrix may take in memory, bytes. Maps and training copy it, so a tab holds about three times as much. */
export const memoryLimit = 1.5e9;

/** The most variable genes hold this many times their share of the entries, about. */
const variableShare = 3;

/**
 * Bytes that `cells` of the cells and `width` of the genes (all when left out) are expected to take once loaded. Dense matrices: half
 * of them zeros.
 */
export function loadedBytes(
  store: MatrixStore,
  cells = store.shape[0],
  width = storeWidth(store),
): number {
  const share = store.shape[0] === 0 ? 1 : cells / store.shape[0];
  const all = store.shape[1] === 0 ? 1 : storeWidth(store) / store.shape[1];
  const kept = width / Math.max(1, storeWidth(store));
  const genes = all * (kept < 1 ? Math.min(1, variableShare * kept) : 1);
  // Eight bytes an entry; matrices stored by column are turned round, which needs them twice.
  const perEntry = (store.kind === 'dense' ? 4 : 8) * (store.byColumn ? 2 : 1);
  return Math.ceil(store.stored * share * genes * perEntry + cells * 200);
}
