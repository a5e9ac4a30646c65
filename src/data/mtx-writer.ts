/**
 * @file Writes counts as Cell Ranger does (matrix.mtx.gz, features.tsv.gz, barcodes.tsv.gz) with the cells' table and what
 * else is known of them (uns.json), in one zip, block by block.
 *
 * MatrixMarket says the number of entries before the first one. So the matrix begins with a comment and sizes of a fixed length, which
 * gzip holds as they are (a stored block, RFC 1951, 3.2.4) and which are written last; the checksum of the whole is joined from its parts.
 */
import { Deflate, Gzip } from 'fflate';
import { crc32, joinCrc32 } from '../numerics/crc32.ts';
import { csrNnz, type CsrMatrix } from '../numerics/csr.ts';
import type { OutColumn, OutFile, OutTable } from './anndata-layout.ts';
import { MemoryFile, type ByteFile } from './byte-file.ts';
import type { CellBlock, StreamEnd } from './cell-stream.ts';
import { ZipWriter, type ZipEntry } from './zip-writer.ts';

const idColumn = /^(gene_?ids?|ensembl\w*|accession|ids?)$/i;
const gzipLevel = 4;
const banner = '%%MatrixMarket matrix coordinate integer general\n';
/** Bytes of the text before the first count. The comment line is filled up with spaces. */
const headLength = 256;
const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const storedBlockBytes = 5;

/** Bytes of a zip archive with the folder `folder` in it. Rows of the matrix are genes, as 10x has them. */
export function writeMtx(content: OutFile, folder: string): Uint8Array {
  const file = new MemoryFile();
  const archive = new MtxArchive(file, content.counts.cols, folder);
  archive.add({ counts: content.counts });
  archive.finish(content);
  return file.content();
}

/** The archive while it grows. */
export class MtxArchive {
  private readonly zip: ZipWriter;
  private readonly matrix: MatrixEntry;

  /** @param genes rows of the matrix */
  constructor(
    file: ByteFile,
    genes: number,
    private readonly folder: string,
  ) {
    this.zip = new ZipWriter(file);
    const head = gzipHeader.length + storedBlockBytes + headLength;
    this.matrix = new MatrixEntry(this.zip.begin(`${folder}/matrix.mtx.gz`, head), genes);
  }

  /** Adds cells; their maps have no place in this format. */
  add({ counts }: Pick<CellBlock, 'counts'>): void {
    this.matrix.add(counts);
  }

  /** Writes the tables and the archive's directory. */
  finish({ obs, var: genes, uns }: StreamEnd): void {
    this.matrix.finish();
    this.packed('features.tsv.gz', featureLines(genes));
    this.packed('barcodes.tsv.gz', barcodeLines(obs));
    const table = this.zip.begin(`${this.folder}/cells.csv`);
    for (const text of inPieces(tableLines(obs))) table.append(text);
    table.end();
    if (Object.keys(uns).length > 0) {
      const text = `${JSON.stringify(uns, null, 2)}\n`;
      this.zip.add(`${this.folder}/uns.json`, new TextEncoder().encode(text));
    }
    this.zip.finish();
  }

  private packed(name: string, lines: Iterable<string>): void {
    const entry = this.zip.begin(`${this.folder}/${name}`);
    const gzip = new Gzip({ level: gzipLevel, mtime: 0 }, (chunk) => entry.append(chunk));
    for (const text of inPieces(lines)) gzip.push(text);
    gzip.push(new Uint8Array(0), true);
    entry.end();
  }
}

/** The gzipped matrix: one entry a line, packed as it grows. */
class MatrixEntry {
  private readonly deflate: Deflate;
  private readonly text = new Uint8Array(1 << 16);
  private filled = 0;
  private crc = 0;
  private bytes = 0;
  private cells = 0;
  private entries = 0;

  constructor(
    private readonly entry: ZipEntry,
    private readonly genes: number,
  ) {
    this.deflate = new Deflate({ level: gzipLevel }, (chunk) => entry.append(chunk));
  }

