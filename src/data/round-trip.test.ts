/** @file Random AnnData made by Python → read here → written here → equal in Python. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { csrToDense, emptyCsr, type CsrMatrix } from '../numerics/csr.ts';
import { writeZarr } from './zarr-writer.ts';
import type { CellFile } from './cell-file.ts';
import type { Column, Table } from './column-reader.ts';
import { readCsr } from './csr-reading.ts';
import { layOutExport } from './export-content.ts';
import type { OutFile } from './anndata-layout.ts';
import { nodeBackend } from './h5-node.ts';
import { writeH5ad } from './h5ad-writer.ts';
import { openCells } from './open-file.ts';
import { temporaryFolder } from './testing/files.ts';
import { startPython } from './testing/python-process.ts';
import { randomFile, type FileSpec } from './testing/random-anndata.ts';

const python = startPython('round_trip.py');
if (python === null)
  console.log('Left out: round trips through Python (CELLSMITH_PYTHON names none).');
const folder = temporaryFolder();
afterAll(() => {
  python?.stop();
  folder.remove();
});

interface PythonColumn {
  readonly kind: 'categorical' | 'bool' | 'int' | 'float' | 'text';
  readonly categories?: readonly string[];
  readonly codes?: readonly number[];
  readonly ordered?: boolean;
  readonly values?: readonly (string | number | boolean | null)[];
}

interface PythonFile {
  readonly obs_names: readonly string[];
  readonly var_names: readonly string[];
  readonly X: readonly number[] | null;
  readonly layers: Readonly<Record<string, readonly number[]>>;
  readonly raw: { readonly var_names: readonly string[]; readonly X: readonly number[] } | null;
  readonly obs: Readonly<Record<string, PythonColumn>>;
  readonly var: Readonly<Record<string, PythonColumn>>;
  readonly obsm: Readonly<Record<string, readonly number[]>>;
}

/** One of our columns as Python tells it. */
function told(column: Column | undefined): PythonColumn | string {
  switch (column?.kind) {
    case undefined:
      return 'missing';
    case 'unreadable':
      return column.why;
    case 'categorical': {
      const { categories, codes, ordered = false } = column;
      return { kind: 'categorical', categories, codes: Array.from(codes), ordered };
    }
    case 'boolean':
      return { kind: 'bool', values: Array.from(column.values, (v) => (v < 0 ? null : v === 1)) };
    case 'number': {
      const kind = /int/i.test(column.dtype) ? 'int' : 'float';
      return { kind, values: Array.from(column.values, (v) => (Number.isNaN(v) ? null : v)) };
    }
    case 'text':
      return { kind: 'text', values: column.values };
  }
}

function expectTable(own: Table, index: readonly string[], columns: PythonFile['obs']): void {
  expect(own.index).toEqual(index);
  expect([...own.columns.keys()]).toEqual(Object.keys(columns));
  for (const [name, column] of Object.entries(columns)) {
    expect(told(own.columns.get(name)), name).toEqual(column);
  }
}

async function matrixOf(file: CellFile, where: string): Promise<CsrMatrix> {
  const store = file.matrices.find((matrix) => matrix.where === where);
  if (!store) throw new Error(`no ${where}: ${file.warnings.join(' ')}`);
  return readCsr(store);
}

async function expectSame(file: CellFile, python: PythonFile): Promise<void> {
  expectTable(file.obs, python.obs_names, python.obs);
  expectTable(file.var, python.var_names, python.var);
  const matrices: [string, readonly number[]][] = Object.entries(python.layers).map(
    ([name, values]) => [`layers/${name}`, values],
  );
  if (python.X) matrices.push(['X', python.X]);
  if (python.raw) {
    matrices.push(['raw/X', python.raw.X]);
    expect(file.rawVar?.index).toEqual(python.raw.var_names);
  }
  for (const [where, values] of matrices) {
    const own = csrToDense(await matrixOf(file, where));
    expect(Array.from(own), where).toEqual(values.map(Math.fround));
  }
  for (const [name, values] of Object.entries(python.obsm)) {
    expect(Array.from((await file.embedding(name)) ?? []), name).toEqual(values);
  }
}

