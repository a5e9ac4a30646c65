/** @file Opens several kinds of features of one file as one: cells matched by name, columns side by side. */
import { joinColumns } from '../numerics/csr-join.ts';
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';
import type { CellFile, Embedding } from './cell-file.ts';
import type { Column, Table } from './column-reader.ts';
import { listSources } from './counts-detection.ts';
import { readCsr } from './csr-reading.ts';
import { everything } from './feature-types.ts';
import { formatCount, tooBig } from './file-errors.ts';
import type { Given, H5Backend } from './h5-backend.ts';
import { converterOf, takeRows } from './load.ts';
import { estimateLoad } from './load-estimate.ts';
import { openSampleEntries } from './matrix-scan.ts';
import { storeOfCsr, storeWidth, type MatrixStore } from './matrix-parts.ts';
import { memoryLimit } from './matrix-store.ts';
import {
  KIND_SEPARATOR,
  kindCalled,
  kindsIn,
  listKinds,
  resolveKinds,
  typesOf,
  type FoundKind,
} from './modalities.ts';
import { openCells } from './open-file.ts';
import { fewestCells } from './select.ts';
import { judgeFile } from './summary.ts';

/**
 * Opens what is given like `openCells`; a part may also name several kinds of features ("rna + atac"), which are then joined in memory.
 * Errors: those of openCells; bad-request (an unknown kind, cells of one name), no-counts, too-big, too-few-cells (few have all kinds).
 */
