import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../numerics/csr.ts';
import { logNormalise } from './log-counts.ts';
import { fitExpressionPca, scoreExpression, type Pca } from './pca.ts';
import { readCase } from './testing/preprocess.ts';

const cells = 151;
const genes = 307;
const stored = readCase('pca_knn_umap');
const counts = csrFromDense(cells, genes, readCase('qc_normalise_hvg')['counts'].data);
const logValues = await logNormalise(counts);

/** Largest difference between a column of ours and the stored one, signs made equal by their product. */
function columnGap(scores: Float32Array, components: number, column: number): number {
  const theirs = stored['pca.scores'].data;
  let product = 0;
  for (let i = 0; i < cells; i++)
    product += scores[i * components + column] * theirs[i * 20 + column];
  let gap = 0;
  for (let i = 0; i < cells; i++) {
    const ours = Math.sign(product) * scores[i * components + column];
    gap = Math.max(gap, Math.abs(ours - theirs[i * 20 + column]));
  }
  return gap;
}

function largestLoading(pca: Pca, column: number): number {
  let top = 0;
  for (let i = 0; i < pca.columns.length; i++) {
    const value = pca.loadings[i * pca.components + column];
    if (Math.abs(value) > Math.abs(top)) top = value;
  }
  return top;
}

describe('log normalisation', () => {
  it('gives the values of scanpy', () => {
    const dense = new Float32Array(cells * genes);
    for (let r = 0; r < cells; r++) {
      for (let e = logValues.indptr[r]; e < logValues.indptr[r + 1]; e++) {
        dense[r * genes + logValues.indices[e]] = logValues.values[e];
      }
    }
    const gap = dense.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - stored['log_normalised'].data[i])),
      0,
    );
    expect(gap).toBeLessThan(2e-6);
  });

  it('leaves a cell without counts at 0', async () => {
    const empty = await logNormalise(csrFromDense(2, 2, [0, 0, 3, 1]));
    expect([...empty.values]).toEqual([
      Math.fround(Math.log1p(7500)),
      Math.fround(Math.log1p(2500)),
    ]);
  });
});

describe('expression PCA', () => {
  it('agrees with scanpy up to signs: 20 score columns, their variance ratios', async () => {
    const pca = await fitExpressionPca(logValues, { seed: 5 });
    expect(pca.components).toBe(50);
    const scores = await scoreExpression(pca, logValues);

    for (let j = 0; j < 20; j++) expect(columnGap(scores, 50, j), `column ${j}`).toBeLessThan(2e-3);
    for (let j = 0; j < 20; j++) {
      expect(
        Math.abs(pca.varianceRatio[j] - stored['pca.variance_ratio_f64'].data[j]),
      ).toBeLessThan(1e-6);
    }
  });

  it('has orthonormal loadings whose largest entry is positive, whatever the seed', async () => {
    const first = await fitExpressionPca(logValues, { seed: 1, components: 20 });
    const second = await fitExpressionPca(logValues, { seed: 99, components: 20 });
    for (let i = 0; i < 7; i++) {
      expect(largestLoading(first, i)).toBeGreaterThan(0);
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let g = 0; g < genes; g++)
          product += first.loadings[g * 20 + i] * first.loadings[g * 20 + j];
        expect(product).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
    const gap = first.loadings.reduce(
      (most, v, i) => (i % 20 < 7 ? Math.max(most, Math.abs(v - second.loadings[i])) : most),
      0,
    );
    expect(gap).toBeLessThan(1e-4);
  });

  it('keeps the genes that vary most', async () => {
    const pca = await fitExpressionPca(logValues, { seed: 0, genes: 40, components: 5 });
    const values = stored['log_normalised'].data;
    const variance = Array.from({ length: genes }, (_, g) => {
      let mean = 0;
      let square = 0;
      for (let i = 0; i < cells; i++) {
        mean += values[i * genes + g] / cells;
        square += values[i * genes + g] ** 2 / cells;
      }
      return square - mean * mean;
    });
    const expected = [...variance.keys()].sort((x, y) => variance[y] - variance[x]).slice(0, 40);
    expect([...pca.columns]).toEqual(expected.sort((x, y) => x - y));
  });

  it.each([
    ['one cell', [1, 0, 2], 1, 3, 0],
    ['two genes', [1, 0, 2, 5, 3, 3], 3, 2, 1],
    ['one gene', [1, 2, 3], 3, 1, 0],
    ['equal cells', [1, 2, 3, 1, 2, 3, 1, 2, 3], 3, 3, 2],
    ['no counts', [0, 0, 0, 0, 0, 0], 2, 3, 1],
  ])('stays finite for %s', async (_, dense, rows, cols, components) => {
    const values = await logNormalise(csrFromDense(rows, cols, dense));
    const pca = await fitExpressionPca(values, { seed: 0 });
    expect(pca.components).toBe(components);
    const scores = await scoreExpression(pca, values);
    expect(scores).toHaveLength(rows * components);
    expect([...scores, ...pca.varianceRatio].every(Number.isFinite)).toBe(true);
  });

  it('puts two-gene cells where the closed form does', async () => {
    const values = await logNormalise(csrFromDense(3, 2, [1, 0, 1, 1, 0, 1]));
    const pca = await fitExpressionPca(values, { seed: 0 });
    const [p, h] = [Math.log1p(1e4), Math.log1p(5e3)];
    const scores = await scoreExpression(pca, values);
    expect(Math.abs(scores[0])).toBeCloseTo(p / Math.SQRT2, 4);
    expect(scores[1]).toBeCloseTo(0, 4);
    expect(scores[2]).toBeCloseTo(-scores[0], 4);
    const along = p * p;
    const across = 2 * (h - p / 2) ** 2 * (2 / 3);
    expect(pca.varianceRatio[0]).toBeCloseTo(along / (along + across), 5);
  });
});
