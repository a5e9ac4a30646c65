/** @file Reads the chosen counts of an open file, undoing the logarithm where needed, with everything drawn from them. */
import { selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import type {
  CategoryColumn,
  CountsSource,
  LoadedData,
  LoadOptions,
  Modality,
  QcColumns,
} from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { asAttribute, type CellFile } from './cell-file.ts';
import type { Column, Table } from './column-reader.ts';
import { describeUnusable, matrixName } from './counts-detection.ts';
import { likelyEntries, readCsr } from './csr-reading.ts';
import { tooBig, tooFewCells, tooFewGenes } from './file-errors.ts';
import { takeColumn } from './h5mu-file.ts';
import { genesOf, symbolsOf } from './gene-names.ts';
import { estimateLoad, sampleCells } from './load-estimate.ts';
import { pickKeptGenes, QcTally } from './load-genes.ts';
import { inverseOf, smallestPerCell } from './log-undo.ts';
import { storeWidth, type MatrixStore } from './matrix-parts.ts';
import { readFirstMap } from './own-maps.ts';
import { columnsOf, modalitiesOfColumns, openModalities, runsOf } from './modalities.ts';
import { markMitochondrial, measureCells, measureGenes } from './qc.ts';
import { mostCategories } from './summary.ts';

/** Loaded data with the counts, which stay in the worker. */
export interface LoadedFile {
  readonly data: LoadedData;
  readonly counts: CsrMatrix;
  /** The cells of the counts. */
  readonly obs: Table;
  readonly genes: Table;
  /** The genes of the whole matrix, kept or not. */
  readonly allGenes: Table;
  /** Which matrix they are of. */
  readonly where: string;
  /** Cells with a count of each gene of that matrix, kept or not. */
  readonly cellsOfGene: Float32Array;
  /** Kinds of features of the counts' columns; undefined where genes are all there is. */
  readonly modalities?: readonly Modality[] | undefined;
}

/** Categorical columns with more categories than this are not passed on. */
const mostDrawn = 1000;

/** How a load tells its progress and is stopped. */
export interface LoadControl {
  readonly onShare: (share: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Loads the counts at `where`, or those of a sample of cells.
 * Errors: no-counts, bad-values, too-few-cells, too-few-genes, too-big (before anything is read), cancelled.
 *
 * @param sources what is known about each matrix of the file
 * @param strata the attribute whose values a sample keeps in their shares, or null
 */
export async function loadCounts(
  file: CellFile,
  where: string,
  sources: readonly CountsSource[],
  options: LoadOptions & { readonly strata: string | null },
  { onShare, signal }: LoadControl,
): Promise<LoadedFile> {
  const started = performance.now();
  const store = file.matrices.find((matrix) => matrix.where === where);
  const source = sources.find((candidate) => candidate.where === where);
  if (!store || !source) throw noCounts(sources, where);
  const width = storeWidth(store);
  if (store.shape[0] < 2) throw tooFewCells(store.shape[0], 2);
  if (width < 2) throw tooFewGenes(width, 2);
  const possible = source.usable || source.undo !== null || source.roundable;
  if (!possible) throw notUsable(sources, source);
  const sample = chooseSample(file, store, options);
  if (sample === null && options.genes === undefined) refuseTooBig(file, source);
  const convert = await converterOf(file, store, source, signal);
  const cells = sample === null ? {} : { cells: sample };
  const obs = sample === null ? file.obs : takeRows(file.obs, sample);
  const all = genesOf(file, where, options.names);
  const kept = await pickKeptGenes(store, options.genes, { convert, signal });
  const reading = { convert, onShare, signal, ...cells };
  const marked = markMitochondrial(symbolsOf(all));
  if (kept === null) {
    const expected = sample === null ? likelyEntries(store, file.bytes) : 0;
    const counts = await readCsr(store, { ...reading, expected });
    const modalities = modalitiesOf(file, width, null);
    const qc = measureFirst(counts, marked, modalities);
    const measures = { qc, geneCells: measureGenes(counts) };
    const own = { counts, obs, genes: all, allGenes: all, where, modalities, cellsOfGene: measures.geneCells }; // prettier-ignore
    const data = await describeLoaded(file, { ...own, ...measures, sample, kept });
    return { ...own, data: { ...data, seconds: (performance.now() - started) / 1000 } };
  }
  const tally = new QcTally(obs.index.length, width, marked);
  const counts = await readCsr(store, { ...reading, genes: kept, onEntry: tally.add });
  const measures = { qc: tally.cellMeasures(), geneCells: tally.geneMeasures(kept) };
  const cellsOfGene = tally.allGenes();
  const modalities = modalitiesOf(file, width, kept);
  const own = { counts, obs, genes: takeRows(all, kept), allGenes: all, where, modalities, cellsOfGene }; // prettier-ignore
  const data = await describeLoaded(file, { ...own, ...measures, sample, kept });
  return { ...own, data: { ...data, seconds: (performance.now() - started) / 1000 } };
}

/** The kinds of the columns that are kept, when the file's kinds are those of this matrix. */
function modalitiesOf(
  { kinds }: CellFile,
  width: number,
  kept: Int32Array | null,
): readonly Modality[] | undefined {
  const all = openModalities(kinds);
  if (all === undefined || all.reduce((sum, kind) => sum + kind.features, 0) !== width) return;
  return kept === null ? all : modalitiesOfColumns(all, kept);
}

/** Measures of cells by their genes where they have any, not by all kinds of features together. */
function measureFirst(
  counts: CsrMatrix,
  marked: Uint8Array,
  modalities: readonly Modality[] | undefined,
): QcColumns {
  const runs = runsOf(modalities ?? []);
  const run = runs.find(({ likelihood }) => likelihood === 'negative-binomial') ?? runs[0];
  if (runs.length < 2 || run === undefined) return measureCells(counts, marked);
  return measureCells(selectColumns(counts, columnsOf(run)), marked.slice(run.from, run.to));
}

function chooseSample(
  file: CellFile,
  store: MatrixStore,
  options: LoadOptions & { readonly strata: string | null },
): Int32Array | null {
  if (options.sample === undefined || options.sample >= store.shape[0]) return null;
  const column = options.strata === null ? null : file.obs.columns.get(options.strata);
  const labels = column ? asAttribute(column) : null;
  return sampleCells(store.shape[0], Math.max(2, Math.floor(options.sample)), labels);
}

function refuseTooBig(file: CellFile, source: CountsSource): void {
  const estimate = estimateLoad(file, [source]);
  if (estimate === null || estimate.bytes <= estimate.allowed) return;
  throw tooBig(file.obs.index.length, estimate.bytes, estimate.allowed, estimate.sample);
}

/** Some rows of a table. */
export function takeRows(table: Table, cells: Int32Array): Table {
  const columns = new Map<string, Column>();
  for (const [name, column] of table.columns) {
    const taken = takeColumn(column, cells);
    if (taken) columns.set(name, taken);
  }
  return { ...table, index: Array.from(cells, (cell) => table.index[cell]), columns };
}

/** How stored values become counts. */
export function converterOf(
  file: CellFile,
  store: MatrixStore,
  source: CountsSource,
  signal: AbortSignal,
): ((value: number) => number) | Promise<(value: number, cell: number) => number> {
  if (source.usable) return checkedCount(source);
  return source.undo !== null ? undoNormal(file, store, source, signal) : rounded(source);
}

/** Ambient-corrected counts to the nearest whole number. */
function rounded(source: CountsSource): (value: number) => number {
  return (value) => {
    if (value >= 0 && Number.isFinite(value)) return Math.round(value);
    throw notUsable([source], { ...source, kind: value < 0 ? 'scaled' : 'not-finite' });
  };
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

async function undoNormal(
  file: CellFile,
  store: MatrixStore,
  source: CountsSource,
  signal: AbortSignal,
): Promise<(value: number, cell: number) => number> {
  const undo = source.undo;
  const column = undo?.totalsColumn == null ? null : file.obs.columns.get(undo.totalsColumn);
  const target = undo?.targetSum ?? 1;
  const scale =
    column?.kind === 'number'
      ? column.values.map((library) => library / target)
      : undo === null
        ? new Float64Array(store.shape[0])
        : (await smallestPerCell(store, undo, signal)).map((smallest) => 1 / smallest);
  const inverse = undo === null ? Math.expm1 : inverseOf(undo);
  return (value, cell) => {
    const count = Math.round(inverse(value) * scale[cell]);
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
  const other = sources.find(
    (candidate) => candidate.usable || candidate.undo !== null || candidate.roundable,
  );
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

interface Described {
  readonly counts: CsrMatrix;
  readonly obs: Table;
  readonly genes: Table;
  readonly allGenes: Table;
  readonly qc: QcColumns;
  readonly geneCells: Float32Array;
  readonly sample: Int32Array | null;
  readonly kept: Int32Array | null;
}

async function describeLoaded(
  file: CellFile,
  { counts, obs, genes, allGenes, qc, geneCells, sample, kept }: Described,
): Promise<Omit<LoadedData, 'seconds'>> {
  const categorical: Record<string, CategoryColumn> = {};
  const numeric: Record<string, Float32Array> = {};
  for (const [name, whole] of file.obs.columns) {
    // Categories are those of all cells, so that a sample keeps the file's codes.
    const found = asAttribute(whole);
    const most = whole.kind === 'text' ? mostCategories : mostDrawn;
    if (found && found.categories.length <= most) {
      const codes = sample === null ? found.codes : sample.map((cell) => found.codes[cell]);
      categorical[name] = { categories: found.categories, codes: Int32Array.from(codes) };
    } else if (whole.kind === 'number') {
      const own = obs.columns.get(name);
      if (own?.kind === 'number') numeric[name] = Float32Array.from(own.values);
    }
  }
  const map = await readFirstMap(file, sample);
  return {
    nObs: counts.rows,
    nVars: counts.cols,
    obsNames: obs.index,
    varNames: genes.index,
    categorical,
    numeric,
    qc,
    geneCells,
    genes: kept?.slice() ?? null,
    fileGenes: allGenes.index.length,
    umap: map?.positions ?? null,
    mapKey: map?.key ?? null,
    sample: sample?.slice() ?? null,
  };
}
