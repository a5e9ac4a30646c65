/** @file Kinds of features of one file opened together: cells matched by name, peaks reduced to 0 and 1, files written as h5mu; what is refused. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, selectRows } from '../numerics/csr.ts';
import type { SelectionRequest } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import type { OutColumn, OutFile } from './anndata-layout.ts';
import { nodeBackend } from './h5-node.ts';
import { H5Reader } from './h5-reader.ts';
import { writeH5ad } from './h5ad-writer.ts';
import { IoService } from './io-service.ts';
import { forTraining, usualLikelihood } from './modalities.ts';
import { writeH5mu } from './h5mu-writer.ts';

const cells = Array.from({ length: 30 }, (_, i) => `cell${i}`);
const genes = cells.map((_, i) => [i, 1, 0]);
const peaks = cells.map((_, i) => [2 + (i % 2), i % 3]);

const everyCell: SelectionRequest = {
  attributes: [],
  countsMin: null,
  countsMax: null,
  genesMin: null,
  genesMax: null,
  mitoMax: null,
  minCells: 0,
  genes: 'all',
  leftOut: {},
};

/** A file of these cells and features, in memory. */
function fileOf(
  dense: readonly (readonly number[])[],
  names: readonly string[],
  columns: Readonly<Record<string, OutColumn>> = {},
  obs: Readonly<Record<string, OutColumn>> = {},
): OutFile {
  return {
    counts: csrFromDense(dense.length, names.length, dense.flat()),
    obs: { indexName: '_index', index: cells, columns: new Map(Object.entries(obs)) },
    var: { indexName: '_index', index: [...names], columns: new Map(Object.entries(columns)) },
    obsm: new Map([
      ['X_umap', { dims: 2, values: Float32Array.from(dense.flatMap((_, i) => [i, -i])) }],
    ]),
    uns: {},
  };
}

const both = cells.map((_, i) => [...genes[i], ...peaks[i]]);
const names = ['g0', 'g1', 'g2', 'chr1:100-200', 'chr1:300-400'];
const modalities = [
  { name: 'rna', features: 3 },
  { name: 'atac', features: 2 },
];

async function joint(): Promise<File> {
  const kinds = Int32Array.from(cells, (_, i) => i % 2);
  const obs = { kind: { kind: 'categorical' as const, categories: ['a', 'b'], codes: kinds } };
  const bytes = writeH5mu(await nodeBackend(), fileOf(both, names, {}, obs), modalities);
  return new File([bytes as BlobPart], 'both.h5mu');
}

async function typed(types: readonly string[]): Promise<File> {
  const content = fileOf(both, names, { feature_types: { kind: 'text', values: [...types] } });
  return new File([writeH5ad(await nodeBackend(), content) as BlobPart], 'typed.h5ad');
}

async function opened(file: File, part: string | null) {
  const io = new IoService(nodeBackend());
  const summary = await io.open(file, undefined, part);
  const loaded = await io.load(summary.chosen ?? '');
  return { io, summary, loaded };
}

/** Every dataset of an HDF5 file with its values, and every attribute, by path. */
async function treeOf(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const backend = await nodeBackend();
  const h5 = await H5Reader.open(backend, new File([bytes as BlobPart], 'x.h5mu'));
  const found: Record<string, unknown> = {};
  const visit = async (path: string): Promise<void> => {
    for (const key of h5.keys(path === '' ? '/' : path)) {
      const own = path === '' ? key : `${path}/${key}`;
      found[`${own}@`] = ['encoding-type', 'mod-order', 'ordered', 'column-order', 'shape'].map((name) => h5.attribute(own, name)); // prettier-ignore
      if (h5.kind(own) === 'group') {
        await visit(own);
        continue;
      }
      await h5.prepare(own);
      found[own] = h5.dtype(own) === 'string' ? [...h5.strings(own)] : Array.from(h5.numbers(own));
    }
  };
  await visit('');
  h5.close();
  return found;
}

async function refusal(work: Promise<unknown>): Promise<StudioError> {
  return work.then(
    () => Promise.reject(new Error('nothing was refused')),
    (thrown: unknown) => StudioError.from(thrown),
  );
}