/** The whole file as an export of its real cells, without a synthetic one. */
async function copyOf(file: CellFile): Promise<OutFile> {
  const embeddings = new Map<string, { dims: number; values: Float32Array }>();
  for (const [key, { shape }] of file.obsm) {
    const values = await file.embedding(key);
    if (values) embeddings.set(key, { dims: shape[1], values });
  }
  const genes = file.var.index.length;
  return layOutExport(
    {
      counts: emptyCsr(0, genes),
      geneIndex: Int32Array.from(file.var.index.keys()),
      geneNames: file.var.index,
      allGenes: true,
      obsNames: [],
      obs: {},
      obsm: Object.fromEntries(
        [...embeddings].map(([key, { dims }]) => [key, { dims, values: new Float32Array(0) }]),
      ),
      uns: {},
      withReal: true,
    },
    {
      counts: await matrixOf(file, 'X'),
      obs: file.obs,
      var: file.var,
      embeddings,
      colours: (name, needed) => file.colours(name, needed),
    },
  );
}

/** float64 values in X go through float32, so the description that Python compares must be of such values. */
const roundedSpec = (spec: FileSpec): FileSpec => ({
  ...spec,
  X: spec.X && {
    ...spec.X,
    entries: spec.X.entries.map(([row, col, value]) => [row, col, Math.fround(value)] as const),
  },
});

let files = 0;

type Made = 'h5ad' | 'zarr 2' | 'zarr 3';

/** Makes the file, reads it, writes it in the other way of storage, and lets Python compare. */
async function goRound(spec: FileSpec, made: Made): Promise<void> {
  if (python === null) return;
  const stored = made === 'zarr 2' ? 'zarr' : 'h5ad';
  const name = join(folder.path, `case-${files++}`);
  const given = `${name}.${made === 'h5ad' ? 'h5ad' : 'zarr'}`;
  const back = `${name}-back.${stored === 'h5ad' ? 'h5ad' : 'zarr.zip'}`;
  const order = { ...roundedSpec(spec), zarr_format: Number(made.slice(-1)) };
  const expected = (await python.ask({ do: 'make', spec: order, path: given })) as PythonFile;
  const backend = await nodeBackend();
  try {
    if (spec.obs_names.length === 0 || spec.var_names.length === 0) {
      await expect(openCells(backend, { path: given })).rejects.toMatchObject({
        code: 'empty-file',
      });
      return;
    }
    const file = await openCells(backend, { path: given });
    try {
      await expectSame(file, expected);
      if (expected.X === null) return;
      const copy = await copyOf(file);
      writeFileSync(back, stored === 'h5ad' ? writeH5ad(backend, copy) : writeZarr(copy));
    } finally {
      file.close();
    }
    expect(await python.ask({ do: 'compare', a: given, b: back })).toEqual([]);
    const again = await openCells(backend, { path: back });
    expect(again.obs.index).toEqual(expected.obs_names);
    expect(await matrixOf(again, 'X')).toEqual(await matrixOf(again, 'layers/counts'));
    again.close();
  } finally {
    for (const path of [given, back, back.replace(/\.zip$/, '')]) {
      rmSync(path, { force: true, recursive: true });
    }
  }
}

const runs = Number(process.env['CELLSMITH_ROUND_TRIPS'] ?? 60);

describe.runIf(python !== null)('random files made by Python', () => {
  it.each<readonly [Made, number]>([
    ['h5ad', 1],
    ['zarr 2', 0.15],
    ['zarr 3', 0.15],
  ])(
    'as %s are read as Python reads them, and are equal in Python when written again',
    async (made, share) => {
      await fc.assert(
        fc.asyncProperty(randomFile, (spec) => goRound(spec, made)),
        {
          numRuns: Math.ceil(runs * share),
          seed: 5,
        },
      );
    },
    600_000,
  );
});
