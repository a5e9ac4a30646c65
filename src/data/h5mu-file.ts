/** @file h5mu: several modalities of the same cells, each laid out as AnnData; one is read at a time. */
import type { FilePart } from '../protocol/dataset.ts';
import { isMadeHere, readAnnData } from './anndata-tree.ts';
import type { CellFile } from './cell-file.ts';
import { readTable, type Column, type Table } from './column-reader.ts';
import { formatCount, notAnnData } from './file-errors.ts';
import type { TreeReader } from './tree-reader.ts';

/** Reads one modality: the one asked for, else the first whose name says RNA, else the first. */
export async function readMuData(tree: TreeReader, part: string | null): Promise<CellFile> {
  const names = modalities(tree);
  if (names.length === 0) throw notAnnData(tree.name, 'it holds no modality with cells and genes');
  const usual = names.find((name) => /rna|gex|gene/i.test(name)) ?? names[0];
  const chosen = part !== null && names.includes(part) ? part : usual;
  const file = await readAnnData(tree, 'h5mu', `mod/${chosen}/`);
  const parts: FilePart[] = [];
  for (const name of names) {
    const features =
      name === chosen ? file.var.index : (await readTable(tree, `mod/${name}/var`)).index;
    const { length } = features;
    parts.push({ name, label: `${name}, ${formatCount(length)} features`, features: length });
  }
  // One modality holds the note for all.
  const madeHere = names.some((name) => isMadeHere(tree, `mod/${name}/`));
  const obs = await withCommonColumns(tree, file.obs, chosen);
  return { ...file, parts, part: chosen, obs, madeHere };
}

function modalities(tree: TreeReader): readonly string[] {
  const found = tree
    .keys('mod')
    .filter((name) => tree.kind(`mod/${name}/obs`) && tree.kind(`mod/${name}/var`));
  const order = tree.attribute('mod', 'mod-order');
  const listed = Array.isArray(order)
    ? order.map(String).filter((name) => found.includes(name))
    : [];
  return [...listed, ...found.filter((name) => !listed.includes(name))];
}

/** Adds the columns that stand over all modalities, matched by the cells' names. */
async function withCommonColumns(tree: TreeReader, own: Table, chosen: string): Promise<Table> {
  if (tree.kind('obs') === null) return own;
  const common = await readTable(tree, 'obs');
  const row = new Map(common.index.map((name, i) => [name, i]));
  const rows = Int32Array.from(own.index, (name) => row.get(name) ?? -1);
  const columns = new Map(own.columns);
  for (const [name, column] of common.columns) {
    if (columns.has(name) || own.columns.has(name.replace(`${chosen}:`, ''))) continue;
    const taken = takeColumn(column, rows);
    if (taken) columns.set(name, taken);
  }
  return { ...own, columns };
}

/** Rows of a column, −1 for missing ones. Missing places stay missing. */
export function takeColumn(column: Column, rows: Int32Array): Column | null {
  switch (column.kind) {
    case 'categorical':
      return { ...column, codes: rows.map((row) => (row < 0 ? -1 : column.codes[row])) };
    case 'number':
      return {
        ...column,
        values: Float64Array.from(rows, (row) => (row < 0 ? NaN : column.values[row])),
      };
    case 'boolean':
      return {
        ...column,
        values: Int8Array.from(rows, (row) => (row < 0 ? -1 : column.values[row])),
        nullable: true,
      };
    case 'text':
      return {
        ...column,
        values: Array.from(rows, (row) => (row < 0 ? null : column.values[row])),
      };
    case 'unreadable':
      return null;
  }
}
