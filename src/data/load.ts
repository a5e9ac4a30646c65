/** @file Reads the chosen counts of an open file, undoing the logarithm where needed, with everything drawn from them. */
import { type CsrMatrix } from '../numerics/csr.ts';
import type { CategoryColumn, CountsSource, LoadedData } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { Table } from './column-reader.ts';
import { describeUnusable, matrixName } from './counts-detection.ts';
import { tooFewCells, tooFewGenes } from './file-errors.ts';
import { asCategorical, genesOf, readEmbedding, type H5adFile } from './h5ad-file.ts';
import { smallestPerCell } from './log-undo.ts';
import { readCsr, type MatrixStore } from './matrix-store.ts';
import { markMitochondrial, measureCells, measureGenes } from './qc.ts';
import { mostCategories } from './summary.ts';

/** Loaded data with the counts, which stay in the worker. */
export interface LoadedFile {
  readonly data: LoadedData;
  readonly counts: CsrMatrix;
  readonly genes: Table;
}

/** Categorical columns with more categories than this are not passed on. */
const mostDrawn = 1000;

/**
 * Loads the counts at `where`. Errors: no-counts, bad-values, too-few-cells, too-few-genes, cancelled.
 *
 * @param sources what is known about each matrix of the file
 */
export async function loadCounts(
  file: H5adFile,
  where: string,
  sources: readonly CountsSource[],
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<LoadedFile> {
  const started = performance.now();
  const store = file.matrices.find((matrix) => matrix.where === where);
  const source = sources.find((candidate) => candidate.where === where);
  if (!store || !source) throw noCounts(sources, where);
  const [cells, genes] = store.shape;
  if (cells < 2) throw tooFewCells(cells, 2);
  if (genes < 2) throw tooFewGenes(genes, 2);
  if (!source.usable && source.undo === null) throw notUsable(sources, source);
  const convert = source.usable ? checkedCount(source) : await undoLog(file, store, source, signal);
  const counts = await readCsr(file.h5, store, { convert, onShare, signal });
  const table = genesOf(file, where);
  return { counts, genes: table, data: await describeLoaded(file, table, counts, started) };
}

/** Passes whole numbers through; a sample at opening may have missed others. */
function checkedCount(source: CountsSource): (value: number) => number {
  return (value) => {
    if (value >= 0 && Number.isInteger(value)) return value;
    throw new StudioError(
      'bad-values',
      `${matrixName(source.where)} is not counts throughout.`,
      `It holds ${Number.isFinite(value) ? value : 'a missing or infinite value'} among whole numbers. ` +
        'Choose another layer, or save the file with counts.',
      { where: source.where },
    );
  };
}

async function undoLog(
  file: H5adFile,
  store: MatrixStore,
  source: CountsSource,
  signal: AbortSignal,
): Promise<(value: number, cell: number) => number> {
  const undo = source.undo;
  const column = undo?.libraryColumn == null ? null : file.obs.columns.get(undo.libraryColumn);
  const target = undo?.targetSum ?? 1;
  const scale =
    column?.kind === 'number'
      ? column.values.map((library) => library / target)
      : (await smallestPerCell(file.h5, store, signal)).map((smallest) => 1 / smallest);
  return (value, cell) => {
    const count = Math.round(Math.expm1(value) * scale[cell]);
    if (count >= 0) return count;
    throw notUsable([source], { ...source, kind: 'scaled' });
  };
}

function noCounts(sources: readonly CountsSource[], where: string): StudioError {
  const found =
    sources.length === 0
      ? 'The file has no X, no layers and no raw.X.'
      : `${describeUnusable(sources)}, from which counts cannot be recovered.`;
  return new StudioError(
    'no-counts',
    'No counts in this file.',
    `${found} Save the file with counts in layers['counts'] and open it again.`,
    { where },
  );
}

function notUsable(sources: readonly CountsSource[], source: CountsSource): StudioError {
  const other = sources.find((candidate) => candidate.usable || candidate.undo !== null);
  if (source.kind === 'not-finite') {
    const advice = other
      ? `Choose ${matrixName(other.where)} instead.`
      : 'Remove them or replace them by zero, and open the file again.';
    return new StudioError(
      'bad-values',
      `${matrixName(source.where)} holds values that are not numbers.`,
      `Counts must be whole numbers; some values are missing or infinite. ${advice}`,
      { where: source.where },
    );
  }
  if (!other) return noCounts(sources, source.where);
  return new StudioError(
    'no-counts',
    `${matrixName(source.where)} holds no counts.`,
    `${source.reason} Choose ${matrixName(other.where)} instead.`,
    { where: source.where },
  );
}

async function describeLoaded(
  file: H5adFile,
  genes: Table,
  counts: CsrMatrix,
  started: number,
): Promise<LoadedData> {
  const categorical: Record<string, CategoryColumn> = {};
  const numeric: Record<string, Float32Array> = {};
  for (const [name, column] of file.obs.columns) {
    const found = asCategorical(column);
    const most = column.kind === 'text' ? mostCategories : mostDrawn;
    if (found && found.categories.length <= most) {
      categorical[name] = { categories: found.categories, codes: Int32Array.from(found.codes) };
    }
    if (column.kind === 'number') numeric[name] = Float32Array.from(column.values);
  }
  return {
    nObs: counts.rows,
    nVars: counts.cols,
    obsNames: file.obs.index,
    varNames: genes.index,
    categorical,
    numeric,
    qc: measureCells(counts, markMitochondrial(genes.index)),
    geneCells: measureGenes(counts),
    umap: await readMap(file),
    seconds: (performance.now() - started) / 1000,
  };
}

/** First two columns of obsm['X_umap']; null if there is none or it holds a missing value. */
async function readMap(file: H5adFile): Promise<Float32Array | null> {
  const dims = file.obsm.get('X_umap')?.shape[1] ?? 0;
  const values = dims < 2 ? null : await readEmbedding(file, 'X_umap');
  if (values === null) return null;
  const cells = file.obs.index.length;
  const map = new Float32Array(2 * cells);
  for (let cell = 0; cell < cells; cell++) {
    map[2 * cell] = values[cell * dims];
    map[2 * cell + 1] = values[cell * dims + 1];
  }
  return map.every(Number.isFinite) ? map : null;
}
