/** @file Partly labelled attributes, number columns cut into ranges, gene names by a column, and selections on disk. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCsrCache } from '../numerics/csr-cache.ts';
import { sourceToCsr } from '../numerics/csr-source.ts';
import { binColumn } from './bins.ts';
import { notLabelled } from './select.ts';
import {
  anndataFixtures,
  codeOf,
  everything,
  nodeService,
  temporaryFolder,
  writeSmall,
} from './testing/files.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const rows = 60;
const cols = 40;
const X = Float32Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 13) % 4);
const path = writeSmall(folder.path, 'partly.h5ad', {
  rows,
  cols,
  X,
  obs: {
    kind: {
      kind: 'categorical',
      categories: ['a', 'b', 'c'],
      codes: Int32Array.from({ length: rows }, (_, i) => (i % 4) - 1),
    },
    age: {
      kind: 'number',
      values: Float32Array.from({ length: rows }, (_, i) => (i === 7 ? NaN : i / 8)),
    },
  },
});

describe('a partly labelled attribute', () => {
  it("keeps the cells without a value as 'not labelled' when asked, and leaves them out otherwise", async () => {
    const io = nodeService();
    await io.open({ path: await path });
    await io.load('X');
    const without = await io.select(everything({ attributes: ['kind'] }));
    expect(without.counts.rows).toBe(45);
    expect(without.attributes[0].categories).toEqual(['a', 'b', 'c']);
    const kept = await io.select(
      everything({ attributes: ['kind'], keepUnlabelled: ['kind'], leftOut: { kind: ['b'] } }),
    );
    expect(kept.counts.rows).toBe(45);
    expect(kept.attributes[0].categories).toEqual(['a', 'c', notLabelled]);
    expect(Array.from(kept.attributes[0].codes.slice(0, 6))).toEqual([2, 0, 1, 2, 0, 1]);
    await io.close();
  });
});

describe('a number column', () => {
  it('is cut at its quantiles and then an attribute', async () => {
    const io = nodeService();
    await io.open({ path: await path });
    await io.load('X');
    const { column, codes } = await io.bin('age', 4);
    expect(column).toMatchObject({ name: 'age (4 ranges)', cells: [14, 15, 15, 15], missing: 1 });
    expect(column.categories).toEqual([
      '0 to 1.88',
      '1.88 to 3.75',
      '3.75 to 5.63',
      '5.63 to 7.38',
    ]);
    expect(codes[7]).toBe(-1);
    const data = await io.select(everything({ attributes: ['age (4 ranges)'] }));
    expect(data.counts.rows).toBe(59);
    expect(await codeOf(io.bin('kind', 4))).toBe('bad-attribute');
    await io.close();
  });

  it('keeps equal values together and refuses a constant', () => {
    const { column, codes } = binColumn('n', Float64Array.of(0, 0, 0, 0, 0, 1, 2), 4);
    expect(column.categories).toEqual(['0 to 1', '1 to 2']);
    expect(Array.from(codes)).toEqual([0, 0, 0, 0, 0, 1, 1]);
    expect(() => binColumn('n', Float64Array.of(3, 3, NaN), 4)).toThrow('Nearly all');
  });
});

describe('the most variable genes', () => {
  it('are loaded alone, with the measures of all genes', async () => {
    const io = nodeService();
    await io.open({ path: await path });
    const all = await io.load('X');
    const wanted = await io.select(everything({ genes: { hvg: 12 } }));
    const expected = await io.subset(
      Int32Array.from({ length: rows }, (_, i) => i),
      wanted.geneIndex,
    );
    const some = await io.load('X', undefined, { genes: 12 });
    expect(some.nVars).toBe(12);
    expect(some.genes).toEqual(wanted.geneIndex);
    expect(some.varNames).toEqual(wanted.geneNames);
    expect(some.qc).toEqual(all.qc);
    expect(Array.from(some.geneCells)).toEqual(
      Array.from(wanted.geneIndex, (gene) => all.geneCells[gene]),
    );
    expect(await io.counts()).toEqual(expected);
    await io.close();
  });
});

describe('a selection on disk', () => {
  it.each([
    ['all genes', everything({ attributes: ['kind'] })],
    ['variable genes of limited cells', everything({ countsMin: 55, genes: { hvg: 9 } })],
  ])('holds the rows that a selection in memory holds: %s', async (_, request) => {
    const io = nodeService();
    await io.open({ path: await path });
    await io.load('X');
    const disk = await io.selectOnDisk(request);
    const handle = openSync(disk.counts.name, 'r');
    const source = openCsrCache({
      getSize: () => fstatSync(handle).size,
      read: (bytes, { at }) => readSync(handle, bytes, 0, bytes.length, at),
    });
    const own = sourceToCsr(source);
    closeSync(handle);
    if (request.genes === 'all') {
      const memory = await io.select(request);
      expect(own).toEqual(memory.counts);
      expect(disk.attributes).toEqual(memory.attributes);
      expect(disk.cellIndex).toEqual(memory.cellIndex);
      expect(disk.geneNames).toEqual(memory.geneNames);
    } else {
      const cells = await io.subset(disk.cellIndex, disk.geneIndex);
      expect(own).toEqual(cells);
      expect(own.cols).toBe(9);
    }
    await io.close();
  });
});

describe('gene names', () => {
  it('are those of the chosen column, made unique, with the index kept', async () => {
    const io = nodeService();
    const summary = await io.open({ path: join(anndataFixtures, 'csr_counts.h5ad') });
    expect(summary.geneNames.map(({ column }) => column)).toEqual(['', 'gene_id']);
    const index = await io.load('X');
    const other = await io.load('X', undefined, { names: 'gene_id' });
    expect(other.varNames).not.toEqual(index.varNames);
    expect(new Set(other.varNames).size).toBe(other.nVars);
    await io.close();
  });
});
