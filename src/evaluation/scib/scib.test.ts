/** @file The scIB measures against scib-metrics 0.5.10 on one embedding, and on cases whose answers are known. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Neighbours } from '../../maps/knn.ts';
import { createRandom } from '../../numerics/random.ts';
import { symmetricEigen } from '../../numerics/linear-algebra.ts';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { largestDifference } from '../../numerics/testing/compare.ts';
import { chiSquareTail } from './chi-square.ts';
import { adjustedRandIndex, kMeans, normalisedMutualInformation } from './clusters.ts';
import { graphConnectivity, strongComponents } from './graph-connectivity.ts';
import { kbetPerLabel, testBatches } from './kbet.ts';
import { leadingEigen } from './leading-eigen.ts';
import { correctLinearly } from './linear-correction.ts';
import { inverseSimpson } from './lisi.ts';
import { batchVariance } from './pcr.ts';
import { scoreEmbedding, type ScibScores } from './scib.ts';
import { batchSilhouette, isolatedLabels, silhouetteLabel, silhouettes } from './silhouette.ts';

const fixture = loadFixture('metrics', 'scib', join(import.meta.dirname, '../fixtures'));
const scalars = fixture.info.scalars as Record<string, number>;
const codes = (name: string): Int32Array => Int32Array.from(fixture.values(name));
const labels = codes('label');
const batches = codes('batch');
const rows = labels.length;
const points = (name: string) => ({
  values: Float32Array.from(fixture.values(name)),
  rows,
  dims: fixture.tensors[name].shape[1],
});
const neighbours: Neighbours = {
  rows,
  k: 90,
  indices: codes('nn.indices'),
  distances: fixture.values('nn.distances'),
};

describe('against scib-metrics', () => {
  it('silhouettes of labels, isolated labels, both batch scores', async () => {
    const samples = await silhouettes(points('emb'), labels, 3);
    expect(largestDifference(samples, fixture.values('silhouette.samples'))).toBeLessThan(1e-5);
    expect(silhouetteLabel(samples)).toBeCloseTo(scalars['silhouette_label'], 6);
    expect(isolatedLabels(samples, labels, batches)).toBeCloseTo(scalars['isolated_labels'], 6);
    const emb = points('emb');
    expect(await batchSilhouette(emb, labels, batches, 'bras')).toBeCloseTo(scalars['bras'], 6);
    const nearest = await batchSilhouette(emb, labels, batches, 'nearest');
    expect(nearest).toBeCloseTo(scalars['silhouette_batch'], 6);
  });

  it('LISI of every cell, for labels and batches', () => {
    const label = inverseSimpson(neighbours, labels, 3);
    const batch = inverseSimpson(neighbours, batches, 3);
    expect(largestDifference(label, fixture.values('lisi.label'))).toBeLessThan(1e-3);
    expect(largestDifference(batch, fixture.values('lisi.batch'))).toBeLessThan(1e-3);
  });

  it('mutual information and Rand index of its clusters', () => {
    const clusters = codes('kmeans.labels');
    const nmi = normalisedMutualInformation(labels, clusters);
    expect(nmi).toBeCloseTo(scalars['nmi_from_kmeans_labels'], 6);
    expect(adjustedRandIndex(labels, clusters)).toBeCloseTo(scalars['ari_from_kmeans_labels'], 6);
  });

  it('kBET of every cell, and per label along the diffusion', async () => {
    const fifty = (name: string): number[] =>
      [...fixture.values(name)].filter((_, at) => at % 90 < 50);
    const first = Int32Array.from(fifty('nn.indices'));
    const distances = Float64Array.from(fifty('nn.distances'));
    const test = testBatches({ rows, k: 50, indices: first, distances }, batches);
    expect(largestDifference(test.statistic, fixture.values('kbet.statistic'))).toBeLessThan(1e-4);
    expect(largestDifference(test.p, fixture.values('kbet.p'))).toBeLessThan(1e-5);
    expect(test.acceptance).toBeCloseTo(scalars['kbet_plain_50'], 9);
    // One cell of the smallest label, as its weight in the mean over three labels.
    const oneCell = 1 / 54 / 3;
    const score = await kbetPerLabel(neighbours, labels, batches);
    expect(Math.abs(score - scalars['kbet_per_label'])).toBeLessThan(oneCell);
  });

  it('graph connectivity and principal-component regression', () => {
    expect(graphConnectivity(neighbours, 15, labels)).toBeCloseTo(scalars['graph_connectivity'], 9);
    expect(batchVariance(points('pre'), batches)).toBeCloseTo(scalars['pcr_pre_own_numpy'], 6);
    expect(batchVariance(points('emb'), batches)).toBeCloseTo(scalars['pcr_emb_own_numpy'], 6);
  });

  it('all ten and the aggregate, with neighbours of our own', async () => {
    const before = points('pre');
    const given = { clusters: codes('kmeans.labels') };
    const scores = await scoreEmbedding(points('emb'), { labels, batches, before }, given);
    const bench = (scalars['benchmarker'] as unknown as Record<string, Record<string, number>>)[
      'emb'
    ];
    const names: readonly (readonly [keyof ScibScores, string, number])[] = [
      ['isolatedLabels', 'Isolated labels', 1e-4],
      ['nmi', 'KMeans NMI', 1e-4],
      ['ari', 'KMeans ARI', 1e-4],
      ['silhouetteLabel', 'Silhouette label', 1e-4],
      ['clisi', 'cLISI', 1e-3],
      ['bras', 'BRAS', 1e-4],
      ['ilisi', 'iLISI', 1e-3],
      ['kbet', 'KBET', 1 / 54 / 3],
      ['graphConnectivity', 'Graph connectivity', 1e-4],
      ['pcrComparison', 'PCR comparison', 1e-4],
      ['bioConservation', 'Bio conservation', 1e-3],
      ['batchCorrection', 'Batch correction', 2e-3],
      ['total', 'Total', 1e-3],
    ];
    for (const [ours, theirs, bound] of names) {
      expect(Math.abs(scores[ours] - bench[theirs]), theirs).toBeLessThan(bound);
    }
  });
});

describe('known answers', () => {
  it('chi-square tails have their closed forms', () => {
    for (const x of [0, 0.3, 2, 9, 40]) {
      expect(chiSquareTail(x, 2)).toBeCloseTo(Math.exp(-x / 2), 13);
      expect(chiSquareTail(x, 4)).toBeCloseTo(Math.exp(-x / 2) * (1 + x / 2), 13);
    }
  });

  it('leading eigenpairs are those of the dense method, at both ends of the spectrum', async () => {
    const n = 83;
    const random = createRandom(5);
    const dense = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) dense[i * n + j] = dense[j * n + i] = random.normal();
    }
    const matrix = {
      size: n,
      indptr: Uint32Array.from({ length: n + 1 }, (_, r) => r * n),
      indices: Uint32Array.from({ length: n * n }, (_, e) => e % n),
      values: dense,
    };
    const { values, vectors } = await leadingEigen(matrix, 9);
    const all = [...symmetricEigen(dense, n).values].sort((a, b) => Math.abs(b) - Math.abs(a));
    expect(largestDifference(values, all.slice(0, 9))).toBeLessThan(1e-7);
    for (let j = 0; j < 9; j++) {
      const v = vectors.subarray(j * n, (j + 1) * n);
      for (let i = 0; i < n; i++) {
        const image = dense.subarray(i * n, (i + 1) * n).reduce((sum, a, k) => sum + a * v[k], 0);
        expect(Math.abs(image - values[j] * v[i])).toBeLessThan(1e-6);
      }
    }
  });

  it('strong components need paths both ways', () => {
    const components = strongComponents([[1], [2], [0, 3], [4], [3], []]);
    const same = (a: number, b: number): boolean => components[a] === components[b];
    expect([same(0, 1), same(0, 2), same(2, 3), same(3, 4), same(4, 5)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  it('k-means finds clouds that are far apart', async () => {
    const random = createRandom(2);
    const truth = Int32Array.from({ length: 301 }, (_, i) => i % 4);
    const values = Float32Array.from({ length: 301 * 3 }, (_, at) => {
      const cloud = truth[Math.floor(at / 3)];
      return random.normal() + (at % 3 === cloud % 3 ? 20 * (1 + cloud) : 0);
    });
    const found = await kMeans({ values, rows: 301, dims: 3 }, 4, 0);
    expect(adjustedRandIndex(truth, found)).toBe(1);
    expect(normalisedMutualInformation(truth, found)).toBeCloseTo(1, 12);
  });

  it('clusters that do not depend on the labels share nothing with them', () => {
    const a = Int32Array.from({ length: 60 }, (_, i) => i % 3);
    const b = Int32Array.from({ length: 60 }, (_, i) => Math.floor(i / 3) % 2);
    expect(normalisedMutualInformation(a, b)).toBeCloseTo(0, 12);
    expect(adjustedRandIndex(a, b)).toBeLessThan(0);
  });
});

describe('the linear correction', () => {
  it('undoes shifts and scales of batches, also where kinds are unevenly spread over them', () => {
    const random = createRandom(8);
    const n = 900;
    const kinds = Int32Array.from({ length: n }, () => (random.uniform() < 0.4 ? 1 : 0));
    const lots = kinds.map((kind) => (random.uniform() < (kind === 1 ? 0.8 : 0.2) ? 1 : 0));
    const values = Float32Array.from({ length: 2 * n }, (_, at) => {
      const i = Math.floor(at / 2);
      return 5 * kinds[i] + 3 * lots[i] + (1 + lots[i]) * random.normal();
    });
    const fixed = correctLinearly({ values, rows: n, dims: 2 }, kinds, lots);
    const meanOf = (kind: number, lot: number): number => {
      const own = [...fixed].filter((_, at) => kinds[at >> 1] === kind && lots[at >> 1] === lot);
      return own.reduce((a, b) => a + b, 0) / own.length;
    };
    expect(Math.abs(meanOf(0, 0) - meanOf(0, 1))).toBeLessThan(0.3);
    expect(Math.abs(meanOf(1, 0) - meanOf(1, 1))).toBeLessThan(0.3);
    expect(meanOf(1, 0) - meanOf(0, 0)).toBeGreaterThan(4.5);
    // Without the kinds the shift is mistaken, as it must be.
    const plain = correctLinearly({ values, rows: n, dims: 2 }, new Int32Array(n), lots);
    expect(batchVariance({ values: plain, rows: n, dims: 2 }, lots)).toBeLessThan(1e-9);
  });
});
