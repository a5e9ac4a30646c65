/** @file Limits, values left out and genes kept: from loaded data to what a model trains on. */
import { columnCounts, selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type {
  AttributeData,
  CategoryColumn,
  Modality,
  QcColumns,
  SelectionRequest,
  TrainingData,
} from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { didYouMean } from '../protocol/nearest-word.ts';
import { tooFewCells, tooFewGenes } from './file-errors.ts';
import { pickVariableGenes } from './hvg.ts';
import { columnsOf, forTraining, modalitiesOfColumns, runsOf } from './modalities.ts';

/** Fewest cells a model is trained on. */
export const fewestCells = 10;
/** Fewest genes a model is trained on. */
export const fewestGenes = 2;

/** The parts of the loaded data that a selection of cells looks at. */
export interface CellSource {
  readonly qc: QcColumns;
  readonly categorical: Readonly<Record<string, CategoryColumn>>;
}

/** The parts of the loaded data that a selection looks at. */
export interface SelectionSource extends CellSource {
  readonly fileName: string;
  readonly counts: CsrMatrix;
  readonly geneNames: readonly string[];
  /** Kinds of features of the counts' columns; left out: genes alone. */
  readonly modalities?: readonly Modality[] | undefined;
}

/** Cells inside the limits, with counts and with a kept value (or, where asked, none) of every attribute, ascending. Errors: bad-attribute, too-few-cells. */
export function selectCells(source: CellSource, request: SelectionRequest): Int32Array {
  const { attributes, keepUnlabelled = [] } = request;
  const columns = attributes.map((name) => ({
    ...attributeColumn(source, name),
    left: new Set(request.leftOut[name] ?? []),
    unlabelled: keepUnlabelled.includes(name),
  }));
  const kept: number[] = [];
  for (let cell = 0; cell < source.qc.counts.length; cell++) {
    if (!insideLimits(source.qc, request, cell)) continue;
    const wanted = columns.every(({ categories, codes, left, unlabelled }) =>
      codes[cell] < 0 ? unlabelled : !left.has(categories[codes[cell]]),
    );
    if (wanted) kept.push(cell);
  }
  if (kept.length < fewestCells) throw tooFewCells(kept.length, fewestCells);
  return Int32Array.from(kept);
}

/** The attributes of some cells. */
export function attributesOf(
  source: CellSource,
  request: SelectionRequest,
  cells: Int32Array,
): readonly AttributeData[] {
  return request.attributes.map((name) => compact(name, attributeColumn(source, name), cells));
}

/**
 * Cells inside the limits, with counts and with a kept value in every attribute; then genes found in enough of them.
 * Errors: bad-attribute, too-few-cells, too-few-genes.
 */
export function selectTraining(source: SelectionSource, request: SelectionRequest): TrainingData {
  const kept = selectCells(source, request);
  const ofCells = selectRows(source.counts, kept);
  const modalities = trainedModalities(source, request);
  const geneIndex = selectFeatures(ofCells, modalities, request, batchesOf(source, request, kept));
  const own = modalities && modalitiesOfColumns(modalities, geneIndex);
  const selected = selectColumns(ofCells, geneIndex);
  const counts = own ? forTraining(selected, own) : selected;
  // A gene filter can empty a cell; such a cell has no library size to learn from.
  const filled = Array.from(kept.keys()).filter(
    (row) => counts.indptr[row + 1] > counts.indptr[row],
  );
  if (filled.length < fewestCells) throw tooFewCells(filled.length, fewestCells);
  const cellIndex = Int32Array.from(filled, (row) => kept[row]);
  return {
    fileName: source.fileName,
    counts: filled.length === kept.length ? counts : selectRows(counts, filled),
    geneNames: Array.from(geneIndex, (gene) => source.geneNames[gene]),
    geneIndex,
    cellIndex,
    attributes: attributesOf(source, request, cellIndex),
    ...(own ? { modalities: own } : {}),
  };
}

/** What the kinds of features are trained as; undefined for genes alone. A file of one unnamed kind is what the request calls it. */
export function trainedModalities(
  { counts, modalities }: Pick<SelectionSource, 'counts' | 'modalities'>,
  { likelihoods = {} }: SelectionRequest,
): readonly Modality[] | undefined {
  const told = Object.entries(likelihoods);
  if (modalities === undefined) {
    const [only] = told;
    if (told.length !== 1 || only[1] === 'negative-binomial') return undefined;
    return [{ name: only[0], features: counts.cols, likelihood: only[1] }];
  }
  return modalities.map((kind) => ({ ...kind, likelihood: likelihoods[kind.name] ?? kind.likelihood })); // prettier-ignore
}

/** As selectGenes; of several kinds of features, variable ones are chosen among genes alone. Error: too-few-genes. */
export function selectFeatures(
  counts: CsrMatrix,
  modalities: readonly Modality[] | undefined,
  request: SelectionRequest,
  batchOf: Int32Array | null,
): Int32Array {
  const runs = runsOf(modalities ?? []);
  const genes = runs.find(({ likelihood }) => likelihood === 'negative-binomial');
  if (runs.length < 2 || genes === undefined || request.genes === 'all') {
    return selectGenes(counts, request, batchOf);
  }
  const all = foundGenes(columnCounts(counts), request);
  const picked = selectGenes(selectColumns(counts, columnsOf(genes)), request, batchOf);
  const chosen = new Set(picked.map((gene) => genes.from + gene));
  return all.filter((column) => column < genes.from || column >= genes.to || chosen.has(column));
}

function attributeColumn(source: CellSource, name: string): CategoryColumn {
  const column = Object.hasOwn(source.categorical, name) ? source.categorical[name] : undefined;
  if (column) return column;
  throw new StudioError(
    'bad-attribute',
    `obs['${name}'] cannot be an attribute.`,
    `It is not a column of categories in this file.${didYouMean(name, Object.keys(source.categorical))} Choose a column with 2 to 200 values.`,
    { attribute: name },
  );
}

function insideLimits(qc: QcColumns, request: SelectionRequest, cell: number): boolean {
  const inside = (value: number, min: number | null, max: number | null): boolean =>
    value >= (min ?? -Infinity) && value <= (max ?? Infinity);
  return (
    qc.counts[cell] > 0 &&
    inside(qc.counts[cell], request.countsMin, request.countsMax) &&
    inside(qc.genes[cell], request.genesMin, request.genesMax) &&
    inside(qc.mito?.[cell] ?? 0, null, request.mitoMax)
  );
}

/** Batch of each of these cells, for genes that are chosen batch by batch; null when they are not. Error: bad-attribute. */
export function batchesOf(
  source: CellSource,
  { variableBy = null }: SelectionRequest,
  cells: Int32Array,
): Int32Array | null {
  if (variableBy === null) return null;
  const { codes } = attributeColumn(source, variableBy);
  return cells.map((cell) => codes[cell]);
}

/** Genes found in enough cells. Error: too-few-genes. */
export function foundGenes(
  cellsOfGene: ArrayLike<number>,
  { minCells }: SelectionRequest,
): Int32Array {
  const fewest = Math.max(1, minCells);
  const all = Int32Array.from({ length: cellsOfGene.length }, (_, gene) => gene);
  const found = all.filter((gene) => cellsOfGene[gene] >= fewest);
  if (found.length < fewestGenes) throw tooFewGenes(found.length, fewestGenes);
  return found;
}

/** Genes found in enough cells, or the most variable of them, ascending. Error: too-few-genes. */
export function selectGenes(
  counts: CsrMatrix,
  request: SelectionRequest,
  batchOf: Int32Array | null,
): Int32Array {
  const found = foundGenes(columnCounts(counts), request);
  if (request.genes === 'all' || request.genes.hvg >= found.length) return found;
  const wanted = Math.max(fewestGenes, Math.floor(request.genes.hvg));
  const picked = pickVariableGenes(selectColumns(counts, found), wanted, batchOf);
  return picked.map((gene) => found[gene]);
}

/** The categories that are left, in their order; cells that are not labelled keep the code −1. Error: bad-attribute. */
function compact(name: string, column: CategoryColumn, cells: Int32Array): AttributeData {
  const used = new Uint8Array(column.categories.length);
  for (const cell of cells) if (column.codes[cell] >= 0) used[column.codes[cell]] = 1;
  const position = new Int32Array(used.length);
  const categories = column.categories.filter((_, code) => used[code]);
  if (categories.length === 0) throw nothingLabelled(name);
  for (let code = 0, next = 0; code < used.length; code++) if (used[code]) position[code] = next++;
  const codes = Int32Array.from(cells, (cell) =>
    column.codes[cell] < 0 ? -1 : position[column.codes[cell]],
  );
  return { name, categories, codes };
}

function nothingLabelled(name: string): StudioError {
  return new StudioError(
    'bad-attribute',
    `No kept cell has a value of ${name}.`,
    'An attribute needs cells that are labelled. Widen the limits, bring values back, or do not use this attribute.',
    { attribute: name },
  );
}
