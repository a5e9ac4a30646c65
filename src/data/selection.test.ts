/** @file Partly labelled attributes, number columns cut into ranges, gene names by a column, and selections on disk. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { openCsrCache } from '../numerics/csr-cache.ts';
import { sourceToCsr } from '../numerics/csr-source.ts';
import { binColumn } from './bins.ts';
import { nodeBackend } from './h5-node.ts';
import { IoService } from './io-service.ts';
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
  it('keeps the cells without a value, with no category, when asked, and leaves them out otherwise', async () => {
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
    expect(kept.attributes[0].categories).toEqual(['a', 'c']);
    expect(Array.from(kept.attributes[0].codes.slice(0, 6))).toEqual([-1, 0, 1, -1, 0, 1]);
    await io.close();
  });

  it('is refused where no kept cell has a value', async () => {
    const io = nodeService();
    await io.open({ path: await path });
    await io.load('X');
    const leftOut = { kind: ['a', 'b', 'c'] };
    const request = everything({ attributes: ['kind'], keepUnlabelled: ['kind'], leftOut });
    expect(await codeOf(io.select(request))).toBe('bad-attribute');
    expect(await codeOf(io.selectOnDisk(request))).toBe('bad-attribute');
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

/** What lies in the file of a selection on disk. */
function readDisk(name: string): CsrMatrix {
  const handle = openSync(name, 'r');
  const source = openCsrCache({
    getSize: () => fstatSync(handle).size,
    read: (bytes, { at }) => readSync(handle, bytes, 0, bytes.length, at),
  });
  const own = sourceToCsr(source);
  closeSync(handle);
  return own;
}

describe('a selection on disk', () => {
  const requests = [
    ['all genes', everything({ attributes: ['kind'] })],
    ['all genes of partly labelled cells', everything({ attributes: ['kind'], keepUnlabelled: ['kind'] })], // prettier-ignore
    ['variable genes of limited cells', everything({ countsMin: 55, genes: { hvg: 9 } })],
    ['variable genes by batch', everything({ genes: { hvg: 9 }, variableBy: 'kind' })],
  ] as const;

  it.each(requests)('is that in memory where all genes are loaded: %s', async (_, request) => {
    const io = nodeService();
    await io.open({ path: await path });
    await io.load('X');
    const { counts, fileGenes, ...disk } = await io.selectOnDisk(request);
    const memory = await io.select(request);
    expect(readDisk(counts.name)).toEqual(memory.counts);
    expect(fileGenes).toBeNull();
    expect({ ...disk, counts: null }).toEqual({ ...memory, counts: null });
    await io.dropFromDisk(counts);
    expect(existsSync(counts.name)).toBe(false);
    await io.close();
  });

  it('has all genes of the file where only some are loaded, also of a sample of the cells', async () => {
    const io = nodeService();
    await io.open({ path: await path });
    const all = await io.load('X');
    const whole = await io.counts();
    const loaded = await io.load('X', undefined, { genes: 12, sample: 50 });
    const request = everything({ attributes: ['kind'], minCells: 20 });
    const disk = await io.selectOnDisk(request);
    expect(disk.fileGenes).toEqual(all.varNames);
    expect(loaded.fileGenes).toBe(cols);
    const cells = disk.cellIndex.map((cell) => loaded.sample![cell]);
    const expected = selectColumns(selectRows(whole, cells), disk.geneIndex);
    expect(readDisk(disk.counts.name)).toEqual(expected);
    expect(disk.geneIndex.length).toBeGreaterThan(12);
    // What the judge and the map ask for afterwards, in any order.
    const [some, genes] = [Int32Array.of(31, 4, 4, 17), Int32Array.of(39, 0, 7)];
    const order = some.map((cell) => loaded.sample![cell]);
    const subset = await io.subset(some, genes, true);
    expect(subset).toEqual(selectColumns(selectRows(whole, order), genes));
    const few = await io.selectOnDisk({ ...request, genes: { hvg: 5 } });
    expect(few.geneIndex.length).toBe(5);
    expect(readDisk(few.counts.name).cols).toBe(5);
    await io.dropFromDisk(disk.counts);
    await io.dropFromDisk(few.counts);
    await io.close();
  });

  it('leaves nothing on disk when it is stopped, or when the disk is full', async () => {
    const written: string[] = [];
    let full = false;
    const backend = nodeBackend().then((real) => ({
      ...real,
      openCounts: async (bytes: number) => {
        const file = await real.openCounts(bytes);
        written.push(file.name);
        const write: typeof file.write = (bytes, at) => (full ? 0 : file.write(bytes, at));
        return { ...file, write };
      },
    }));
    const io = new IoService(backend);
    await io.open({ path: await path });
    await io.load('X');
    const stopped = io.selectOnDisk(everything({}), () => void io.stopReading());
    // One block is all of this file: the order to stop comes with its progress, before the end is written or after.
    await stopped.then(({ counts }) => io.dropFromDisk(counts)).catch(codeOf);
    full = true;
    expect(await codeOf(io.selectOnDisk(everything({})))).toBe('quota-full');
    expect(written.length).toBe(2);
    expect(written.filter((name) => existsSync(name))).toEqual([]);
    full = false;
    const { counts } = await io.selectOnDisk(everything({}));
    expect(readDisk(counts.name).rows).toBe(rows);
    await io.dropFromDisk(counts);
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