describe('kinds of features', () => {
  it('of an h5mu are opened together on request, cells and attributes as in each', async () => {
    const alone = await opened(await joint(), null);
    expect(alone.summary).toMatchObject({ part: 'rna', nVars: 3 });
    expect(alone.summary.kinds).toEqual([
      { name: 'rna', features: 3, likelihood: 'negative-binomial', open: true },
      { name: 'atac', features: 2, likelihood: 'bernoulli', open: false },
    ]);
    const { io, summary, loaded } = await opened(await joint(), 'rna + atac');
    expect(summary).toMatchObject({ part: 'rna + atac', nObs: 30, nVars: 5 });
    expect(summary.kinds?.map((kind) => kind.open)).toEqual([true, true]);
    expect(loaded.varNames).toEqual(names);
    expect(loaded.categorical['kind'].categories).toEqual(['a', 'b']);
    expect(Array.from(csrToDense(await io.counts()))).toEqual(both.flat());
    expect(Array.from(csrToDense(await io.counts(undefined, 'atac')))).toEqual(peaks.flat());
    // Cells are measured by their genes.
    expect(Array.from(loaded.qc.counts)).toEqual(genes.map(([a, b]) => a + b));
  });

  it('are chosen for training with peaks as 0 and 1, or as counts', async () => {
    const { io } = await opened(await joint(), 'rna + atac');
    const data = await io.select(everyCell);
    expect(data.modalities).toEqual([
      { name: 'rna', features: 2, likelihood: 'negative-binomial' },
      { name: 'atac', features: 2, likelihood: 'bernoulli' },
    ]);
    expect(Array.from(data.geneIndex)).toEqual([0, 1, 3, 4]);
    const expected = both.flatMap(([a, b, , c, d]) => [a, b, Math.min(1, c), Math.min(1, d)]);
    expect(Array.from(csrToDense(data.counts))).toEqual(expected);
    const counted = await io.select({ ...everyCell, likelihoods: { atac: 'poisson' } });
    expect(Math.max(...counted.counts.values.filter((_, k) => counted.counts.indices[k] > 1))).toBe(3); // prettier-ignore
    expect(counted.modalities?.[1].likelihood).toBe('poisson');
    const disk = await io.selectOnDisk(everyCell);
    expect(disk.modalities).toEqual(data.modalities);
    expect(disk.counts.rows).toBe(30);
    await io.dropFromDisk(disk.counts);
  });

  it('show a gene by the counts of genes, a peak by its being there', async () => {
    const { io } = await opened(await joint(), 'rna + atac');
    const there = peaks.map(([, second]) => Math.min(1, second));
    expect(Array.from(await io.gene('chr1:300-400', 'log'))).toEqual(there);
    expect(Array.from(await io.gene('chr1:300-400', 'counts'))).toEqual(peaks.map((own) => own[1]));
    const one = Array.from(await io.gene('g1', 'log'));
    one.forEach((value, i) => expect(value).toBeCloseTo(Math.log1p(1e4 / (i + 1)), 5));
  });

  it('in one matrix are told apart by var, in whatever order they stand', async () => {
    const types = ['Gene Expression', 'Gene Expression', 'Gene Expression', 'Peaks', 'Peaks'];
    const { io, summary, loaded } = await opened(await typed(types), null);
    expect(summary.part).toBe('Gene Expression + Peaks');
    expect((await io.select(everyCell)).modalities?.map((m) => m.features)).toEqual([2, 2]);
    expect(loaded.umap?.slice(0, 4)).toEqual(Float32Array.of(0, -0, 1, -1));
    const mixed = await opened(await typed(['Peaks', ...types.slice(0, 3), 'Peaks']), 'rna + atac');
    expect(mixed.loaded.varNames).toEqual(['g1', 'g2', names[3], 'g0', names[4]]);
    const reordered = both.flatMap(([a, b, c, d, e]) => [b, c, d, a, e]);
    expect(Array.from(csrToDense(await mixed.io.counts()))).toEqual(reordered);
    const only = await opened(await typed(types), 'Peaks');
    expect(only.loaded.varNames).toEqual(names.slice(3));
    expect((await only.io.select(everyCell)).modalities).toEqual([
      { name: 'Peaks', features: 2, likelihood: 'bernoulli' },
    ]);
  });

  it('of a 10x folder are opened together without what is neither', async () => {
    const types = ['Gene Expression', 'Gene Expression', 'Antibody Capture', 'Peaks', 'Peaks'];
    const table = names.map((name, f) => `id${f}\t${name}\t${types[f]}`).join('\n');
    const entries = both.flatMap((row, cell) => row.flatMap((value, f) => value > 0 ? [`${f + 1} ${cell + 1} ${value}`] : [])); // prettier-ignore
    const head = '%%MatrixMarket matrix coordinate integer general';
    const text = `${head}\n5 ${cells.length} ${entries.length}\n${entries.join('\n')}\n`;
    const files = [
      new File([text], 'matrix.mtx'),
      new File([table], 'features.tsv'),
      new File([cells.join('\n')], 'barcodes.tsv'),
    ];
    const open = async (part: string | null) => {
      const io = new IoService(nodeBackend());
      const summary = await io.open(files, undefined, part);
      return { io, summary, loaded: await io.load(summary.chosen ?? '') };
    };
    const alone = await open(null);
    expect([alone.summary.part, alone.summary.nVars]).toEqual(['Gene Expression', 2]);
    expect(alone.summary.kinds?.map(({ name, open: own }) => [name, own])).toEqual([
      ['Gene Expression', true],
      ['Peaks', false],
    ]);
    const { io, loaded, summary } = await open('rna + atac');
    expect(summary.part).toBe('Gene Expression + Peaks');
    expect(loaded.varNames).toEqual([names[0], names[1], names[3], names[4]]);
    const wanted = both.flatMap(([a, b, , d, e]) => [a, b, d, e]);
    expect(Array.from(csrToDense(await io.counts()))).toEqual(wanted);
  });

  it('are peaks by their names where nothing else tells', async () => {
    const content = fileOf(peaks, names.slice(3));
    const bytes = writeH5ad(await nodeBackend(), content);
    const { summary } = await opened(new File([bytes as BlobPart], 'peaks.h5ad'), null);
    expect(summary.kinds).toEqual([
      { name: 'atac', features: 2, likelihood: 'bernoulli', open: true },
    ]);
    const plain = fileOf(genes, names.slice(0, 3));
    const other = await opened(new File([writeH5ad(await nodeBackend(), plain) as BlobPart], 'g.h5ad'), null); // prettier-ignore
    expect(other.summary.kinds).toBeUndefined();
    expect((await other.io.select(everyCell)).modalities).toBeUndefined();
  });

  it('are refused when unknown or named twice', async () => {
    const unknown = await refusal(opened(await joint(), 'rna + protein'));
    expect([unknown.code, unknown.message]).toEqual(['bad-request', 'It has: rna, atac.']);
    const twice = await refusal(opened(await joint(), 'atac + Peaks'));
    expect(twice.title).toBe('Peaks is the same as atac.');
  });

  it('leave cells without one of them out of training', () => {
    const counts = csrFromDense(3, 3, [1, 0, 2, 0, 0, 1, 3, 1, 0]);
    const kinds = [
      { name: 'rna', features: 1, likelihood: 'negative-binomial' as const },
      { name: 'atac', features: 2, likelihood: 'bernoulli' as const },
    ];
    expect(Array.from(csrToDense(forTraining(counts, kinds)))).toEqual([1, 0, 1, 0, 0, 0, 3, 1, 0]);
  });

  it.each([
    ['rna', 'negative-binomial'],
    ['Gene Expression', 'negative-binomial'],
    ['Peaks', 'bernoulli'],
    ['atac', 'bernoulli'],
    ['prot', null],
  ])('named %s are usually %s', (name, expected) => {
    expect(usualLikelihood(name)).toBe(expected);
  });
});

