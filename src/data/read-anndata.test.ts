/** @file Files written by anndata 0.12, compared with what anndata itself read from them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { csrToDense, isCanonicalCsr, type CsrMatrix } from '../numerics/csr.ts';
import type { Column } from './column-reader.ts';
import { nodeBackend } from './h5-node.ts';
import { openH5ad, type H5adFile } from './h5ad-file.ts';
import { readCsr } from './csr-reading.ts';
import { anndataFixtures } from './testing/files.ts';

interface ReadMatrix {
  kind: string;
  dtype: string;
  shape: [number, number];
  sum: number;
  row_sums: number[];
  column_sums: number[];
  first_rows: number[][];
}
interface ReadColumn {
  dtype: string;
  kind?: string;
  categories?: (string | number)[];
  codes?: number[];
  missing: number;
  values: (string | number | boolean | null)[];
}
interface ReadTable {
  index: string[];
  columns: Record<string, ReadColumn>;
  column_order: string[];
}
interface Golden {
  shape: [number, number];
  X: ReadMatrix | null;
  layers: Record<string, ReadMatrix>;
  raw: { X: ReadMatrix; var: ReadTable } | null;
  obs: ReadTable;
  var: ReadTable;
  obsm: Record<string, { kind: string; shape?: [number, number]; row_sums?: number[] }>;
}

const kinds: Record<string, string> = {
  csr_matrix: 'csr',
  csc_matrix: 'csc',
  dense: 'dense',
  ndarray: 'dense',
};
const files = readdirSync(anndataFixtures).filter((name) => name.endsWith('.h5ad'));

function expectMatrix(matrix: CsrMatrix, golden: ReadMatrix): void {
  expect(isCanonicalCsr(matrix)).toBe(true);
  const dense = csrToDense(matrix);
  const [rows, cols] = golden.shape;
  expect([matrix.rows, matrix.cols]).toEqual(golden.shape);
  golden.row_sums.forEach((sum, r) => {
    const own = dense.subarray(r * cols, (r + 1) * cols).reduce((s, v) => s + v, 0);
    expect(own).toBeCloseTo(sum, 4);
  });
  golden.column_sums.forEach((sum, c) => {
    let own = 0;
    for (let r = 0; r < rows; r++) own += dense[r * cols + c];
    expect(own).toBeCloseTo(sum, 4);
  });
  golden.first_rows.forEach((row, r) => {
    const own = dense.subarray(r * cols, (r + 1) * cols);
    expect(Array.from(own)).toEqual(row.map(Math.fround));
  });
}

function plainValues(column: Column): unknown[] {
  switch (column.kind) {
    case 'categorical':
      return Array.from(column.codes, (code) => (code < 0 ? null : column.categories[code]));
    case 'number':
      return Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
    case 'boolean':
      return Array.from(column.values, (value) => (value < 0 ? null : value === 1));
    case 'text':
      return [...column.values];
    default:
      return [];
  }
}

function expectColumn(column: Column, golden: ReadColumn): void {
  const values = plainValues(column);
  if (golden.kind === 'categorical') {
    expect(column.kind).toBe('categorical');
    if (column.kind !== 'categorical') return;
    expect(column.categories).toEqual(golden.categories?.map(String));
    expect(Array.from(column.codes)).toEqual(golden.codes);
    return;
  }
  // Whole numbers beyond 2^53 are text in the JSON; float64 keeps their first 15 digits.
  const expected = golden.values.map((value, i) =>
    typeof value === 'string' && typeof values[i] === 'number'
      ? Number(value)
      : value === 'NaN'
        ? null
        : value,
  );
  expect(values).toEqual(expected);
  expect(values.filter((value) => value === null).length).toBe(golden.missing);
}

describe.each(files)('%s', (name) => {
  const golden = (
    JSON.parse(readFileSync(join(anndataFixtures, name.replace(/h5ad$/, 'json')), 'utf8')) as {
      read: Golden;
    }
  ).read;
  const opened: Promise<H5adFile> = nodeBackend().then((backend) =>
    openH5ad(backend, { path: join(anndataFixtures, name) }),
  );
  afterAll(async () => (await opened).h5.close());

  it('has the same cells, genes and columns', async () => {
    const file = await opened;
    for (const [own, table] of [
      [file.obs, golden.obs],
      [file.var, golden.var],
    ] as const) {
      expect(own.index).toEqual(table.index);
      expect([...own.columns.keys()]).toEqual(table.column_order);
      for (const [key, column] of own.columns) expectColumn(column, table.columns[key]);
    }
  });

  it('has the same matrices', async () => {
    const file = await opened;
    const expected = new Map<string, ReadMatrix>();
    if (golden.X) expected.set('X', golden.X);
    for (const [key, layer] of Object.entries(golden.layers)) expected.set(`layers/${key}`, layer);
    if (golden.raw) expected.set('raw/X', golden.raw.X);
    expect(file.matrices.map((store) => store.where)).toEqual([...expected.keys()]);
    for (const store of file.matrices) {
      const matrix = expected.get(store.where) as ReadMatrix;
      expect(store.kind).toBe(kinds[matrix.kind]);
      expect(store.dtype).toBe(matrix.dtype);
      expectMatrix(await readCsr(store), matrix);
    }
    if (golden.raw) expect(file.rawVar?.index).toEqual(golden.raw.var.index);
  });

  it('has the same embeddings', async () => {
    const file = await opened;
    expect([...file.obsm.keys()].sort()).toEqual(Object.keys(golden.obsm).sort());
    for (const [key, embedding] of Object.entries(golden.obsm)) {
      if (embedding.shape) expect(file.obsm.get(key)?.shape).toEqual(embedding.shape);
      const values = await file.embedding(key);
      if (values === null || !embedding.row_sums || !embedding.shape) continue;
      const dims = embedding.shape[1];
      embedding.row_sums.forEach((sum, r) => {
        const own = values.subarray(r * dims, (r + 1) * dims).reduce((s, v) => s + v, 0);
        expect(own).toBeCloseTo(sum, 4);
      });
    }
  });
});
