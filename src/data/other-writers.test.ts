/** @file Exports besides h5ad with counts: mtx, zarr and log-normalised X read back here and in Python; booleans in HDF5. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, rowSums } from '../numerics/csr.ts';
import type { WriteRequest } from '../protocol/dataset.ts';
import { columnTexts } from './column-reader.ts';
import { readCsr } from './csr-reading.ts';
import { lookup3, placeBooleans } from './h5-booleans.ts';
import { nodeBackend } from './h5-node.ts';
import type { CellFile } from './cell-file.ts';
import { openCells } from './open-file.ts';
import { anndataFixtures, nodeService, temporaryFolder, writeOrder } from './testing/files.ts';

const folder = temporaryFolder();
const io = nodeService();
const genes = 17;
const geneIndex = Int32Array.from({ length: genes }, (_, i) => i);
const dense = Array.from({ length: 5 * genes }, (_, i) => ((i * 31) % 11) % 4);
let geneNames: readonly string[] = [];

beforeAll(async () => {
  await io.open({ path: join(anndataFixtures, 'csr_counts.h5ad') });
  geneNames = (await io.load('X')).varNames;
});
afterAll(async () => {
  await io.close();
  folder.remove();
});

async function written(name: string, change: Partial<WriteRequest>): Promise<string> {
  const request = writeOrder(csrFromDense(5, genes, dense), geneIndex, geneNames, {
    obs: {
      cell_type: {
        kind: 'categorical',
        categories: ['T cell', 'B cell'],
        codes: Int32Array.of(0, 1, -1, 1, 0),
      },
      note: { kind: 'categorical', categories: ['a, "b"'], codes: new Int32Array(5) },
    },
    obsm: { X_umap: { dims: 2, values: Float32Array.from({ length: 10 }, (_, i) => i / 4) } },
    uns: { cellsmith: { seed: 7, weight: 1.5, list: [1, 2], name: 'ü', empty: [] } },
    ...change,
  });
  const path = join(folder.path, name);
  writeFileSync(path, await io.write(request));
  return path;
}

const open = async (path: string): Promise<CellFile> => openCells(await nodeBackend(), { path });
const valuesAt = async (file: CellFile, where: string): Promise<number[]> => {
  const store = file.matrices.find((matrix) => matrix.where === where);
  return store ? Array.from(csrToDense(await readCsr(store))) : [];
};

describe('zarr', () => {
  it('reads back as it was', async () => {
    const file = await open(await written('a.zarr.zip', { format: 'zarr' }));
    expect(file.format).toBe('zarr');
    expect(file.var.index).toEqual(geneNames);
    expect(await valuesAt(file, 'X')).toEqual(dense);
    expect(await valuesAt(file, 'layers/counts')).toEqual(dense);
    expect(file.obs.columns.get('cell_type')).toMatchObject({
      categories: ['NK', 'T cell', 'B cell', 'never seen'],
      codes: Int32Array.of(1, 2, -1, 2, 1),
    });
    expect(await file.embedding('X_umap')).toEqual(
      Float32Array.from({ length: 10 }, (_, i) => i / 4),
    );
  });
});

describe('mtx', () => {
  it('reads back with the table of cells', async () => {
    const file = await open(await written('a.zip', { format: 'mtx' }));
    expect(file.format).toBe('MatrixMarket');
    expect(file.obs.index).toEqual(['syn_1', 'syn_2', 'syn_3', 'syn_4', 'syn_5']);
    expect(file.var.index).toEqual(geneNames);
    expect(await valuesAt(file, 'X')).toEqual(dense);
    const type = file.obs.columns.get('cell_type');
    expect(type && columnTexts(type)).toEqual(['T cell', 'B cell', '', 'B cell', 'T cell']);
    const note = file.obs.columns.get('note');
    expect(note && columnTexts(note)[0]).toBe('a, "b"');
    const told = unzipSync(readFileSync(join(folder.path, 'a.zip')))['synthetic/uns.json'];
    expect(JSON.parse(new TextDecoder().decode(told))).toMatchObject({
      cellsmith: { seed: 7, weight: 1.5, list: [1, 2], name: 'ü', empty: [] },
    });
  });
});

describe('log-normalised X', () => {
  it('stands beside the counts', async () => {
    const file = await open(await written('log.h5ad', { values: 'log-normalised' }));
    expect(await valuesAt(file, 'layers/counts')).toEqual(dense);
    const X = await valuesAt(file, 'X');
    const libraries = rowSums(csrFromDense(5, genes, dense));
    for (const [i, value] of X.entries()) {
      const expected = Math.log1p((dense[i] * 1e4) / libraries[Math.floor(i / genes)]);
      expect(value).toBeCloseTo(expected, 5);
    }
    file.close();
  });
});

describe('booleans in HDF5', () => {
  it('hashes as lookup3.c does', () => {
    const text = new TextEncoder().encode('Four score and seven years ago');
    // From the driver in lookup3.c.
    expect(lookup3(new Uint8Array(0))).toBe(0xdeadbeef);
    expect(lookup3(text)).toBe(0x17770551);
  });

  it('refuses a layout it does not know', () => {
    const stray = new TextEncoder().encode(`${'x'.repeat(64)}cellsmith HDF5 boolean: true...`);
    expect(() => placeBooleans(stray)).toThrow('unknown way');
  });
});

const python = process.env['CELLSMITH_PYTHON'];
if (!python)
  console.log('Left out: mtx, zarr and booleans in Python (CELLSMITH_PYTHON names none).');

describe.runIf(python)('in Python', () => {
  const run = (code: string, ...args: string[]): unknown =>
    JSON.parse(
      execFileSync(python as string, ['-W', 'ignore', '-c', code, ...args], { encoding: 'utf8' }),
    );

  it('h5py sees booleans, and every object header is whole', async () => {
    const path = await written('bool.h5ad', { withReal: true });
    const found = run(
      `import h5py, json, sys
seen = []
h5py.File(sys.argv[1]).visititems(lambda name, item: seen.append(type(item.attrs["ordered"]).__name__) if "ordered" in item.attrs else None)
print(json.dumps(sorted(set(seen))))`,
      path,
    );
    expect(['bool', 'bool_']).toContain((found as string[]).join());
  });

  it('anndata reads the zarr store, scanpy the 10x folder', async () => {
    const zarr = await written('b.zarr.zip', { format: 'zarr', values: 'log-normalised' });
    const mtx = await written('b.zip', { format: 'mtx' });
    for (const [name, bytes] of Object.entries(
      unzipSync((await import('node:fs')).readFileSync(mtx)),
    )) {
      mkdirSync(join(folder.path, 'b', dirname(name)), { recursive: true });
      writeFileSync(join(folder.path, 'b', name), bytes);
    }
    const found = run(
      `import anndata, json, scanpy, sys, zarr
a = anndata.read_zarr(zarr.storage.ZipStore(sys.argv[1], mode="r"))
b = scanpy.read_10x_mtx(sys.argv[2])
print(json.dumps({
  "counts": a.layers["counts"].toarray().ravel().tolist(), "cells": list(a.obs_names), "genes": list(a.var_names),
  "types": [None if v != v else v for v in a.obs.cell_type], "ordered": bool(a.obs.cell_type.cat.ordered),
  "seed": int(a.uns["cellsmith"]["seed"]), "name": str(a.uns["cellsmith"]["name"]), "umap": a.obsm["X_umap"].tolist()[4],
  "mtx": b.X.toarray().ravel().tolist(), "mtx_genes": list(b.var_names), "mtx_cells": list(b.obs_names),
}))`,
      zarr,
      join(folder.path, 'b/synthetic'),
    );
    const cells = ['syn_1', 'syn_2', 'syn_3', 'syn_4', 'syn_5'];
    expect(found).toEqual({
      counts: dense,
      cells,
      genes: geneNames,
      types: ['T cell', 'B cell', null, 'B cell', 'T cell'],
      ordered: false,
      seed: 7,
      name: 'ü',
      umap: [2, 2.25],
      mtx: dense,
      mtx_genes: geneNames,
      mtx_cells: cells,
    });
  });
});