  add(counts: CsrMatrix): void {
    // Three numbers of at most 16 digits with what stands between them.
    const longestLine = 51;
    for (let cell = 0; cell < counts.rows; cell++) {
      for (let k = counts.indptr[cell]; k < counts.indptr[cell + 1]; k++) {
        if (this.filled + longestLine > this.text.length) this.pack();
        this.put(counts.indices[k] + 1, space);
        this.put(this.cells + cell + 1, space);
        this.put(counts.values[k], lineEnd);
      }
    }
    this.cells += counts.rows;
    this.entries += csrNnz(counts);
  }

  finish(): void {
    this.pack();
    this.deflate.push(new Uint8Array(0), true);
    const head = this.head();
    const trailer = new DataView(new ArrayBuffer(8));
    trailer.setUint32(0, joinCrc32(crc32(head), this.crc, this.bytes), true);
    trailer.setUint32(4, (headLength + this.bytes) % 2 ** 32, true);
    this.entry.append(new Uint8Array(trailer.buffer));
    const whole = new Uint8Array(gzipHeader.length + storedBlockBytes + headLength);
    whole.set(gzipHeader);
    const length = [headLength & 255, headLength >> 8];
    whole.set([0, ...length, ...length.map((byte) => 255 - byte)], gzipHeader.length);
    whole.set(head, gzipHeader.length + storedBlockBytes);
    this.entry.end(whole);
  }

  private head(): Uint8Array {
    const sizes = `\n${this.genes} ${this.cells} ${this.entries}\n`;
    const comment = '%metadata_json: {}'.padEnd(headLength - banner.length - sizes.length);
    return new TextEncoder().encode(banner + comment + sizes);
  }

  /** Writes a whole number and a byte after it. */
  private put(value: number, after: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    let left = value;
    for (let at = this.filled + digits - 1; at >= this.filled; at--) {
      const tenth = Math.floor(left / 10);
      this.text[at] = zero + left - 10 * tenth;
      left = tenth;
    }
    this.filled += digits;
    this.text[this.filled++] = after;
  }

  private pack(): void {
    const text = this.text.subarray(0, this.filled);
    this.crc = crc32(text, this.crc);
    this.bytes += text.length;
    this.filled = 0;
    // The packer keeps what it was given until it has enough.
    this.deflate.push(text.slice());
  }
}

const zero = 48;
const space = 32;
const lineEnd = 10;
const pieceLength = 1 << 16;

/** Lines as UTF-8, some at a time. */
function* inPieces(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < pieceLength) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}

/** Tabs and ends of lines would break a table. */
const clean = (text: string): string => text.replace(/[\t\r\n]/g, ' ');

function* barcodeLines(cells: OutTable): Generator<string> {
  for (const name of cells.index) yield `${clean(name)}\n`;
}

function* featureLines(genes: OutTable): Generator<string> {
  const name = [...genes.columns.keys()].find((key) => idColumn.test(key));
  const column = name === undefined ? undefined : genes.columns.get(name);
  for (const [i, symbol] of genes.index.entries()) {
    const id = column ? fieldOf(column, i) : symbol;
    yield `${clean(id)}\t${clean(symbol)}\tGene Expression\n`;
  }
}

function fieldOf(column: OutColumn, row: number): string {
  if (column.kind === 'text') return column.values[row];
  if (column.kind === 'categorical') {
    return column.codes[row] < 0 ? '' : column.categories[column.codes[row]];
  }
  const value = column.values[row];
  return Number.isNaN(value) ? '' : String(value);
}

/** A table as CSV, its index first. */
function* tableLines(table: OutTable): Generator<string> {
  const quote = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const line = (parts: readonly string[]): string => `${parts.map(quote).join(',')}\n`;
  const columns = [...table.columns.values()];
  yield line(['cell', ...table.columns.keys()]);
  for (const [row, name] of table.index.entries()) {
    yield line([name, ...columns.map((column) => fieldOf(column, row))]);
  }
}
