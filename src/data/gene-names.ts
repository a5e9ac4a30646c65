/** @file What the genes are called: the index of var, or one of its columns (symbols, Ensembl ids). */
import type { GeneNaming } from '../protocol/dataset.ts';
import type { CellFile } from './cell-file.ts';
import { columnTexts, type Column, type Table } from './column-reader.ts';
import { uniqueNames } from './unique-names.ts';

const ensembl = /^ENS[A-Z]*G\d{6,}/;
const symbolColumn = /^(feature_names?|gene_symbols?|gene_names?|symbols?|gene_short_name|name)$/i;
const idColumn = /^(gene_?ids?|ensembl.*|feature_ids?|accession|ids?)$/i;
/** Names looked at to tell what they are. */
const looked = 200;
const exampleCount = 3;

function kindOf(column: string, names: readonly string[]): GeneNaming['kind'] {
  const some = names.filter((name) => name !== '').slice(0, looked);
  const ids = some.filter((name) => ensembl.test(name)).length;
  if (some.length > 0 && ids >= some.length / 2) return 'ensembl';
  return column === '' || symbolColumn.test(column) ? 'symbols' : 'other';
}

function textsOf(column: Column | undefined): readonly string[] | null {
  return column?.kind === 'text' || column?.kind === 'categorical' ? columnTexts(column) : null;
}

function naming(column: string, names: readonly string[]): GeneNaming {
  const examples = names.filter((name) => name !== '').slice(0, exampleCount);
  const repeated = names.length - new Set(names).size;
  return { column, kind: kindOf(column, names), examples, repeated };
}

/** Ways to name the genes, the index first: columns of symbols or ids by their names or values. */
export function geneNamings(genes: Table): readonly GeneNaming[] {
  const found = [naming('', genes.index)];
  for (const [name, column] of genes.columns) {
    const texts = textsOf(column);
    if (texts === null || !texts.some((text) => text !== '')) continue;
    const way = naming(name, texts);
    if (way.kind === 'ensembl' || symbolColumn.test(name) || idColumn.test(name)) found.push(way);
  }
  return found;
}

/**
 * The table of genes that belongs to a matrix, named by the index or a column; names that occur twice are numbered as anndata numbers
 * them. Where the column is empty the index stays; the index becomes a column.
 */
export function genesOf(file: CellFile, where: string, column = ''): Table {
  const table = where === 'raw/X' && file.rawVar !== null ? file.rawVar : file.var;
  const texts = column === '' ? null : textsOf(table.columns.get(column));
  if (texts === null) {
    const index = uniqueNames(table.index);
    return index === table.index ? table : { ...table, index };
  }
  const columns = new Map<string, Column>([['file_index', { kind: 'text', values: table.index }]]);
  for (const [name, own] of table.columns) if (name !== column) columns.set(name, own);
  const index = uniqueNames(texts.map((text, i) => (text === '' ? table.index[i] : text)));
  return { indexName: table.indexName, index, columns };
}

/** Gene symbols: the index, or where that holds Ensembl ids, a column of symbols. */
export function symbolsOf(genes: Table): readonly string[] {
  if (kindOf('', genes.index) !== 'ensembl') return genes.index;
  const name = [...genes.columns.keys()].find((key) => symbolColumn.test(key));
  return (name === undefined ? null : textsOf(genes.columns.get(name))) ?? genes.index;
}
