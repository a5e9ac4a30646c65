/** @file Puts synthetic cells, and on request the real ones before them, into the shape of one h5ad file. */
import {
  csrNnz,
  emptyCsr,
  rowSums,
  selectColumns,
  spreadColumns,
  stackRows,
  type CsrMatrix,
} from '../numerics/csr.ts';
import type { UnsValue, WriteColumn, WriteRequest } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { Column, Table } from './column-reader.ts';
import type { OutColumn, OutFile, OutTable } from './anndata-layout.ts';
import { asAttribute } from './cell-file.ts';
import { writtenColumn, writtenRows } from './export-columns.ts';

/** The open file, as far as an export needs it. */
export interface RealPart {
  /** Counts of all cells and genes; null before they are loaded. */
  readonly counts: CsrMatrix | null;
  readonly obs: Table;
  /** The genes of the counts. */
  readonly var: Table;
  readonly embeddings: ReadonlyMap<
    string,
    { readonly dims: number; readonly values: Float32Array }
  >;
  /** `uns['NAME_colors']` */
  colours(name: string, needed: number): readonly string[] | null;
}

/** The name of the column that tells synthetic cells from real ones. */
const originColumn = 'origin';

/** What of a request the tables need: everything but the counts and maps. */
export type TableRequest = Omit<WriteRequest, 'counts' | 'obsm' | 'format'>;

/** The tables of a file. */
export type OutTables = Pick<OutFile, 'obs' | 'var' | 'uns'>;

/**
 * Lays out a file. Error: export-failed, when the parts do not fit or the real cells are not those of the model.
 *
 * obs columns of the request: one entry a synthetic cell. obsm: the same, or, with real cells, one row for each real cell and
 * then for each synthetic one.
 */
export function layOutExport(request: WriteRequest, open: RealPart | null): OutFile {
  const source = sourceOf(request, open);
  const real = request.withReal ? requireReal(source) : null;
  const synthetic = request.counts.rows;
  const realCells = real === null ? 0 : real.obs.index.length;
  check(request, synthetic, realCells);
  const counts = layOutCounts(request, real);
  const log = request.values === 'log-normalised';
  return {
    counts,
    ...(log ? { X: logNormalised(counts) } : {}),
    ...layOutTables(request, synthetic, open),
    obsm: layOutMaps(request, real, synthetic),
  };
}

/** The open file, when its genes are those of the request. */
export function sourceOf(
  request: Pick<WriteRequest, 'geneNames'>,
  open: RealPart | null,
): RealPart | null {
  return open && sameGenes(open.var.index, request.geneNames) ? open : null;
}

/** Lays out the tables of a file of so many synthetic cells. Errors: those of layOutExport. */
export function layOutTables(
  request: TableRequest,
  synthetic: number,
  open: RealPart | null,
): OutTables {
  const source = sourceOf(request, open);
  const real = request.withReal ? requireReal(source) : null;
  const realCells = real === null ? 0 : real.obs.index.length;
  const colours: Record<string, UnsValue> = {};
  const columns = new Map<string, OutColumn>();
  columns.set(originColumn, origin(realCells, synthetic));
  for (const [name, column] of Object.entries(request.obs)) {
    if (name === originColumn) continue;
    const full = withSourceCategories(name, column, source, colours);
    const own = real?.obs.columns.get(name) ?? null;
    columns.set(name, real === null ? full : prependReal(full, own, realCells));
  }
  if (real !== null) addRealColumns(real, synthetic, columns, colours);
  const realNames = real?.obs.index ?? [];
  return {
    obs: {
      indexName: '_index',
      index: [...realNames, ...distinctNames(request.obsNames, realNames)],
      columns,
    },
    var: layOutGenes(request, source),
    // scanpy looks here to know that a logarithm was taken.
    uns: {
      ...(request.colours === false ? {} : colours),
      ...(request.values === 'log-normalised' ? { log1p: {} } : {}),
      ...request.uns,
    },
  };
}

const perCell = 10_000;

