/** @file What is written reads back, here and in Python. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import type { WriteRequest } from '../protocol/dataset.ts';
import { nodeBackend } from './h5-node.ts';
import { openH5ad, type H5adFile } from './h5ad-file.ts';
import { writeH5ad } from './h5ad-writer.ts';
import type { IoService } from './io-service.ts';
import { readCsr } from './csr-reading.ts';
import {
  anndataFixtures,
  codeOf,
  nodeService,
  smallContent,
  temporaryFolder,
  writeOrder,
} from './testing/files.ts';

const folder = temporaryFolder();
const source = join(anndataFixtures, 'csr_counts.h5ad');
const genes = 17;
const realCells = 23;
let io: IoService;
let geneNames: readonly string[];
let real: CsrMatrix;

beforeAll(async () => {
  io = nodeService();
  await io.open({ path: source });
  geneNames = (await io.load('X')).varNames;
  real = await io.counts();
});
afterAll(async () => {
  await io.close();
  folder.remove();
});

/** 5 synthetic cells over 4 of the source's 17 genes. */
const modelGenes = Int32Array.of(1, 4, 7, 16);
const synthetic = csrFromDense(5, 4, [1, 0, 2, 0, 0, 0, 0, 3, 5, 6, 7, 8, 0, 1, 0, 0, 9, 0, 0, 1]);

function order(change: Partial<WriteRequest> = {}): WriteRequest {
  return writeOrder(synthetic, modelGenes, geneNames, {
    obsNames: ['syn_1', 'cell-0', 'syn_3', 'syn_3', 'syn_5'],
    obs: {
      cell_type: {
        kind: 'categorical',
        categories: ['T cell', 'B cell'],
        codes: Int32Array.of(0, 1, -1, 1, 0),
        colours: ['#112233', '#445566'],
      },
      guidance_cell_type: { kind: 'number', values: Float32Array.of(1, 1.5, 0, 2, 1) },
      sample_seed: { kind: 'integer', values: Int32Array.of(7, 7, 7, 7, 7) },
    },
    obsm: { X_umap: { dims: 2, values: Float32Array.from({ length: 10 }, (_, i) => i / 4) } },
    uns: {
      cellsmith: {
        seed: 7,
        weight: 1.5,
        exact: false,
        genes: ['a', 'ü'],
        none: [],
        deep: { list: [1, 2.5] },
      },
    },
    ...change,
  });
}

async function written(name: string, change: Partial<WriteRequest>): Promise<H5adFile> {
  const path = join(folder.path, `${name}.h5ad`);
  writeFileSync(path, await io.write(order(change)));
  return openH5ad(await nodeBackend(), { path });
}

async function countsOf(file: H5adFile, where: string): Promise<CsrMatrix> {
  const store = file.matrices.find((matrix) => matrix.where === where);
  if (!store) throw new Error(`no ${where}`);
  return readCsr(store);
}

