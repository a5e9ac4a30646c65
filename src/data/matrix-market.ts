/** @file MatrixMarket triples: a matrix of features × cells with the names of both beside it. Source: NIST's MatrixMarket exchange formats. */
import { transposeCsr, type CsrMatrix } from '../numerics/csr.ts';
import { bareFile, type CellFile } from './cell-file.ts';
import type { Column, Table } from './column-reader.ts';
import { chooseFeatures } from './feature-types.ts';
import { damaged, emptyFile, notACellFile, tooBig } from './file-errors.ts';
import { plainStream, type FileTree } from './file-tree.ts';
import { linesOf, separatorOf, splitLine } from './line-reader.ts';
import { storeOfCsr } from './matrix-parts.ts';
import { memoryLimit } from './matrix-store.ts';

const mtxName = /\.mtx(\.gz)?$/i;
const geneFile =
  /(^|[^a-z])(genes?|features?|peaks?|var|var_names|rows?)([^a-z/][^/]*)?\.(tsv|txt|csv|bed)(\.gz)?$/i;
const cellFile =
  /(^|[^a-z])(barcodes?|cells?|obs|obs_names|cell_?names?|cols?)([^a-z/][^/]*)?\.(tsv|txt|csv)(\.gz)?$/i;

/** MatrixMarket files in a tree, the filtered ones first. */
export function matrixMarketFiles(tree: FileTree): readonly string[] {
  const found = tree.names.filter((name) => mtxName.test(name));
  const filtered = (name: string): number => (/filtered/i.test(name) ? 0 : 1);
  return found.sort((a, b) => filtered(a) - filtered(b));
}

/** Reads one matrix of a tree (`part` names it when there are several) with its names, and says which files they came from. Errors: file-damaged, not-h5ad, too-big, empty-file. */
export async function readMatrixMarket(
  tree: FileTree,
  part: string | null,
): Promise<{ readonly file: CellFile; readonly used: readonly string[] }> {
  const matrices = matrixMarketFiles(tree);
  const several = matrices.length > 1;
  const path = several && part !== null && matrices.includes(part) ? part : matrices[0];
  const warnings: string[] = [];
  const matrix = await readMatrix(tree, path);
  const genesAt = beside(tree, path, geneFile);
  const cellsAt = beside(tree, path, cellFile);
  const geneRows = genesAt === null ? null : await readRows(tree, genesAt);
  const cellRows = cellsAt === null ? null : await readRows(tree, cellsAt);
  const geneLines = dropHeader(geneRows, [matrix.rows, matrix.cols]);
  const cellLines = dropHeader(cellRows, [matrix.rows, matrix.cols]);
  const turned = cellsFirst(matrix, geneLines?.length ?? null, cellLines?.length ?? null);
  const counts = turned ? matrix : transposeCsr(matrix);
  if (counts.rows === 0) throw emptyFile(tree.name, 'It holds no cells.');
  if (counts.cols === 0) throw emptyFile(tree.name, 'It holds no genes.');
  const cells = namesOf(cellLines, counts.rows, 'Cell', warnings).map(([name]) => name);
  const genes = geneTable(namesOf(geneLines, counts.cols, 'Gene', warnings));
  const store = storeOfCsr('X', tree.name, 'float32', counts);
  const chosen = several
    ? { store, genes, parts: matrices.map((name) => ({ name, label: name })), chosen: path }
    : chooseFeatures(store, genes, part);
  const file: CellFile = {
    ...bareFile,
    name: tree.name,
    bytes: tree.bytes,
    format: 'MatrixMarket',
    parts: chosen.parts,
    part: chosen.chosen,
    obs: { indexName: '_index', index: cells, columns: new Map() },
    var: chosen.genes,
    matrices: [chosen.store],
    warnings,
    close: () => undefined,
  };
  const used = [genesAt, cellsAt].filter((name) => name !== null);
  return { file, used };
}

/** The file of genes or cells in the folder of the matrix, best one that shares the start of its name. */
function beside(tree: FileTree, matrix: string, rule: RegExp): string | null {
  const folder = matrix.replace(/[^/]*$/, '');
  const stem = matrix.slice(folder.length).replace(/(matrix|counts)?\.mtx.*$/i, '');
  const found = tree.names.filter((name) => {
    const rest = name.slice(folder.length);
    return name.startsWith(folder) && !rest.includes('/') && rule.test(rest);
  });
  const usual = (name: string): number => (/(barcodes|features|genes)\.tsv/i.test(name) ? 0 : 1);
  const own = found.filter((name) => name.slice(folder.length).startsWith(stem));
  const [best] = (own.length > 0 ? own : found).sort((a, b) => usual(a) - usual(b));
  return best ?? null;
}

async function readRows(tree: FileTree, path: string): Promise<string[][]> {
  const rows: string[][] = [];
  let separator: string | null = null;
  for await (const line of linesOf(await plainStream(tree, path))) {
    if (line === '') continue;
    separator ??= line.includes('\t') ? '\t' : /\.csv/i.test(path) ? separatorOf(line) : '\t';
    rows.push(splitLine(line, separator));
  }
  return rows;
}

/** Rows without the first when there is one too many. */
function dropHeader(rows: string[][] | null, sizes: readonly number[]): string[][] | null {
  if (rows === null || sizes.includes(rows.length)) return rows;
  return sizes.includes(rows.length - 1) ? rows.slice(1) : rows;
}

