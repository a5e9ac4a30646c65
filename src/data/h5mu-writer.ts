/** @file Writes an h5mu file: one table of cells, and each kind of features laid out as AnnData below mod/. */
import { selectColumns } from '../numerics/csr.ts';
import { cellsmithVersion } from '../protocol/version.ts';
import {
  encoding,
  rootAttributes,
  safeName,
  writeAnnData,
  writeTable,
  type OutColumn,
  type OutFile,
  type OutTable,
} from './anndata-layout.ts';
import { placeBooleans } from './h5-booleans.ts';
import type { H5Backend } from './h5-backend.ts';
import { H5Out, setAttributes } from './h5ad-writer.ts';

/** A run of neighbouring columns of the counts. */
export interface OutModality {
  readonly name: string;
  readonly features: number;
}

/** Bytes of an h5mu file: the file's columns are dealt to the modalities in order. Errors: RangeError, and what HDF5 reports. */
export function writeH5mu(
  backend: H5Backend,
  content: OutFile,
  modalities: readonly OutModality[],
): Uint8Array {
  const parts = splitFile(content, modalities);
  const path = backend.scratchPath();
  backend.module.activate_throwing_error_handler();
  try {
    const file = new backend.File(path, 'w');
    try {
      setAttributes(file, encoding('MuData', '0.1.0'));
      const root = new H5Out(file);
      const names = modalities.map((m) => safeName(m.name));
      const mod = root.group('mod', { 'mod-order': names });
      for (const [k, part] of parts.entries()) {
        const own = mod.group(names[k], rootAttributes);
        writeAnnData(own.asRoot(`/mod/${names[k]}`), part);
      }
      writeTable(root, 'obs', content.obs);
      writeTable(root, 'var', { ...content.var, columns: new Map() });
      const obsm = root.group('obsm', encoding('dict', '0.1.0'));
      for (const [key, { dims, values }] of content.obsm) {
        obsm.numbers(safeName(key), values, [content.obs.index.length, dims], encoding('array'));
      }
      for (const empty of ['varm', 'obsp', 'varp']) root.group(empty, encoding('dict', '0.1.0'));
      const size = { cells: content.obs.index.length, features: content.counts.cols };
      writePlaces(root, size, modalities);
    } finally {
      file.close();
    }
  } finally {
    backend.module.deactivate_throwing_error_handler();
  }
  const bytes = backend.takeScratch(path);
  placeBooleans(bytes);
  return withUserBlock(bytes);
}

/** HDF5 looks for its own beginning at 0, 512, 1024 …; what stands before it belongs to the user. */
const USER_BLOCK = 512;

/** Puts the line before the file by which mudata knows its own; without it every reading begins with a warning. */
function withUserBlock(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(USER_BLOCK + bytes.length);
  all.set(userBlock());
  all.set(bytes, USER_BLOCK);
  return all;
}

/** The line before the file. */
export function userBlock(): Uint8Array {
  const line = `MuData (format-version=0.1.0;creator=cellsmith;creator-version=${cellsmithVersion})`;
  const block = new Uint8Array(USER_BLOCK);
  block.set(new TextEncoder().encode(line));
  return block;
}

/** The parts of a file that belong to each modality; maps and notes stay with the whole but for the first, which keeps the notes. */
export function splitFile(content: OutFile, modalities: readonly OutModality[]): OutFile[] {
  const total = modalities.reduce((sum, m) => sum + m.features, 0);
  if (total !== content.counts.cols) throw new RangeError('the modalities are not the columns');
  let from = 0;
  return modalities.map(({ features }, k) => {
    const columns = Int32Array.from({ length: features }, (_, f) => from + f);
    from += features;
    return {
      counts: selectColumns(content.counts, columns),
      obs: content.obs,
      var: pickTable(content.var, columns),
      obsm: new Map(),
      uns: k === 0 ? content.uns : {},
    };
  });
}

/** Some rows of a table. */
export function pickTable(table: OutTable, rows: Int32Array): OutTable {
  const columns = new Map<string, OutColumn>();
  for (const [name, column] of table.columns) columns.set(name, pickColumn(column, rows));
  return { ...table, index: Array.from(rows, (row) => table.index[row]), columns };
}

function pickColumn(column: OutColumn, rows: Int32Array): OutColumn {
  if (column.kind === 'categorical') return { ...column, codes: rows.map((r) => column.codes[r]) };
  if (column.kind === 'text') {
    return { ...column, values: Array.from(rows, (row) => column.values[row]) };
  }
  const values = Float64Array.from(rows, (row) => column.values[row]);
  return { kind: 'double', values };
}

/** Where each cell and feature stands in each modality, counted from 1; 0 is absent. */
export function writePlaces(
  root: H5Out,
  { cells: cellCount, features: all }: { readonly cells: number; readonly features: number },
  modalities: readonly OutModality[],
): void {
  const obsmap = root.group('obsmap', encoding('dict', '0.1.0'));
  const varmap = root.group('varmap', encoding('dict', '0.1.0'));
  let from = 0;
  for (const { name, features } of modalities) {
    const cells = Int32Array.from({ length: cellCount }, (_, i) => i + 1);
    obsmap.numbers(safeName(name), cells, [cells.length], encoding('array'));
    const own = new Int32Array(all);
    for (let f = 0; f < features; f++) own[from + f] = f + 1;
    from += features;
    varmap.numbers(safeName(name), own, [own.length], encoding('array'));
  }
}