describe('synthetic cells alone', () => {
  it('stand over all genes of the source, in its order', async () => {
    const file = await written('all', {});
    expect(file.var.index).toEqual(geneNames);
    const dense = csrToDense(await countsOf(file, 'X'));
    const expected = new Float32Array(5 * genes);
    const own = csrToDense(synthetic);
    for (let r = 0; r < 5; r++) {
      for (const [j, gene] of modelGenes.entries()) expected[r * genes + gene] = own[r * 4 + j];
    }
    expect(dense).toEqual(expected);
    expect(await countsOf(file, 'layers/counts')).toEqual(await countsOf(file, 'X'));
    expect(file.var.columns.get('modelled')).toMatchObject({
      categories: ['False', 'True'],
      codes: Int32Array.from({ length: genes }, (_, gene) => (modelGenes.includes(gene) ? 1 : 0)),
    });
    expect([...file.var.columns.keys()]).toEqual(['gene_id', 'chrom', 'modelled']);
    file.h5.close();
  });

  it('keep the categories of the source, their order, and their own colours', async () => {
    const file = await written('categories', {});
    expect(file.obs.columns.get('cell_type')).toEqual({
      kind: 'categorical',
      categories: ['NK', 'T cell', 'B cell', 'never seen'],
      codes: Int32Array.of(1, 2, -1, 2, 1),
    });
    expect(file.colours('cell_type', 4)).toEqual(['#999999', '#112233', '#445566', '#999999']);
    expect(file.obs.columns.get('origin')).toEqual({
      kind: 'categorical',
      categories: ['synthetic'],
      codes: new Int32Array(5),
    });
    expect(file.obs.index).toEqual(['syn_1', 'cell-0', 'syn_3', 'syn_3-1', 'syn_5']);
    expect(await file.embedding('X_umap')).toEqual(order().obsm['X_umap'].values);
    for (const group of ['layers', 'obsm', 'obsp', 'uns', 'varm', 'varp']) {
      expect(file.h5.kind(group)).toBe('group');
      expect(file.h5.attribute(group, 'encoding-type')).toBe('dict');
    }
    file.h5.close();
  });

  it('can be written over the genes of the model only', async () => {
    const file = await written('model-genes', { allGenes: false });
    expect(file.var.index).toEqual(Array.from(modelGenes, (gene) => geneNames[gene]));
    expect(await countsOf(file, 'X')).toEqual(synthetic);
    expect(file.var.columns.has('modelled')).toBe(false);
    file.h5.close();
  });

  it('can be written when no file is open', async () => {
    const alone = nodeService();
    const path = join(folder.path, 'alone.h5ad');
    writeFileSync(path, await alone.write(order()));
    const file = await openH5ad(await nodeBackend(), { path });
    expect(file.var.index).toEqual(geneNames);
    expect(file.obs.columns.get('cell_type')).toMatchObject({ categories: ['T cell', 'B cell'] });
    file.h5.close();
    expect(await codeOf(alone.write(order({ withReal: true })))).toBe('export-failed');
  });
});

describe('real and synthetic cells together', () => {
  it('put the real cells first', async () => {
    const file = await written('both', { withReal: true });
    expect(file.obs.index.slice(0, 2)).toEqual(['cell-0', 'cell-1']);
    expect(file.obs.index.slice(realCells)).toEqual([
      'syn_1',
      'cell-0-1',
      'syn_3',
      'syn_3-1',
      'syn_5',
    ]);
    const dense = csrToDense(await countsOf(file, 'X'));
    expect(dense.slice(0, realCells * genes)).toEqual(csrToDense(real));
    const origin = file.obs.columns.get('origin');
    expect(origin).toMatchObject({ categories: ['real', 'synthetic'] });
    if (origin?.kind === 'categorical') {
      expect(Array.from(origin.codes)).toEqual([...new Array(realCells).fill(0), 1, 1, 1, 1, 1]);
    }
    const type = file.obs.columns.get('cell_type');
    if (type?.kind !== 'categorical') throw new Error('cell_type is not categorical');
    expect(Array.from(type.codes.slice(0, 4))).toEqual([2, 1, -1, 0]);
    expect(Array.from(type.codes.slice(realCells))).toEqual([1, 2, -1, 2, 1]);
    const n = file.obs.columns.get('n');
    if (n?.kind !== 'number') throw new Error('n is not a number');
    expect(Array.from(n.values.slice(0, 2))).toEqual([90, 67]);
    expect(n.values[realCells]).toBeNaN();
    file.h5.close();
  });

  it('agree over the genes of the model', async () => {
    const file = await written('both-model', { withReal: true, allGenes: false });
    const both = await countsOf(file, 'X');
    const dense = csrToDense(both).slice(0, realCells * modelGenes.length);
    expect(dense).toEqual(csrToDense(selectColumns(real, modelGenes)));
    expect(both.rows).toBe(realCells + 5);
    file.h5.close();
  });

  it('take one map for all, or leave the real places empty', async () => {
    const all = Float32Array.from({ length: 2 * (realCells + 5) }, (_, i) => i);
    const whole = await written('map', {
      withReal: true,
      obsm: { X_umap: { dims: 2, values: all } },
    });
    expect(await whole.embedding('X_umap')).toEqual(all);
    whole.h5.close();
    const part = await written('part-map', { withReal: true });
    const values = await part.embedding('X_umap');
    expect(values?.[0]).toBeNaN();
    expect(values?.slice(2 * realCells)).toEqual(order().obsm['X_umap'].values);
    part.h5.close();
  });
});

