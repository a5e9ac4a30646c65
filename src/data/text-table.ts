/** @file Counts as a text table (CSV, TSV), cells in rows or in columns, and tables of labels beside other files. */
import { transposeCsr } from '../numerics/csr.ts';
import { bareFile, type CellFile } from './cell-file.ts';
import type { Column, Table } from './column-reader.ts';
import { LineBuilder } from './csr-reading.ts';
import { damaged, emptyFile, notACellFile, tooBig } from './file-errors.ts';
import { plainStream, type FileTree } from './file-tree.ts';
import { linesOf, separatorOf, splitLine } from './line-reader.ts';
import { storeOfCsr } from './matrix-parts.ts';
import { memoryLimit } from './matrix-store.ts';

/** Ways to read a table. */
const orientations = [
  { name: 'cells in rows', label: 'Each row is a cell' },
  { name: 'cells in columns', label: 'Each column is a cell' },
] as const;

/** Reads a table of counts at `path`. Errors: not-h5ad, file-damaged, too-big, empty-file. */
export async function readTextTable(
  tree: FileTree,
  path: string,
  part: string | null,
  cellNames: ReadonlySet<string> | null = null,
): Promise<CellFile> {
  const table = await readNumbers(tree, path);
  const inRows = part === null ? cellsInRows(table, cellNames) : part === orientations[0].name;
  const counts = inRows ? table.matrix : transposeCsr(table.matrix);
  const own = { indexName: '_index', index: table.rowNames, columns: table.texts };
  const bare = { indexName: '_index', index: table.columnNames, columns: new Map() };
  return {
    ...bareFile,
    name: tree.name,
    bytes: tree.bytes,
    format: 'text table',
    parts: orientations,
    part: orientations[inRows ? 0 : 1].name,
    obs: inRows ? own : bare,
    var: inRows ? bare : own,
    matrices: [storeOfCsr('X', tree.name, 'float32', counts)],
    warnings: [],
    close: () => undefined,
  };
}

interface NumberTable {
  readonly corner: string;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  /** Columns that hold text. */
  readonly texts: ReadonlyMap<string, Column>;
  readonly matrix: ReturnType<LineBuilder['finish']>;
}

const fewestNumbers = 2;

async function readNumbers(tree: FileTree, path: string): Promise<NumberTable> {
  const builders = new GrowingRows();
  const rowNames: string[] = [];
  let separator: string | null = null;
  let header: string[] = [];
  let isText: boolean[] | null = null;
  const texts: string[][] = [];
  for await (const line of linesOf(await plainStream(tree, path))) {
    if (line === '') continue;
    if (separator === null) {
      separator = separatorOf(line.replace(/^\uFEFF/, ''));
      header = splitLine(line.replace(/^\uFEFF/, ''), separator);
      continue;
    }
    const fields = splitLine(line, separator);
    // R writes no name over the row names.
    if (isText === null && header.length === fields.length - 1) header = ['', ...header];
    isText ??= fields.map((field, i) => i > 0 && parseNumber(field) === null);
    if (fields.length !== header.length) {
      throw damaged(
        tree.name,
        path,
        `row ${rowNames.length + 2} has ${fields.length} fields, not ${header.length}`,
      );
    }
    rowNames.push(fields[0]);
    addRow(tree, path, fields, isText, builders, texts);
  }
  const numeric = header.filter((_, i) => i > 0 && isText?.[i] === false);
  if (isText === null || numeric.length < fewestNumbers) {
    throw notACellFile(tree.name, 'a table of text without columns of numbers');
  }
  if (rowNames.length < fewestNumbers) throw emptyFile(tree.name, 'It holds one row of numbers.');
  const columns = new Map<string, Column>();
  for (const [i, values] of texts.entries()) {
    if (isText[i]) columns.set(header[i], { kind: 'text', values });
  }
  return {
    corner: header[0],
    rowNames,
    columnNames: numeric,
    texts: columns,
    matrix: builders.finish(numeric.length),
  };
}

