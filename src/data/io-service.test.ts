/** @file The io service as the page uses it: summary, proposals, loading, genes, selections, subsets. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  columnCounts,
  csrToDense,
  isCanonicalCsr,
  rowSums,
  type CsrMatrix,
} from '../numerics/csr.ts';
import type { FileSummary, LoadedData } from '../protocol/dataset.ts';
import type { OutColumn } from './h5ad-writer.ts';
import type { IoService } from './io-service.ts';
import {
  codeOf,
  everything,
  nodeService,
  sharedData,
  temporaryFolder,
  writeSmall,
} from './testing/files.ts';

const folder = temporaryFolder();
const rows = 60;
const cols = 21;
const X = Array.from({ length: rows * cols }, (_, i) => ((i * 2654435761) % 11) % 4);
const types = ['T', 'B', 'NK', 'never'];
const column = (categories: string[], code: (i: number) => number): OutColumn => ({
  kind: 'categorical',
  categories,
  codes: Int32Array.from({ length: rows }, (_, i) => code(i)),
});

let io: IoService;
let summary: FileSummary;
let loaded: LoadedData;
let counts: CsrMatrix;

beforeAll(async () => {
  const path = await writeSmall(folder.path, 'small.h5ad', {
    rows,
    cols,
    X,
    geneNames: Array.from({ length: cols }, (_, i) => (i < 2 ? `MT-${i}` : `Gene${i}`)),
    obs: {
      leiden: column(['0', '1', '2'], (i) => i % 3),
      cell_type: column(types, (i) => i % 3),
      condition: column(['control', 'stimulated'], (i) => (i === 7 ? -1 : Math.floor(i / 7) % 2)),
      plate: column(['p1', 'p2'], (i) => (i < 50 ? 0 : 1)),
      same: column(['all'], () => 0),
      own: column(
        Array.from({ length: rows }, (_, i) => `id${i}`),
        (i) => i,
      ),
      note: {
        kind: 'text',
        values: Array.from({ length: rows }, (_, i) => (i % 2 ? 'odd' : 'even')),
      },
      size: {
        kind: 'double',
        values: Float64Array.from({ length: rows }, (_, i) => (i === 3 ? NaN : i / 2)),
      },
    },
    uns: {
      cell_type_colors: ['#FF0000', '#00ff00', '#0000ffff', '#abc'],
      leiden_colors: ['red', 'blue', 'x'],
    },
  });
  io = nodeService();
  summary = await io.open({ path });
  loaded = await io.load('X');
  counts = await io.counts();
});
afterAll(async () => {
  await io.close();
  folder.remove();
});

describe('open', () => {
  it('describes columns and says why some cannot steer', () => {
    const of = (name: string) => summary.obs.find((c) => c.name === name);
    expect(of('cell_type')).toMatchObject({
      kind: 'categorical',
      categories: types,
      cells: [20, 20, 20, 0],
      missing: 0,
      steerable: true,
      why: null,
      colours: ['#ff0000', '#00ff00', '#0000ff', '#aabbcc'],
    });
    expect(of('leiden')?.colours).toBeNull();
    expect(of('condition')).toMatchObject({ missing: 1, steerable: true });
    expect(of('same')).toMatchObject({ steerable: false, why: 'All cells have the same value.' });
    expect(of('own')).toMatchObject({ steerable: false, why: 'Every cell has its own value.' });
    expect(of('note')).toMatchObject({
      kind: 'categorical',
      categories: ['even', 'odd'],
      cells: [30, 30],
    });
    expect(of('size')).toMatchObject({ kind: 'number', missing: 1, steerable: false });
  });

  it('proposes a cell type and a condition, and warns of the copy', () => {
    expect(summary.proposed).toEqual(['cell_type', 'condition']);
    expect(summary.warnings).toEqual([
      'cell_type says almost the same as leiden. Steering both at once can pull twice.',
    ]);
  });

  it('gives the facts of the matrix', () => {
    const sum = X.reduce((s, v) => s + v, 0);
    const nnz = X.filter((v) => v !== 0).length;
    expect(summary.X).toEqual({
      where: 'X',
      kind: 'csr',
      dtype: 'float32',
      shape: [rows, cols],
      nnz,
      sum,
      integer: true,
      negative: false,
    });
  });
});

describe('load', () => {
  it('gives back the counts, columns and quality measures', () => {
    expect(isCanonicalCsr(counts)).toBe(true);
    expect(Array.from(csrToDense(counts))).toEqual(X);
    expect(Object.keys(loaded.categorical)).toEqual([
      'leiden',
      'cell_type',
      'condition',
      'plate',
      'same',
      'own',
      'note',
    ]);
    expect(loaded.categorical['condition'].codes[7]).toBe(-1);
    expect(loaded.numeric['size'][3]).toBeNaN();
    expect(loaded.numeric['size'][4]).toBe(2);
    const cell = X.slice(5 * cols, 6 * cols);
    expect(loaded.qc.counts[5]).toBe(cell.reduce((s, v) => s + v, 0));
    expect(loaded.qc.genes[5]).toBe(cell.filter((v) => v > 0).length);
    expect(loaded.qc.mito?.[5]).toBeCloseTo((100 * (cell[0] + cell[1])) / loaded.qc.counts[5], 4);
    expect(loaded.umap).toBeNull();
  });

  it('is cancelled by a newer load and by closing', async () => {
    const first = codeOf(io.load('X'));
    await io.load('X');
    expect(await first).toBe('cancelled');
  });

  it('hands out copies', async () => {
    const one = await io.counts();
    one.values.fill(0);
    expect((await io.counts()).values).toEqual(counts.values);
  });
});

describe('gene', () => {
  it('gives counts and log1p of counts per ten thousand', async () => {
    const own = await io.gene('Gene4', 'counts');
    const log = await io.gene('gene4', 'log');
    const libraries = rowSums(counts);
    for (let cell = 0; cell < rows; cell++) {
      expect(own[cell]).toBe(X[cell * cols + 4]);
      expect(log[cell]).toBeCloseTo(Math.log1p((own[cell] * 1e4) / libraries[cell]), 5);
    }
    expect(await codeOf(io.gene('NOPE', 'log'))).toBe('no-gene');
  });
});

describe('select', () => {
  it('applies limits, values left out and missing values', async () => {
    const request = everything({
      attributes: ['cell_type', 'condition'],
      leftOut: { cell_type: ['B'] },
      countsMin: 25,
      genesMax: 18,
    });
    const data = await io.select(request);
    const expected: number[] = [];
    for (let i = 0; i < rows; i++) {
      const inside = loaded.qc.counts[i] >= 25 && loaded.qc.genes[i] <= 18;
      if (inside && i % 3 !== 1 && i !== 7) expected.push(i);
    }
    expect(Array.from(data.cellIndex)).toEqual(expected);
    expect(data.attributes[0]).toEqual({
      name: 'cell_type',
      categories: ['T', 'NK'],
      codes: Int32Array.from(expected, (i) => (i % 3 === 0 ? 0 : 1)),
    });
    const dense = csrToDense(data.counts);
    expected.forEach((cell, r) =>
      data.geneIndex.forEach((gene, c) => {
        expect(dense[r * data.geneIndex.length + c]).toBe(X[cell * cols + gene]);
      }),
    );
    expect(data.geneNames).toEqual(Array.from(data.geneIndex, (gene) => loaded.varNames[gene]));
  });

  it('keeps genes found in enough of the kept cells', async () => {
    const found = columnCounts(counts);
    const limit = Array.from(found).sort((a, b) => a - b)[8];
    const data = await io.select(everything({ minCells: limit }));
    const expected = Array.from(found.keys()).filter((gene) => found[gene] >= limit);
    expect(Array.from(data.geneIndex)).toEqual(expected);
  });

  it('keeps the most variable genes in their order', async () => {
    const data = await io.select(everything({ genes: { hvg: 5 } }));
    expect(data.geneIndex.length).toBe(5);
    expect(Array.from(data.geneIndex)).toEqual(Array.from(data.geneIndex).sort((a, b) => a - b));
    expect(await codeOf(io.select(everything({ attributes: ['size'] })))).toBe('bad-attribute');
    expect(await codeOf(io.select(everything({ attributes: ['toString'] })))).toBe('bad-attribute');
  });
});

describe('subset', () => {
  it('takes cells and genes in any order', async () => {
    const cells = Int32Array.of(9, 2, 59);
    const genes = Int32Array.of(20, 0, 7, 3);
    const part = await io.subset(cells, genes);
    expect(isCanonicalCsr(part)).toBe(true);
    const expected = Array.from(cells).flatMap((r) => Array.from(genes, (c) => X[r * cols + c]));
    expect(Array.from(csrToDense(part))).toEqual(expected);
    expect(await codeOf(io.subset(Int32Array.of(rows), genes))).toBe('bad-request');
  });
});

describe('without a file', () => {
  it('says so', async () => {
    const empty = nodeService();
    expect(await codeOf(empty.load('X'))).toBe('bad-request');
    expect(await codeOf(empty.counts())).toBe('bad-request');
  });
});

const pbmc = join(sharedData, 'pbmc3k/pbmc3k-all-genes.h5ad');
if (!existsSync(pbmc))
  console.log('Left out: the speed of opening 2,700 × 32,738 (no shared data).');

describe.runIf(existsSync(pbmc))('2,700 cells × 32,738 genes', () => {
  it('open and load within two seconds', async () => {
    const service = nodeService();
    const started = performance.now();
    await service.open({ path: pbmc });
    const data = await service.load('X');
    expect(performance.now() - started).toBeLessThan(2000);
    expect(data.qc.counts.reduce((s, v) => s + v, 0)).toBe(6390631);
    await service.close();
  });
});
