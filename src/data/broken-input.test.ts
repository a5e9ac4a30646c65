/** @file Files that are not what they should be: each gives its named error and words a person can act on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StudioError } from '../protocol/errors.ts';
import { nodeBackend } from './h5-node.ts';
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

async function errorOf(path: string, where?: string): Promise<StudioError> {
  const io = nodeService();
  try {
    await io.open({ path });
    if (where !== undefined) await io.load(where);
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown;
    throw thrown;
  } finally {
    await io.close();
  }
  throw new Error(`${path} was expected to fail`);
}

/** An HDF5 file made by `build`. */
async function writeHdf5(
  name: string,
  build: (file: InstanceType<Backend['File']>) => void,
): Promise<string> {
  const path = join(folder.path, name);
  const file = new (await nodeBackend()).File(path, 'w');
  build(file);
  file.close();
  return path;
}
type Backend = Awaited<ReturnType<typeof nodeBackend>>;

const ramp = (n: number, value: (i: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => value(i));

describe('files that are not h5ad', () => {
  it('names a text file, a spreadsheet and an empty file', async () => {
    const text = join(folder.path, 'notes.txt');
    writeFileSync(text, 'hello\n');
    expect(await errorOf(text)).toMatchObject({
      code: 'not-h5ad',
      title: 'notes.txt is not a cell file.',
      message: expect.stringContaining('It is a text file.'),
    });
    const sheet = join(folder.path, 'notes.xlsx');
    writeFileSync(sheet, 'PK\u0003\u0004......xl/workbook.xml');
    expect((await errorOf(sheet)).message).toContain('It is a spreadsheet.');
    const empty = join(folder.path, 'empty.h5ad');
    writeFileSync(empty, '');
    expect((await errorOf(empty)).code).toBe('empty-file');
  });

  it('says what other HDF5 files are', async () => {
    const tenX = await writeHdf5('tenx.h5', (file) => {
      file.create_group('matrix').create_dataset({ name: 'barcodes', data: ['a', 'b'] });
    });
    expect(await errorOf(tenX)).toMatchObject({
      code: 'not-h5ad',
      message: expect.stringContaining('10x matrix'),
    });
    const loom = await writeHdf5('cells.loom', (file) => {
      file.create_group('row_attrs');
      file.create_group('col_attrs');
    });
    expect((await errorOf(loom)).message).toContain('loom file without a matrix');
    const other = await writeHdf5('other.h5', (file) => {
      file.create_group('stuff');
    });
    expect((await errorOf(other)).message).toContain('obs');
  });
});

describe('damaged files', () => {
  const whole = readFileSync(join(anndataFixtures, 'csr_counts.h5ad'));

  it.each([600, 5_000, 20_000, 49_000])('says that a copy ends after %i bytes', async (bytes) => {
    const path = join(folder.path, `cut-${bytes}.h5ad`);
    writeFileSync(path, whole.subarray(0, bytes));
    expect(await errorOf(path)).toMatchObject({
      code: 'file-damaged',
      title: `cut-${bytes}.h5ad cannot be read.`,
      message: expect.stringContaining('its own index says 49\u202fkB'),
    });
  });

  it('finds wrong bytes inside compressed counts', async () => {
    const path = await writeSmall(folder.path, 'flip.h5ad', {
      rows: 40,
      cols: 50,
      X: ramp(2000, (i) => (i * 7919) % 13),
    });
    const bytes = readFileSync(path);
    // A zlib stream at level 4 starts with 78 5e; the first one belongs to X/data.
    const at = bytes.indexOf(Uint8Array.of(0x78, 0x5e));
    bytes.fill(0xff, at + 10, at + 60);
    writeFileSync(path, bytes);
    expect((await errorOf(path, 'X')).code).toBe('file-damaged');
  });

  it('names a compression it cannot unpack before reading', async () => {
    const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`);
    await (await nodeBackend()).installFilter('lz4');
    const path = await writeHdf5('filtered.h5ad', (file) => {
      for (const [table, n] of [
        ['obs', 4],
        ['var', 3],
      ] as const) {
        const group = file.create_group(table);
        group.create_attribute('_index', '_index', null, 'S');
        group.create_dataset({ name: '_index', data: names(n), dtype: 'S' });
      }
      const data = Float32Array.from({ length: 12 }, (_, i) => i);
      file.create_dataset({
        name: 'X',
        data,
        shape: [4, 3],
        chunks: [4, 3],
        compression: 32004,
        compression_opts: [0],
      });
    });
    const error = await errorOf(path);
    expect(error.code).toBe('file-damaged');
    expect(error.message).toContain('cannot unpack');
  });

  it('leaves the open file open when the next one cannot be read', async () => {
    const io = nodeService();
    await io.open({ path: join(anndataFixtures, 'csr_counts.h5ad') });
    await io.load('X');
    const bad = join(folder.path, 'bad.h5ad');
    writeFileSync(bad, 'nothing');
    expect(await codeOf(io.open({ path: bad }))).toBe('not-h5ad');
    expect((await io.counts()).rows).toBe(23);
    await io.close();
  });
});

describe('values that are not counts', () => {
  const size = { rows: 12, cols: 9 };
  const counts = ramp(108, (i) => (i * 31) % 7);
  const cases: [string, number[], string, string][] = [
    ['missing values', counts.map((v, i) => (i === 40 ? NaN : v)), 'not-finite', 'bad-values'],
    [
      'an infinite value',
      counts.map((v, i) => (i === 40 ? Infinity : v)),
      'not-finite',
      'bad-values',
    ],
    ['negative whole numbers', counts.map((v, i) => (i === 40 ? -3 : v)), 'scaled', 'no-counts'],
    ['scaled values', counts.map((v) => (v - 3) / 1.7), 'scaled', 'no-counts'],
    ['fractions', counts.map((v, i) => v + ((i * 37) % 100) / 101), 'fractional', 'no-counts'],
    ['only zeros', counts.map(() => 0), 'empty', 'no-counts'],
  ];

  it.each(cases)('%s', async (name, X, kind, code) => {
    const path = await writeSmall(folder.path, `${kind}-${name.length}.h5ad`, { ...size, X });
    const io = nodeService();
    const summary = await io.open({ path });
    expect(summary.chosen).toBeNull();
    expect(summary.counts[0]).toMatchObject({ where: 'X', kind, usable: false, undo: null });
    await io.close();
    const error = await errorOf(path, 'X');
    expect(error.code).toBe(code);
    expect(`${error.title} ${error.message}`).not.toMatch(/undefined|NaN|null/);
  });

  it('names every matrix in the error', async () => {
    const path = await writeSmall(folder.path, 'scaled.h5ad', { ...size, X: cases[3][1] });
    const error = await errorOf(path, 'X');
    expect(error.title).toBe('No counts in this file.');
    expect(error.message).toContain(
      "X and layers['counts'] hold scaled values with negative numbers",
    );
  });
});

describe('too small', () => {
  it('needs two cells and two genes to load', async () => {
    const oneCell = await writeSmall(folder.path, 'one-cell.h5ad', {
      rows: 1,
      cols: 5,
      X: [1, 2, 0, 3, 1],
    });
    expect(await errorOf(oneCell, 'X')).toMatchObject({
      code: 'too-few-cells',
      title: 'Only one cell.',
    });
    const oneGene = await writeSmall(folder.path, 'one-gene.h5ad', {
      rows: 5,
      cols: 1,
      X: [1, 2, 0, 3, 1],
    });
    expect(await errorOf(oneGene, 'X')).toMatchObject({
      code: 'too-few-genes',
      title: 'Only one gene.',
    });
  });

  it('opens a file whose X is missing and says that there are no counts', async () => {
    const path = await writeHdf5('no-x.h5ad', (file) => {
      for (const table of ['obs', 'var']) {
        const group = file.create_group(table);
        group.create_attribute('_index', '_index', null, 'S');
        group.create_dataset({ name: '_index', data: ['a', 'b'], dtype: 'S' });
      }
    });
    const io = nodeService();
    const summary = await io.open({ path });
    expect(summary).toMatchObject({ nObs: 2, nVars: 2, X: null, chosen: null });
    expect(summary.warnings).toContain('The file has no X.');
    expect(await codeOf(io.load('X'))).toBe('no-counts');
    await io.close();
  });

  it('leaves out cells without counts and refuses when too few are left', async () => {
    const X = ramp(15 * 4, (i) => (i < 12 * 4 ? 1 + (i % 5) : 0));
    const io = nodeService();
    await io.open({
      path: await writeSmall(folder.path, 'empty-cells.h5ad', { rows: 15, cols: 4, X }),
    });
    const loaded = await io.load('X');
    expect(loaded.nObs).toBe(15);
    expect(Array.from((await io.select(everything())).cellIndex)).toEqual(ramp(12, (i) => i));
    expect(await codeOf(io.select(everything({ genesMin: 5 })))).toBe('too-few-cells');
    expect(await codeOf(io.select(everything({ minCells: 100 })))).toBe('too-few-genes');
    await io.close();
  });
});
