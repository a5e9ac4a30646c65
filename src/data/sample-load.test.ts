/** @file Memory is estimated before anything is read, and a sample of cells is read instead of all. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { csrToDense } from '../numerics/csr.ts';
import { estimateLoad, sampleCells } from './load-estimate.ts';
import { loadedBytes, memoryLimit } from './matrix-store.ts';
import { nodeBackend } from './h5-node.ts';
import { openCells } from './open-file.ts';
import {
  everything,
  nodeService,
  temporaryFolder,
  writeOrder,
  writeSmall,
} from './testing/files.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const rows = 1200;
const cols = 9;
const X = Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 13) % 5);
/** 3 cells in 4 are of type a, 1 in 100 of type c. */
const type = Int32Array.from({ length: rows }, (_, i) => (i % 100 === 7 ? 2 : i % 4 === 0 ? 1 : 0));

const written = writeSmall(folder.path, 'many.h5ad', {
  rows,
  cols,
  X,
  obs: {
    cell_type: { kind: 'categorical', categories: ['a', 'b', 'c'], codes: type },
    rank: { kind: 'double', values: Float64Array.from({ length: rows }, (_, i) => i / 2) },
  },
});

describe('sampleCells', () => {
  it('keeps shares, rare values and order, and repeats itself', () => {
    const labels = { categories: ['a', 'b', 'c'], codes: type };
    const cells = sampleCells(rows, 400, labels);
    expect(cells.length).toBe(400);
    expect(new Set(cells).size).toBe(400);
    expect(Array.from(cells)).toEqual(Array.from(cells).sort((a, b) => a - b));
    const of = (code: number): number => cells.filter((cell) => type[cell] === code).length;
    // All 12 cells of c are kept; the rest in shares of about 3 to 1.
    expect(of(2)).toBe(12);
    expect(of(1)).toBeGreaterThan(85);
    expect(of(1)).toBeLessThan(115);
    expect(sampleCells(rows, 400, labels)).toEqual(cells);
    expect(sampleCells(rows, 5000, labels).length).toBe(rows);
    const plain = sampleCells(rows, 100, null);
    expect(plain.length).toBe(100);
    expect(Math.max(...plain) - Math.min(...plain)).toBeGreaterThan(rows / 2);
  });
});

describe('load with a sample', () => {
  it('gives those cells everywhere', async () => {
    const io = nodeService();
    await io.open({ path: await written });
    const loaded = await io.load('X', () => undefined, { sample: 300 });
    const sample = loaded.sample ?? new Int32Array(0);
    expect(loaded.nObs).toBe(300);
    expect(sample.length).toBe(300);
    const dense = csrToDense(await io.counts());
    for (const [row, cell] of sample.entries()) {
      expect(loaded.obsNames[row]).toBe(`cell-${cell}`);
      expect(loaded.categorical['cell_type'].codes[row]).toBe(type[cell]);
      expect(loaded.numeric['rank'][row]).toBe(cell / 2);
      const expected = X.slice(cell * cols, (cell + 1) * cols);
      expect(Array.from(dense.subarray(row * cols, (row + 1) * cols))).toEqual(expected);
    }
    const data = await io.select(everything({ attributes: ['cell_type'] }));
    expect(Math.max(...data.cellIndex)).toBeLessThan(300);
    const order = writeOrder(
      await io.subset(Int32Array.of(0), Int32Array.of(0, 1)),
      Int32Array.of(0, 1),
      loaded.varNames,
      { withReal: true },
    );
    const bytes = await io.write(order);
    const file = await openCells(await nodeBackend(), new File([bytes as BlobPart], 'both.h5ad'));
    expect(file.obs.index.slice(0, 300)).toEqual(loaded.obsNames);
    expect(file.obs.index.length).toBe(301);
    file.close();
    await io.close();
  });
});

describe('the pre-flight', () => {
  it('estimates what fits, and offers a round number of cells when all do not', async () => {
    const file = await openCells(await nodeBackend(), { path: await written });
    const [store] = file.matrices;
    const source = {
      where: 'X',
      kind: 'counts',
      reason: '',
      max: 4,
      usable: true,
      undo: null,
      roundable: false,
    } as const;
    expect(estimateLoad(file, [source])).toEqual({
      bytes: loadedBytes(store),
      allowed: memoryLimit,
      sample: null,
      ways: [],
      ask: false,
    });
    // The same file as if it had 500,000 cells of 2,000 counts.
    const big = { ...store, shape: [500_000, cols] as const, stored: 1e9 };
    const estimate = estimateLoad({ ...file, matrices: [big] }, [source]);
    expect(estimate?.bytes).toBeGreaterThan(8e9);
    expect(estimate?.sample).toBe(20_000);
    expect(estimate?.ask).toBe(true);
    const [all, few] = estimate?.ways ?? [];
    expect([all.cells, all.fits, few.fits]).toEqual([500_000, false, true]);
    expect(few.seconds).toBeGreaterThan(0);
    expect(few.bytes).toBeLessThan(all.bytes);
    expect(loadedBytes(big, 20_000)).toBeLessThan(memoryLimit / 2);
    file.close();
  });

  it('refuses before reading', async () => {
    const { loadCounts } = await import('./load.ts');
    const file = await openCells(await nodeBackend(), { path: join(folder.path, 'many.h5ad') });
    const never = (): never => {
      throw new Error('it was read');
    };
    const parts = { file: 'many.h5ad', indptr: never, indices: never, values: never };
    const big = { ...file.matrices[0], stored: 1e9, shape: [1_000_000, cols] as const, parts };
    const source = {
      where: 'X',
      kind: 'counts',
      reason: '',
      max: 4,
      usable: true,
      undo: null,
      roundable: false,
    } as const;
    const control = { onShare: () => undefined, signal: new AbortController().signal };
    await expect(
      loadCounts({ ...file, matrices: [big] }, 'X', [source], { strata: null }, control),
    ).rejects.toMatchObject({ code: 'too-big', details: { sample: 50_000 } });
    file.close();
  });
});