describe('orders that cannot be right', () => {
  it.each<[string, Partial<WriteRequest>]>([
    ['too few names', { obsNames: ['a'] }],
    ['a gene outside the source', { geneIndex: Int32Array.of(1, 4, 7, 17) }],
    ['a column of another length', { obs: { x: { kind: 'number', values: new Float32Array(4) } } }],
    ['a map of another length', { obsm: { X: { dims: 2, values: new Float32Array(9) } } }],
    ['fractions', { counts: { ...synthetic, values: synthetic.values.map((v) => v + 0.5) } }],
  ])('%s', async (_, change) => {
    expect(await codeOf(io.write(order(change)))).toBe('export-failed');
  });
});

describe('any counts', () => {
  it('come back from a file', async () => {
    const backend = await nodeBackend();
    const size = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 33 }));
    const matrix = size.chain(([rows, cols]) =>
      fc
        .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 16_777_216 })), {
          minLength: rows * cols,
          maxLength: rows * cols,
        })
        .map((X) => ({ rows, cols, X })),
    );
    await fc.assert(
      fc.asyncProperty(matrix, async (small) => {
        const path = join(folder.path, 'any.h5ad');
        writeFileSync(path, writeH5ad(backend, smallContent(small)));
        const file = await openH5ad(backend, { path });
        expect(Array.from(csrToDense(await countsOf(file, 'X')))).toEqual(small.X);
        file.h5.close();
      }),
      { numRuns: 25 },
    );
  });
});

const python = process.env['CELLSMITH_PYTHON'];
if (!python) console.log('Left out: reading exports in Python (CELLSMITH_PYTHON names none).');

describe.runIf(python)('in Python', () => {
  /** The same cells with one count more each, so that none is empty. */
  const filled = csrFromDense(
    5,
    4,
    csrToDense(synthetic).map((value, i) => value + (i % 4 === 0 ? 1 : 0)),
  );
  const check = join(import.meta.dirname, '../../scripts/interop/check_export.py');

  it.each<[string, Partial<WriteRequest>, number, number]>([
    ['alone', { counts: filled }, 5, genes],
    ['model genes', { counts: filled, allGenes: false }, 5, 4],
    ['with real cells', { counts: filled, withReal: true }, realCells + 5, genes],
  ])('anndata and scanpy read the file %s', async (name, change, rows, cols) => {
    const path = join(folder.path, `${name.replace(/ /g, '-')}.h5ad`);
    writeFileSync(path, await io.write(order(change)));
    const report = JSON.parse(
      execFileSync(python as string, [check, path, '--source', source], { encoding: 'utf8' }),
    ) as Record<string, never>;
    expect(report).toMatchObject({
      shape: [rows, cols],
      X: { kind: 'csr_matrix', dtype: 'float32', integer: true, negative: false, canonical: true },
      counts_equal_X: true,
      obs_names_unique: true,
      obsm: { X_umap: [rows, 2] },
      uns: {
        cellsmith: {
          seed: 'int',
          weight: 'float',
          exact: 'str',
          genes: 'ndarray',
          deep: { list: 'ndarray' },
        },
      },
      all_synthetic: rows === 5,
      scanpy: { finite: true },
      // One real cell of the source has no counts; nothing else is to be said.
      warnings: rows === 5 ? [] : ['UserWarning: Some cells have zero counts'],
      source: {
        var_names_equal: cols === genes,
        var_names_in_order: true,
        categories_equal: { cell_type: true },
        var_columns_missing: [],
      },
    });
  });
});