function addRow(
  tree: FileTree,
  path: string,
  fields: readonly string[],
  isText: readonly boolean[],
  rows: GrowingRows,
  texts: string[][],
): void {
  let position = 0;
  for (let i = 1; i < fields.length; i++) {
    if (isText[i]) {
      (texts[i] ??= []).push(fields[i]);
      continue;
    }
    const value = parseNumber(fields[i]);
    if (value === null) {
      throw damaged(tree.name, path, `"${fields[i].slice(0, 40)}" among numbers`);
    }
    if (value !== 0) rows.add(position, value);
    position++;
  }
  rows.endLine();
}

/** A number, 0 for an empty field, NaN for a missing value; null for text. */
function parseNumber(field: string): number | null {
  const text = field.trim();
  if (text === '') return 0;
  if (/^(nan|na)$/i.test(text)) return NaN;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

/** A line builder whose number of lines is not known beforehand. */
class GrowingRows {
  private readonly ends: number[] = [];
  private readonly entries = new LineBuilder(1);
  private count = 0;

  add(position: number, value: number): void {
    this.count++;
    if (this.count * 16 > memoryLimit) throw tooBig(null, this.count * 16, memoryLimit);
    this.entries.add(position, value);
  }

  endLine(): void {
    this.ends.push(this.count);
  }

  finish(width: number): ReturnType<LineBuilder['finish']> {
    this.entries.endLine();
    const indptr = new Uint32Array(this.ends.length + 1);
    indptr.set(this.ends, 1);
    return { ...this.entries.finish(width), rows: this.ends.length, indptr };
  }
}

const geneLike =
  /^(ENS[A-Z]*G\d{6,}|MT-|mt-|Mt-|R[pP][lLsS]\d|ACTB|Actb|GAPDH|Gapdh|MALAT1|Malat1|B2M|B2m|EEF1A1|Eef1a1|CD3[DEG]|Cd3[deg])/;
const cellLike = /[ACGT]{10,}|^cell[_ .-]?\d+|^(sample|barcode)/i;

/** Whether rows are cells: by known cell names, the word in the corner, then what the names look like; rows if nothing tells. */
function cellsInRows(table: NumberTable, cellNames: ReadonlySet<string> | null): boolean {
  const { rowNames, columnNames, corner } = table;
  const share = (names: readonly string[], test: (name: string) => boolean): number =>
    names.filter(test).length / Math.max(1, names.length);
  if (cellNames !== null) {
    const known = (name: string): boolean => cellNames.has(name);
    return share(rowNames, known) >= share(columnNames, known);
  }
  if (/gene|symbol|ensembl|feature/i.test(corner)) return false;
  if (/cell|barcode|sample/i.test(corner)) return true;
  const count = (names: readonly string[], rule: RegExp): number =>
    names.filter((name) => rule.test(name)).length;
  const forRows = count(columnNames, geneLike) + share(rowNames, (n) => cellLike.test(n));
  const forColumns = count(rowNames, geneLike) + share(columnNames, (n) => cellLike.test(n));
  return forRows >= forColumns;
}

/** Reads a small table of labels: a column of names and others beside it. */
export async function readLabels(tree: FileTree, path: string): Promise<Table> {
  let separator: string | null = null;
  const rows: string[][] = [];
  let header: string[] = [];
  for await (const line of linesOf(await plainStream(tree, path))) {
    if (line === '') continue;
    if (separator === null) {
      separator = separatorOf(line.replace(/^\uFEFF/, ''));
      header = splitLine(line.replace(/^\uFEFF/, ''), separator);
      continue;
    }
    const fields = splitLine(line, separator);
    if (rows.length === 0 && header.length === fields.length - 1) header = ['', ...header];
    rows.push(fields);
  }
  const columns = new Map<string, Column>();
  for (let i = 1; i < header.length; i++)
    columns.set(header[i], columnOf(rows.map((r) => r[i] ?? '')));
  return { indexName: header[0] ?? '', index: rows.map((row) => row[0] ?? ''), columns };
}

function columnOf(texts: readonly string[]): Column {
  const numbers = texts.map((text) => (text === '' ? NaN : parseNumber(text)));
  if (numbers.every((value) => value !== null) && !numbers.every(Number.isNaN)) {
    const whole = numbers.every((value) => Number.isInteger(value));
    return {
      kind: 'number',
      values: Float64Array.from(numbers),
      dtype: whole ? 'int64' : 'float64',
    };
  }
  return { kind: 'text', values: texts.map((text) => (text === '' ? null : text)) };
}
