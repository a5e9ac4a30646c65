/** @file What can be drawn of a file before its counts are read: its own map, or the counts of a few cells to make one from. */
import type { CategoryColumn, CountsSource, Preview } from '../protocol/dataset.ts';
import { asAttribute, type CellFile } from './cell-file.ts';
import { readCsr } from './csr-reading.ts';
import { converterOf } from './load.ts';
import { sampleRuns } from './load-estimate.ts';
import { readFirstMap, readMapOf } from './own-maps.ts';
import type { CsrMatrix } from '../numerics/csr.ts';

/** Cells drawn of a file with a map. */
const mostDrawn = 200_000;
/** Cells read of a file without one. */
const mostRead = 3000;
/** A matrix stored by gene must be read whole for any cell; a bigger one is not. */
const mostByColumn = 60_000_000;

/** Map (or counts for one) and the proposed attributes of a file; quick for a file of any size. */
export async function previewOf(
  file: CellFile,
  proposed: readonly string[],
  sources: readonly CountsSource[],
): Promise<Preview> {
  const all = file.obs.index.length;
  const whole = await readFirstMap(file, null);
  const cells = whole === null ? fewCells(all, mostRead) : spreadCells(all, mostDrawn);
  const categorical: Record<string, CategoryColumn> = {};
  for (const name of proposed) {
    const column = file.obs.columns.get(name);
    const found = column ? asAttribute(column) : null;
    if (!found) continue;
    const codes = cells === null ? found.codes.slice() : cells.map((cell) => found.codes[cell]);
    categorical[name] = { categories: found.categories, codes };
  }
  const mapKey = whole?.key ?? null;
  const few = mapKey === null || cells === null ? null : await readMapOf(file, mapKey, cells);
  const umap = few ?? whole?.positions ?? null;
  const counts = whole === null ? await fewCounts(file, sources, cells) : null;
  const obsNames =
    cells === null ? file.obs.index : Array.from(cells, (cell) => file.obs.index[cell]);
  return { umap, mapKey, categorical, cells, obsNames, counts };
}

function spreadCells(all: number, wanted: number): Int32Array | null {
  if (all <= wanted) return null;
  return Int32Array.from({ length: wanted }, (_, i) => Math.floor((i * all) / wanted));
}

function fewCells(all: number, wanted: number): Int32Array | null {
  return all <= wanted ? null : sampleRuns(all, wanted);
}

/** Counts of these cells; null where they cannot be had quickly. */
async function fewCounts(
  file: CellFile,
  sources: readonly CountsSource[],
  cells: Int32Array | null,
): Promise<CsrMatrix | null> {
  const source = sources.find(({ usable, undo, roundable }) => usable || undo || roundable);
  const store = file.matrices.find(({ where }) => where === source?.where);
  if (!store || !source) return null;
  if (store.byColumn && store.stored > mostByColumn) return null;
  // To undo a logarithm without known totals every cell is looked at first.
  const passes = !source.usable && source.undo !== null && source.undo.totalsColumn === null;
  if (passes && store.stored > mostByColumn) return null;
  const convert = await converterOf(file, store, source, new AbortController().signal);
  return readCsr(store, { convert, ...(cells === null ? {} : { cells }) });
}