/** Whether the lines of the matrix are cells; without names it is taken as 10x writes it, genes first. */
function cellsFirst(matrix: CsrMatrix, genes: number | null, cells: number | null): boolean {
  const fits = (g: number, c: number): boolean =>
    (genes === null || genes === g) && (cells === null || cells === c);
  if (fits(matrix.rows, matrix.cols)) return false;
  return fits(matrix.cols, matrix.rows);
}

function namesOf(
  rows: readonly (readonly string[])[] | null,
  wanted: number,
  what: string,
  warnings: string[],
): readonly (readonly string[])[] {
  if (rows?.length === wanted) return rows;
  const why =
    rows === null
      ? `There is no file with the names of the ${what.toLowerCase()}s.`
      : `The file with the names of the ${what.toLowerCase()}s has ${rows.length} lines for ${wanted}.`;
  warnings.push(`${why} They are numbered here.`);
  return Array.from({ length: wanted }, (_, i) => [`${what} ${i + 1}`]);
}

/** Columns of genes.tsv (id, symbol) or features.tsv (id, symbol, type, …). */
function geneTable(rows: readonly (readonly string[])[]): Table {
  const columns = new Map<string, Column>();
  const text = (at: number): readonly string[] => rows.map((row) => row[at] ?? '');
  const named = rows.some((row) => row.length > 1);
  if (named) columns.set('gene_ids', { kind: 'text', values: text(0) });
  if (rows.some((row) => row.length > 2)) {
    columns.set('feature_type', { kind: 'text', values: text(2) });
  }
  return { indexName: '_index', index: named ? text(1) : text(0), columns };
}

/** Entries as they come; memory grows with what is there, never with what the header claims. */
class Triples {
  rows = new Uint32Array(65536);
  cols = new Uint32Array(65536);
  values = new Float32Array(65536);
  count = 0;

  add(row: number, col: number, value: number): void {
    if (this.count === this.rows.length) {
      const size = this.count * 2;
      const grow = <T extends Uint32Array | Float32Array>(old: T, next: T): T => {
        next.set(old);
        return next;
      };
      this.rows = grow(this.rows, new Uint32Array(size));
      this.cols = grow(this.cols, new Uint32Array(size));
      this.values = grow(this.values, new Float32Array(size));
    }
    this.rows[this.count] = row;
    this.cols[this.count] = col;
    this.values[this.count++] = value;
  }

  toCsr(rows: number, cols: number): CsrMatrix {
    const indptr = new Uint32Array(rows + 1);
    for (let k = 0; k < this.count; k++) indptr[this.rows[k] + 1]++;
    for (let r = 0; r < rows; r++) indptr[r + 1] += indptr[r];
    const next = indptr.slice(0, rows);
    const indices = new Uint32Array(this.count);
    const values = new Float32Array(this.count);
    for (let k = 0; k < this.count; k++) {
      const at = next[this.rows[k]]++;
      indices[at] = this.cols[k];
      values[at] = this.values[k];
    }
    return { rows, cols, indptr, indices, values };
  }
}

/** Bytes an entry needs while it is read and sorted. */
const entryBytes = 28;
const mostLines = 200_000_000;

async function readMatrix(tree: FileTree, path: string): Promise<CsrMatrix> {
  const bad = (why: string): Error => damaged(tree.name, path, why);
  const triples = new Triples();
  let size: readonly number[] | null = null;
  let pattern = false;
  let first = true;
  try {
    for await (const line of linesOf(await plainStream(tree, path))) {
      if (first) {
        first = false;
        pattern = checkBanner(tree.name, line);
        continue;
      }
      if (line === '' || line.charCodeAt(0) === 37) continue;
      if (size === null) {
        size = line.trim().split(/\s+/).map(Number);
        checkSize(tree.name, path, size);
        continue;
      }
      const [row, col, value] = parseEntry(line, pattern);
      if (!(row >= 1 && row <= size[0] && col >= 1 && col <= size[1]) || Number.isNaN(value)) {
        throw bad(`the line "${line.slice(0, 60)}"`);
      }
      triples.add(row - 1, col - 1, value);
      if (triples.count * entryBytes > memoryLimit)
        throw tooBig(null, triples.count * entryBytes, memoryLimit);
    }
  } catch (thrown) {
    throw thrown instanceof TypeError || thrown instanceof RangeError
      ? bad(String(thrown))
      : thrown;
  }
  if (size === null) throw bad('no sizes');
  if (triples.count !== size[2]) throw bad(`${triples.count} entries instead of ${size[2]}`);
  return triples.toCsr(size[0], size[1]);
}

function checkBanner(name: string, line: string): boolean {
  const [head, object, format, field, symmetry] = line.toLowerCase().split(/\s+/);
  const known = ['integer', 'real', 'double', 'pattern'].includes(field ?? '');
  if (head !== '%%matrixmarket' || object !== 'matrix' || format !== 'coordinate' || !known) {
    throw notACellFile(name, 'a MatrixMarket file that is not a sparse matrix of numbers');
  }
  if (symmetry !== 'general') {
    throw notACellFile(name, 'a symmetric MatrixMarket matrix, so not one of cells and genes');
  }
  return field === 'pattern';
}

function checkSize(name: string, path: string, size: readonly number[]): void {
  const whole = size.length === 3 && size.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!whole) throw damaged(name, path, 'its sizes are not three whole numbers');
  if (size[0] > mostLines || size[1] > mostLines || size[2] * entryBytes > memoryLimit) {
    throw tooBig(size[1], size[2] * entryBytes, memoryLimit);
  }
}

function parseEntry(line: string, pattern: boolean): readonly [number, number, number] {
  const [row, col, value] = line.trim().split(/\s+/);
  return [Number(row), Number(col), pattern ? 1 : Number(value ?? NaN)];
}