/** log1p of counts per ten thousand; cells without counts stay empty. */
export function logNormalised(counts: CsrMatrix): CsrMatrix {
  const values = new Float32Array(counts.values.length);
  const libraries = rowSums(counts);
  for (let cell = 0; cell < counts.rows; cell++) {
    for (let k = counts.indptr[cell]; k < counts.indptr[cell + 1]; k++) {
      values[k] = Math.log1p((counts.values[k] * perCell) / libraries[cell]);
    }
  }
  return { ...counts, values };
}

function failed(message: string): StudioError {
  return new StudioError('export-failed', 'The file could not be saved.', message);
}

function sameGenes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** The open file with its counts. Error: export-failed. */
export function requireReal(source: RealPart | null): RealPart & { readonly counts: CsrMatrix } {
  if (source === null || source.counts === null) {
    throw failed(
      'The real cells can only be added while the file from which the model was trained is open. ' +
        'Open it, or save the synthetic cells alone.',
    );
  }
  return { ...source, counts: source.counts, colours: (name, n) => source.colours(name, n) };
}

function check(request: WriteRequest, synthetic: number, realCells: number): void {
  const wrong =
    request.obsNames.length !== synthetic ||
    request.geneIndex.length !== request.counts.cols ||
    request.geneIndex.some((gene) => gene < 0 || gene >= request.geneNames.length) ||
    Object.values(request.obs).some(
      (c) => (c.kind === 'categorical' ? c.codes : c.values).length !== synthetic,
    ) ||
    Object.values(request.obsm).some(
      ({ dims, values }) =>
        values.length !== dims * synthetic && values.length !== dims * (synthetic + realCells),
    );
  if (wrong)
    throw failed('Its parts have different numbers of cells or genes. Generate the cells again.');
  for (let k = 0; k < csrNnz(request.counts); k++) {
    const value = request.counts.values[k];
    if (value < 0 || !Number.isInteger(value)) {
      throw failed('Some counts are not whole numbers. Generate the cells again.');
    }
  }
}

function origin(realCells: number, synthetic: number): OutColumn {
  const codes = new Int32Array(realCells + synthetic);
  if (realCells > 0) codes.fill(1, realCells);
  const categories = realCells > 0 ? ['real', 'synthetic'] : ['synthetic'];
  return { kind: 'categorical', categories, codes };
}

/** Gives a categorical column all categories of the source in their order, and keeps its colours. */
function withSourceCategories(
  name: string,
  column: WriteColumn,
  source: RealPart | null,
  colours: Record<string, UnsValue>,
): WriteColumn {
  if (column.kind !== 'categorical') return column;
  const found = source?.obs.columns.get(name);
  const attribute = found ? asAttribute(found) : null;
  const full = attribute?.categories ?? [];
  const position = new Map(full.map((category, i) => [category, i]));
  const known = column.categories.every((category) => position.has(category));
  const categories = known && full.length > 0 ? full : column.categories;
  const fromSource = categories === full ? source?.colours(name, full.length) : null;
  const own = new Map(column.categories.map((category, i) => [category, column.colours?.[i]]));
  if (fromSource) colours[`${name}_colors`] = fromSource;
  else if (column.colours && column.colours.length >= column.categories.length) {
    colours[`${name}_colors`] = categories.map((category) => own.get(category) ?? '#999999');
  }
  if (categories !== full) return column;
  const moved = column.categories.map((category) => position.get(category) ?? -1);
  return {
    kind: 'categorical',
    categories,
    codes: column.codes.map((c) => (c < 0 ? -1 : moved[c])),
    ...(attribute?.ordered ? { ordered: true } : {}),
  };
}

