import { describe, expect, it } from 'vitest';
import { fitDensePca, scoreDense } from './dense-pca.ts';
import { readCase } from './testing/preprocess.ts';

const cells = 151;
const stored = readCase('pca_knn_umap');

/** scanpy's scores, each row turned by one fixed rotation in the plane of columns a and b. */
function turnedScores(a: number, b: number, angle: number): Float32Array {
  const turned = Float32Array.from(stored['pca.scores'].data);
  for (let i = 0; i < cells; i++) {
    const [x, y] = [turned[i * 20 + a], turned[i * 20 + b]];
    turned[i * 20 + a] = Math.cos(angle) * x - Math.sin(angle) * y;
    turned[i * 20 + b] = Math.sin(angle) * x + Math.cos(angle) * y;
  }
  return turned;
}

describe('dense PCA', () => {
  it("finds scanpy's scores again after they were turned and shifted", async () => {
    const latents = turnedScores(0, 1, 0.7).map((value, i) => value + (i % 20));
    const pca = await fitDensePca(latents, cells, 20);
    const scores = scoreDense(pca, latents, 2);
    const theirs = stored['pca.scores'].data;
    for (const column of [0, 1]) {
      let product = 0;
      for (let i = 0; i < cells; i++) product += scores[2 * i + column] * theirs[i * 20 + column];
      for (let i = 0; i < cells; i++) {
        const ours = Math.sign(product) * scores[2 * i + column];
        expect(Math.abs(ours - theirs[i * 20 + column])).toBeLessThan(2e-3);
      }
    }
    const variance = [...stored['pca.variance'].data];
    const total = variance.reduce((sum, v) => sum + v, 0);
    pca.varianceRatio.forEach((ratio, j) => expect(ratio).toBeCloseTo(variance[j] / total, 5));
  });

  it('keeps distances when all components are kept', async () => {
    const latents = turnedScores(2, 9, 1.1);
    const scores = scoreDense(await fitDensePca(latents, cells, 20), latents, 20);
    const distance = (rows: Float32Array, i: number, j: number) =>
      Math.hypot(...Array.from({ length: 20 }, (_, d) => rows[i * 20 + d] - rows[j * 20 + d]));
    for (let i = 1; i < cells; i++) {
      expect(distance(scores, i, i >> 1)).toBeCloseTo(distance(latents, i, i >> 1), 3);
    }
  });

  it.each([
    ['one row', Float32Array.of(1, 2, 3), 1, 3],
    ['constant rows', new Float32Array(12).fill(4), 4, 3],
    ['fewer rows than columns', Float32Array.of(1, 5, 2, 8, 0, 3), 2, 3],
    ['one column', Float32Array.of(1, 5, 2), 3, 1],
  ])('stays finite for %s', async (_, values, rows, dims) => {
    const pca = await fitDensePca(values, rows, dims);
    const scores = scoreDense(pca, values, dims);
    expect([...scores, ...pca.varianceRatio].every(Number.isFinite)).toBe(true);
  });
});
