/** @file Kinds of features joined: cells matched by name, peaks reduced to 0 and 1, files written as h5mu; what is refused. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense } from '../numerics/csr.ts';
import type { Likelihood, TrainingData } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { nodeBackend } from './h5-node.ts';
import { IoService } from './io-service.ts';
import { joinModalities, usualLikelihood, type ModalityPart } from './modalities.ts';
import { writeH5mu } from './h5mu-writer.ts';

function part(
  name: string,
  likelihood: Likelihood,
  obsNames: readonly string[],
  dense: readonly (readonly number[])[],
  attributes: TrainingData['attributes'] = [],
): ModalityPart {
  const features = dense[0].length;
  const varNames = Array.from({ length: features + 1 }, (_, f) => `${name}-${f}`);
  const data = {
    fileName: 'x.h5mu',
    counts: csrFromDense(dense.length, features, dense.flat()),
    geneNames: varNames.slice(1),
    geneIndex: Int32Array.from({ length: features }, (_, f) => f + 1),
    cellIndex: Int32Array.from(dense.keys()),
    attributes,
  };
  return { name, likelihood, data, obsNames, varNames };
}

const cells = Array.from({ length: 12 }, (_, i) => `cell${i}`);
const genes = cells.map((_, i) => [i, 1, 0]);
const peaks = cells.map((_, i) => [0, i % 3]);

function refusal(work: () => unknown): StudioError {
  try {
    work();
  } catch (thrown) {
    return StudioError.from(thrown);
  }
  throw new Error('nothing was refused');
}

describe('kinds of features', () => {
  it('are put side by side for the cells that have both, in the order of the first', () => {
    const kind = { name: 'kind', categories: ['a', 'b', 'c'], codes: Int32Array.from(cells, (_, i) => (i === 0 ? 1 : 2 * (i % 2))) }; // prettier-ignore
    const other = [...cells].reverse().slice(0, 11);
    const { data, sourceNames, notes } = joinModalities([
      part('rna', 'negative-binomial', cells, genes, [kind]),
      part('atac', 'bernoulli', other, peaks.slice(1).reverse()),
    ]);
    expect(data.counts.rows).toBe(11);
    expect(Array.from(data.cellIndex)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const expected = cells.slice(1).flatMap((_, k) => [k + 1, 1, 0, 0, Math.min(1, (k + 1) % 3)]);
    expect(Array.from(csrToDense(data.counts))).toEqual(expected);
    expect(data.geneNames).toEqual(['rna-1', 'rna-2', 'rna-3', 'atac-1', 'atac-2']);
    expect(Array.from(data.geneIndex, (g) => sourceNames[g])).toEqual(data.geneNames);
    // Category b had one cell, which has no peaks.
    expect(data.attributes[0].categories).toEqual(['a', 'c']);
    expect(data.modalities?.map((m) => m.features)).toEqual([3, 2]);
    expect(notes.join(' ')).toMatch(/11 of 12 cells.*reduced to 0 and 1/);
  });

  it('keep counts where they are Poisson, and say nothing where peaks are 0 and 1', () => {
    const rna = part('rna', 'negative-binomial', cells, genes);
    const counted = joinModalities([rna, part('atac', 'poisson', cells, peaks)]);
    expect(Math.max(...counted.data.counts.values.slice(12))).toBe(11);
    expect(counted.data.counts.values).toContain(2);
    expect(counted.notes).toEqual([]);
    const binary = cells.map((_, i) => [1, i % 2]);
    expect(joinModalities([rna, part('atac', 'bernoulli', cells, binary)]).notes).toEqual([]);
  });

  it('are refused without common cells, with too few, and with cells of one name', () => {
    const rna = part('rna', 'negative-binomial', cells, genes);
    const renamed = cells.map((name) => `${name}-x`);
    const none = refusal(() => joinModalities([rna, part('atac', 'bernoulli', renamed, peaks)]));
    expect([none.code, none.title]).toEqual(['too-few-cells', 'rna and atac have no cell in common.']); // prettier-ignore
    const few = [...cells.slice(0, 3), ...renamed.slice(3)];
    const some = refusal(() => joinModalities([rna, part('atac', 'bernoulli', few, peaks)]));
    expect(some.title).toContain('only 3 cells');
    const twice = refusal(() =>
      joinModalities([rna, part('atac', 'bernoulli', cells.with(1, 'cell0'), peaks)]),
    );
    expect(twice.code).toBe('bad-request');
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
        obsm: new Map([['X_latent', { dims: 2, values: new Float32Array(24).fill(0.5) }]]),
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
