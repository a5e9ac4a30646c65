/** @file Limits, values left out and genes kept: from loaded data to what a model trains on. */
import { columnCounts, selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type {
  AttributeData,
  CategoryColumn,
  QcColumns,
  SelectionRequest,
  TrainingData,
} from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { tooFewCells, tooFewGenes } from './file-errors.ts';
import { pickVariableGenes } from './hvg.ts';

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
}

/** What cells without a value are called where they are used. */
export const notLabelled = 'not labelled';

/** Cells inside the limits, with counts and with a kept value in every attribute, ascending. Errors: bad-attribute, too-few-cells. */
export function selectCells(source: CellSource, request: SelectionRequest): Int32Array {
  const columns = attributeColumns(source, request);
  const left = request.attributes.map((name) => new Set(request.leftOut[name] ?? []));
  const kept: number[] = [];
  for (let cell = 0; cell < source.qc.counts.length; cell++) {
    if (!insideLimits(source.qc, request, cell)) continue;
    const wanted = columns.every(({ categories, codes }, i) => {
      return codes[cell] >= 0 && !left[i].has(categories[codes[cell]]);
    });
    if (wanted) kept.push(cell);
  }
  if (kept.length < fewestCells) throw tooFewCells(kept.length, fewestCells);
  return Int32Array.from(kept);
}

/** The request's attributes over all cells; where a request keeps cells without a value, that is a category of its own, the last. */
function attributeColumns(
  source: CellSource,
  { attributes, keepUnlabelled = [] }: SelectionRequest,
): readonly CategoryColumn[] {
  return attributes.map((name) => {
    const column = attributeColumn(source, name);
    if (!keepUnlabelled.includes(name) || !column.codes.includes(-1)) return column;
    const own = column.categories.length;
    return {
      categories: [...column.categories, notLabelled],
      codes: column.codes.map((code) => (code < 0 ? own : code)),
    };
  });
}

/** The attributes of some cells. */
export function attributesOf(
  source: CellSource,
  request: SelectionRequest,
  cells: Int32Array,
): readonly AttributeData[] {
  const columns = attributeColumns(source, request);
  return request.attributes.map((name, i) => compact(name, columns[i], cells));
}

/**
 * Cells inside the limits, with counts and with a kept value in every attribute; then genes found in enough of them.
 * Errors: bad-attribute, too-few-cells, too-few-genes.
 */
export function selectTraining(source: SelectionSource, request: SelectionRequest): TrainingData {
  const kept = selectCells(source, request);
  const ofCells = selectRows(source.counts, kept);
  const geneIndex = selectGenes(ofCells, request);
  const counts = selectColumns(ofCells, geneIndex);
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
  };
}

function attributeColumn(source: CellSource, name: string): CategoryColumn {
  const column = Object.hasOwn(source.categorical, name) ? source.categorical[name] : undefined;
  if (column) return column;
  throw new StudioError(
    'bad-attribute',
    `obs['${name}'] cannot be an attribute.`,
    'It is not a column of categories in this file. Choose a column with 2 to 200 values.',
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

function selectGenes(counts: CsrMatrix, request: SelectionRequest): Int32Array {
  const fewest = Math.max(1, request.minCells);
  const cells = columnCounts(counts);
  const found = Int32Array.from(cells.keys()).filter((gene) => cells[gene] >= fewest);
  if (found.length < fewestGenes) throw tooFewGenes(found.length, fewestGenes);
  if (request.genes === 'all' || request.genes.hvg >= found.length) return found;
  const wanted = Math.max(fewestGenes, Math.floor(request.genes.hvg));
  return pickVariableGenes(selectColumns(counts, found), wanted).map((gene) => found[gene]);
}

function compact(name: string, column: CategoryColumn, cells: Int32Array): AttributeData {
  const used = new Uint8Array(column.categories.length);
  for (const cell of cells) used[column.codes[cell]] = 1;
  const position = new Int32Array(used.length);
  const categories = column.categories.filter((_, code) => used[code]);
  for (let code = 0, next = 0; code < used.length; code++) if (used[code]) position[code] = next++;
  return {
    name,
    categories,
    codes: Int32Array.from(cells, (cell) => position[column.codes[cell]]),
  };
}