describe('an h5mu file', () => {
  it('is read again, each kind by its name', async () => {
    const backend = await nodeBackend();
    const dense = cells.map((_, i) => [i, 1, 0, i % 2, 1]);
    const bytes = writeH5mu(
      backend,
      {
        counts: csrFromDense(cells.length, 5, dense.flat()),
        obs: {
          indexName: '_index',
          index: cells,
          columns: new Map([
            ['kind', { kind: 'categorical' as const, categories: ['a', 'b'], codes: Int32Array.from(cells, (_, i) => i % 2) }], // prettier-ignore
          ]),
        },
        var: { indexName: '_index', index: ['g0', 'g1', 'g2', 'p0', 'p1'], columns: new Map() },
        obsm: new Map([['X_latent', { dims: 2, values: new Float32Array(60).fill(0.5) }]]),
        uns: { note: 'both' },
      },
      [
        { name: 'rna', features: 3 },
        { name: 'atac', features: 2 },
      ],
    );
    expect(new TextDecoder().decode(bytes.subarray(0, 512))).toMatch(
      /^MuData \(.*creator-version=\d+\.\d+\.\d+\)\0+$/,
    );
    expect(Array.from(bytes.subarray(512, 516))).toEqual([0x89, 0x48, 0x44, 0x46]);
    const file = new File([bytes as BlobPart], 'both.h5mu');
    for (const [name, from, features] of [
      ['rna', 0, ['g0', 'g1', 'g2']],
      ['atac', 3, ['p0', 'p1']],
    ] as const) {
      const io = new IoService(nodeBackend());
      const summary = await io.open(file, undefined, name);
      expect(summary.parts.map((p) => p.name)).toEqual(['rna', 'atac']);
      const loaded = await io.load(summary.chosen ?? '');
      expect(loaded.varNames).toEqual(features);
      expect(loaded.categorical['kind'].categories).toEqual(['a', 'b']);
      const own = dense.flatMap((row) => row.slice(from, from + features.length));
      expect(Array.from(csrToDense(await io.counts()))).toEqual(own);
      await io.close();
    }
  });

  it('written in blocks is the file written at once', async () => {
    const io = new IoService(nodeBackend());
    const kinds = [
      { name: 'rna', features: 3, likelihood: 'negative-binomial' as const },
      { name: 'atac', features: 2, likelihood: 'bernoulli' as const },
    ];
    const start = {
      geneIndex: Int32Array.from([0, 1, 2, 3, 4]),
      geneNames: names,
      allGenes: false,
      withReal: false,
      modalities: kinds,
    };
    const codes = Int32Array.from(cells, (_, i) => i % 2);
    const end = {
      obsNames: cells,
      obs: { kind: { kind: 'categorical' as const, categories: ['a', 'b'], codes } },
      uns: { note: 'both' },
    };
    const counts = csrFromDense(cells.length, 5, both.flat());
    const places = Float32Array.from({ length: 60 }, (_, i) => i / 2);
    const once = await io.write({ ...start, ...end, counts, obsm: { X_latent: { dims: 2, values: places } } }); // prettier-ignore
    await io.beginWrite({ ...start, maps: { X_latent: 2 } });
    for (const [from, to] of [
      [0, 11],
      [11, 12],
      [12, 30],
    ] as const) {
      // prettier-ignore
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const values = places.slice(2 * from, 2 * to);
      await io.addCells({
        counts: selectRows(counts, rows),
        obsm: { X_latent: { dims: 2, values } },
      });
    }
    const blob = await io.endWrite(end);
    const blocks = new Uint8Array(await blob.arrayBuffer());
    await io.cancelWrite();
    expect(blocks.subarray(0, 512)).toEqual(once.subarray(0, 512));
    const trees = await Promise.all([once, blocks].map((bytes) => treeOf(bytes)));
    expect(Object.keys(trees[0])).toContain('mod/atac/layers/counts/data');
    expect(trees[1]).toEqual(trees[0]);
  });

  it('must deal all columns', async () => {
    const backend = await nodeBackend();
    const content = {
      counts: csrFromDense(1, 2, [1, 1]),
      obs: { indexName: '_index', index: ['a'], columns: new Map() },
      var: { indexName: '_index', index: ['g', 'p'], columns: new Map() },
      obsm: new Map(),
      uns: {},
    };
    expect(() => writeH5mu(backend, content, [{ name: 'rna', features: 1 }])).toThrow(RangeError);
  });
});
