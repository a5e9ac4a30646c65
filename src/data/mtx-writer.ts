/** @file Writes counts as Cell Ranger does (matrix.mtx.gz, features.tsv.gz, barcodes.tsv.gz) with the cells' table, in one zip. */
import { Gzip, strToU8, zipSync } from 'fflate';
import { csrNnz, type CsrMatrix } from '../numerics/csr.ts';
import type { OutColumn, OutFile, OutTable } from './anndata-layout.ts';

const idColumn = /^(gene_?ids?|ensembl\w*|accession|ids?)$/i;

/** Bytes of a zip archive with the folder `folder` in it. Rows of the matrix are genes, as 10x has them. */
export function writeMtx(content: OutFile, folder: string): Uint8Array {
  const files = {
    'matrix.mtx.gz': matrixText(content.counts),
    'features.tsv.gz': gzipped(featureLines(content.var)),
    'barcodes.tsv.gz': gzipped(content.obs.index.map((name) => `${clean(name)}\n`)),
    'cells.csv': strToU8(tableText(content.obs)),
  };
  const inside = Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]);
  return zipSync(Object.fromEntries(inside) as Record<string, Uint8Array>, { level: 0 });
}

/** Text of lines, packed as it grows. */
class PackedText {
  private readonly chunks: Uint8Array[] = [];
  private readonly gzip = new Gzip({ level: 4 }, (chunk) => {
    this.chunks.push(chunk);
  });
  private text = '';

  add(line: string): void {
    this.text += line;
    if (this.text.length < 1 << 20) return;
    this.gzip.push(strToU8(this.text));
    this.text = '';
  }

  finish(): Uint8Array {
    this.gzip.push(strToU8(this.text), true);
    const whole = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

function gzipped(lines: readonly string[]): Uint8Array {
  const text = new PackedText();
  for (const line of lines) text.add(line);
  return text.finish();
}

function matrixText(counts: CsrMatrix): Uint8Array {
  const text = new PackedText();
  text.add('%%MatrixMarket matrix coordinate integer general\n%metadata_json: {}\n');
  text.add(`${counts.cols} ${counts.rows} ${csrNnz(counts)}\n`);
  for (let cell = 0; cell < counts.rows; cell++) {
    for (let k = counts.indptr[cell]; k < counts.indptr[cell + 1]; k++) {
      text.add(`${counts.indices[k] + 1} ${cell + 1} ${counts.values[k]}\n`);
    }
  }
  return text.finish();
}

/** Tabs and ends of lines would break a table. */
const clean = (text: string): string => text.replace(/[\t\r\n]/g, ' ');

function featureLines(genes: OutTable): readonly string[] {
  const name = [...genes.columns.keys()].find((key) => idColumn.test(key));
  const column = name === undefined ? undefined : genes.columns.get(name);
  return genes.index.map((symbol, i) => {
    const id = column ? fieldOf(column, i) : symbol;
    return `${clean(id)}\t${clean(symbol)}\tGene Expression\n`;
  });
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
function tableText(table: OutTable): string {
  const quote = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const columns = [...table.columns];
  const lines = [['cell', ...columns.map(([name]) => name)]];
  for (const [row, name] of table.index.entries()) {
    lines.push([name, ...columns.map(([, column]) => fieldOf(column, row))]);
  }
  return `${lines.map((line) => line.map(quote).join(',')).join('\n')}\n`;
}