/** Values of the real cells (missing if their column is of another kind), then those of the synthetic ones. */
function prependReal(column: WriteColumn, own: Column | null, realCells: number): OutColumn {
  if (column.kind === 'categorical') {
    const real = own ? asAttribute(own) : null;
    const categories = [...column.categories];
    const codes = new Int32Array(realCells + column.codes.length).fill(-1, 0, realCells);
    if (real) {
      const position = new Map(categories.map((category, i) => [category, i]));
      for (const category of real.categories) {
        if (!position.has(category)) position.set(category, categories.push(category) - 1);
      }
      const moved = real.categories.map((category) => position.get(category) ?? -1);
      for (let i = 0; i < realCells; i++) codes[i] = real.codes[i] < 0 ? -1 : moved[real.codes[i]];
    }
    codes.set(column.codes, realCells);
    return { ...column, categories, codes };
  }
  const values = new Float64Array(realCells + column.values.length).fill(NaN, 0, realCells);
  if (own?.kind === 'number') values.set(own.values);
  values.set(column.values, realCells);
  return { kind: 'double', values };
}

/** Columns that only the real cells have; missing for the synthetic ones. */
function addRealColumns(
  real: RealPart,
  synthetic: number,
  columns: Map<string, OutColumn>,
  colours: Record<string, UnsValue>,
): void {
  for (const [name, column] of real.obs.columns) {
    const written = columns.has(name) ? null : writtenColumn(column, synthetic);
    if (written === null) continue;
    columns.set(name, written);
    const palette =
      written.kind === 'categorical' ? real.colours(name, written.categories.length) : null;
    if (palette) colours[`${name}_colors`] = palette;
  }
}

/** Names made unique among themselves and against `taken` by a number at the end. */
function distinctNames(names: readonly string[], taken: readonly string[]): readonly string[] {
  const seen = new Set(taken);
  return names.map((name) => {
    let unique = name;
    for (let n = 1; seen.has(unique); n++) unique = `${name}-${n}`;
    seen.add(unique);
    return unique;
  });
}

/** Counts over the model's genes as counts over the genes of the file. */
export function spreadCounts(
  request: Pick<WriteRequest, 'allGenes' | 'geneIndex' | 'geneNames'>,
  counts: CsrMatrix,
): CsrMatrix {
  if (!request.allGenes) return counts;
  return spreadColumns(counts, request.geneIndex, request.geneNames.length);
}

function layOutCounts(
  request: WriteRequest,
  real: (RealPart & { readonly counts: CsrMatrix }) | null,
): CsrMatrix {
  const synthetic = spreadCounts(request, request.counts);
  if (real === null) return synthetic;
  const ofReal = request.allGenes ? real.counts : selectColumns(real.counts, request.geneIndex);
  return stackRows(ofReal.rows > 0 ? ofReal : emptyCsr(0, synthetic.cols), synthetic);
}

function layOutGenes(request: TableRequest, source: RealPart | null): OutTable {
  const genes = request.allGenes ? Int32Array.from(request.geneNames.keys()) : request.geneIndex;
  const index = Array.from(genes, (gene) => request.geneNames[gene]);
  const columns = new Map<string, OutColumn>();
  const carried = request.geneColumns === false ? [] : (source?.var.columns ?? []);
  for (const [name, column] of carried) {
    const written = writtenRows(column, genes);
    if (written) columns.set(name, written);
  }
  const modelled = new Set(request.geneIndex);
  if (modelled.size < genes.length) {
    const codes = Int32Array.from(genes, (gene) => (modelled.has(gene) ? 1 : 0));
    columns.set('modelled', { kind: 'categorical', categories: ['False', 'True'], codes });
  }
  return { indexName: source?.var.indexName || '_index', index, columns };
}

function layOutMaps(
  request: WriteRequest,
  real: RealPart | null,
  synthetic: number,
): OutFile['obsm'] {
  const maps = new Map<string, { readonly dims: number; readonly values: Float32Array }>();
  const realCells = real?.obs.index.length ?? 0;
  for (const [key, { dims, values }] of Object.entries(request.obsm)) {
    if (real === null || values.length === dims * (synthetic + realCells)) {
      maps.set(key, { dims, values });
      continue;
    }
    const all = new Float32Array(dims * (realCells + synthetic)).fill(NaN, 0, dims * realCells);
    const own = real.embeddings.get(key);
    if (own?.dims === dims) all.set(own.values);
    all.set(values, dims * realCells);
    maps.set(key, { dims, values: all });
  }
  return maps;
}