export async function openWithKinds(
  backend: H5Backend,
  given: Given,
  part: string | null,
): Promise<CellFile> {
  const file = await openCells(backend, given, part);
  try {
    const found = kindsIn(file);
    const names = namesOf(file, found, part);
    if (names.length === 0) return withKinds(file, found, []);
    const wanted = resolveKinds(found, names, file.name);
    if (file.parts.length === 0) return await takeKinds(file, found, wanted);
    if (wanted.length === 1) {
      const [only] = wanted;
      if (only.name === file.part) return withKinds(file, found, [only.name]);
      file.close();
      return withKinds(await openCells(backend, given, only.name), found, [only.name]);
    }
    if (file.parts.some(({ name }) => name === everything)) {
      file.close();
      return await takeKinds(await openCells(backend, given, everything), found, wanted);
    }
    return await joinParts(backend, given, { first: file, found, wanted });
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** The kinds that a part stands for: those it names, the open part, or by itself all that are known. None: they do not matter. */
function namesOf(
  file: CellFile,
  found: readonly FoundKind[],
  part: string | null,
): readonly string[] {
  const known = found.filter(({ likelihood }) => likelihood !== null).map(({ name }) => name);
  const peaks = found.some(({ likelihood }) => likelihood === 'bernoulli');
  const names = part === null || part === file.part ? [] : part.split(KIND_SEPARATOR);
  if (names.length > 1 || (names.length === 1 && kindCalled(found, names[0]) !== null)) {
    return names;
  }
  // Nothing that is a kind was asked for: what a file opens by itself.
  if (file.part === everything || file.parts.length === 0) return peaks ? known : [];
  return found.some(({ name }) => name === file.part) ? [file.part ?? ''] : [];
}

function withKinds(file: CellFile, found: readonly FoundKind[], open: readonly string[]): CellFile {
  const kinds = listKinds(found, open);
  return kinds === undefined ? file : { ...file, kinds };
}

const joinedName = (wanted: readonly FoundKind[]): string =>
  wanted.map(({ name }) => name).join(KIND_SEPARATOR);

/** Some kinds of one matrix whose features have types; read at once unless its columns are these already. */
async function takeKinds(
  file: CellFile,
  found: readonly FoundKind[],
  wanted: readonly FoundKind[],
): Promise<CellFile> {
  const open = wanted.map(({ name }) => name);
  const types = typesOf(file.var);
  const columns = Int32Array.from(
    types.length === 0
      ? file.var.index.keys()
      : open.flatMap((name) => types.flatMap((type, column) => (type === name ? [column] : []))),
  );
  const part = found.length > 1 ? joinedName(wanted) : file.part;
  const whole = columns.length === file.var.index.length && columns.every((own, k) => own === k);
  if (whole) return { ...withKinds(file, found, open), part };
  const { counts, where } = await readBest(file, memoryLimit);
  return {
    ...withKinds(file, found, open),
    part,
    var: takeRows(file.var, columns),
    rawVar: null,
    matrices: [storeOfCsr(where, file.name, 'float32', selectColumns(counts, columns))],
  };
}

interface Joining {
  readonly first: CellFile;
  readonly found: readonly FoundKind[];
  readonly wanted: readonly FoundKind[];
}

/** Parts with tables of their own (h5mu), side by side for the cells that all of them have. */
async function joinParts(
  backend: H5Backend,
  given: Given,
  { first, found, wanted }: Joining,
): Promise<CellFile> {
  const files: CellFile[] = [];
  try {
    for (const { name } of wanted) {
      files.push(name === first.part ? first : await openCells(backend, given, name));
    }
    const names = wanted.map(({ name }) => name);
    const rows = commonRows(files, names);
    const read: CsrMatrix[] = [];
    let [left, where] = [memoryLimit, ''];
    for (const [k, file] of files.entries()) {
      const best = await readBest(file, left);
      left -= best.bytes;
      if (k === 0) where = best.where;
      read.push(selectRows(best.counts, rows[k]));
    }
    const cells = rows[0].length;
    const places = Int32Array.from({ length: cells }, (_, row) => row);
    const counts = joinColumns(read, read.map(() => places), cells); // prettier-ignore
    if (!files.includes(first)) first.close();
    return {
      ...withKinds(inRows(files[0], rows[0]), found, names),
      part: joinedName(wanted),
      var: joinTables(files, names),
      rawVar: null,
      matrices: [storeOfCsr(where, first.name, 'float32', counts)],
      warnings: [...fewerCells(files, cells), ...new Set(files.flatMap((file) => file.warnings))],
      close: () => files.forEach((file) => file.close()),
    };
  } catch (thrown) {
    for (const file of files) file.close();
    throw thrown;
  }
}

function fewerCells(files: readonly CellFile[], cells: number): readonly string[] {
  const most = Math.max(...files.map((file) => file.obs.index.length));
  if (cells === most) return [];
  return [
    `${formatCount(cells)} of ${formatCount(most)} cells have all kinds of features. Only they are open.`,
  ];
}

/** A file's cells in another order, or some of them. */
function inRows(file: CellFile, rows: Int32Array): CellFile {
  const shapes = [...file.obsm].map(([key, { shape, readable }]): [string, Embedding] => [
    key,
    { shape: [rows.length, shape[1]], readable },
  ]);
  return {
    ...file,
    obs: takeRows(file.obs, rows),
    obsm: new Map(shapes),
    embedding: async (key) => {
      const values = await file.embedding(key);
      const dims = file.obsm.get(key)?.shape[1] ?? 0;
      const taken = values && new Float32Array(rows.length * dims);
      rows.forEach((row, to) => {
        if (values) taken?.set(values.subarray(row * dims, (row + 1) * dims), to * dims);
      });
      return taken;
    },
  };
}

/** Tables of features one below the other, with the texts of all and a column that tells the kinds. */
function joinTables(files: readonly CellFile[], kinds: readonly string[]): Table {
  const names = new Set(files.flatMap((file) => [...file.var.columns.keys()]));
  names.delete('feature_types');
  const columns = new Map<string, Column>();
  for (const name of names) {
    const values = files.flatMap(({ var: own }) => {
      const column = own.columns.get(name);
      return column?.kind === 'text' ? column.values : own.index.map(() => null);
    });
    if (values.some((value) => value !== null)) columns.set(name, { kind: 'text', values });
  }
  columns.set('feature_types', {
    kind: 'text',
    values: files.flatMap((file, k) => file.var.index.map(() => kinds[k])),
  });
  return { indexName: '_index', index: files.flatMap((file) => file.var.index), columns };
}

/** The counts that would be chosen. Errors: no-counts, too-big, bad-values, file-damaged. */
async function readBest(
  file: CellFile,
  allowed: number,
): Promise<{ readonly counts: CsrMatrix; readonly where: string; readonly bytes: number }> {
  const sources = listSources((await judgeFile(file, openSampleEntries)).matrices);
  const storeAt = (where: string | undefined) => file.matrices.find((own) => own.where === where);
  const fits = (store: MatrixStore | undefined): boolean =>
    store !== undefined && storeWidth(store) === file.var.index.length;
  const source = sources.find((own) => own.usable && fits(storeAt(own.where)));
  const store = storeAt(source?.where);
  if (!source || !store) throw noCounts(file);
  const bytes = estimateLoad(file, [source])?.bytes ?? 0;
  if (bytes > allowed) throw tooBig(file.obs.index.length, bytes, allowed);
  const { signal } = new AbortController();
  const convert = await converterOf(file, store, source, signal);
  const where = source.where === 'raw/X' ? 'X' : source.where;
  return { counts: await readCsr(store, { convert }), where, bytes };
}

function noCounts({ name, part }: CellFile): StudioError {
  return new StudioError(
    'no-counts',
    part === null ? 'No counts in this file.' : `No counts in ${part}.`,
    `To be used together, each kind of features of ${name} needs whole counts in X or in layers['counts']. Save the file with them, or use the other kind alone.`,
    { file: name },
  );
}

/** Rows of every file that hold the same cells, in the order of the first. Errors: bad-request, too-few-cells. */
function commonRows(files: readonly CellFile[], names: readonly string[]): Int32Array[] {
  const maps = files.map((file, k) => {
    const own = new Map(file.obs.index.map((cell, row) => [cell, row]));
    if (own.size === file.obs.index.length) return own;
    throw new StudioError(
      'bad-request',
      `Cells of ${names[k]} have the same name.`,
      'Cells of different kinds of features are matched by their names, so these must differ. Make them unique in the file.',
      { modality: names[k] },
    );
  });
  const common = [...maps[0].keys()].filter((cell) => maps.every((map) => map.has(cell)));
  if (common.length < fewestCells) {
    const both = names.join(' and ');
    throw new StudioError(
      'too-few-cells',
      common.length === 0
        ? `${both} have no cell in common.`
        : `${both} have only ${common.length} cells in common.`,
      'A joint model needs both kinds of features of the same cells, under the same names. Name the cells alike, or train on one of them.',
      { cells: common.length },
    );
  }
  return maps.map((map) => Int32Array.from(common, (cell) => map.get(cell) ?? -1));
}
