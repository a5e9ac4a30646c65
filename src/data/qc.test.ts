/** @file Quality measures, gene scores and the loess behind them, against scanpy and scikit-misc on real cells. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csrFromDense, selectRows } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { loadFixture } from '../numerics/testing/fixture.ts';
import { largestDifference, largestRelative } from '../numerics/testing/compare.ts';
import { pickVariableGenes, rankByBatch, scoreGenes } from './hvg.ts';
import { loess } from './loess.ts';
import { markMitochondrial, measureCells, measureGenes } from './qc.ts';

const fixtures = join(import.meta.dirname, '../maps/fixtures');
const golden = loadFixture('preprocess', 'qc_normalise_hvg', fixtures);
const [cells, genes] = golden.tensors['counts'].shape;
const counts = csrFromDense(cells, genes, golden.values('counts'));

describe('quality measures', () => {
  it('agree with scanpy', () => {
    const qc = measureCells(counts, Uint8Array.from(golden.values('mito')));
    expect(largestDifference(qc.counts, golden.values('qc.obs.total_counts'))).toBe(0);
    expect(largestDifference(qc.genes, golden.values('qc.obs.n_genes_by_counts'))).toBe(0);
    const share = golden.values('qc.obs.pct_counts_mt');
    expect(largestRelative(qc.mito ?? [], share)).toBeLessThan(1e-6);
    const found = golden.values('qc.var.n_cells_by_counts');
    expect(largestDifference(measureGenes(counts), found)).toBe(0);
  });

  it('know mitochondrial genes by their prefix', () => {
    const names = ['MT-ND1', 'mt-Co1', 'MTOR', 'HMT-1', 'MT1X', 'Mt-Atp6'];
    expect(Array.from(markMitochondrial(names))).toEqual([1, 1, 0, 0, 0, 1]);
    expect(measureCells(counts, markMitochondrial(['CD3D'])).mito).toBeNull();
    const empty = measureCells(csrFromDense(2, 2, [0, 0, 3, 1]), Uint8Array.of(1, 0));
    expect(Array.from(empty.mito ?? [])).toEqual([0, 75]);
  });
});

describe('highly variable genes', () => {
  const scores = scoreGenes(counts);

  it('have the moments and the trend of the exact local regression', () => {
    expect(largestRelative(scores.mean, golden.values('hvg.mean'))).toBeLessThan(1e-6);
    expect(largestDifference(scores.variance, golden.values('hvg.variance'))).toBeLessThan(1e-4);
    const varying = golden.values('hvg.variance').map((value) => (value > 0 ? 1 : 0));
    // Genes without variance have no trend: the original says NaN, here it is 0.
    const trend = scores.trend.filter((_, gene) => varying[gene]);
    const exact = golden.values('hvg.fit_direct').filter((_, gene) => varying[gene]);
    expect(exact.length).toBeGreaterThan(300);
    expect(largestDifference(trend, exact)).toBeLessThan(1e-9);
  });

  it('have the scores of the exact local regression', () => {
    expect(largestDifference(scores.score, golden.values('hvg.score_direct'))).toBeLessThan(1e-5);
  });

  it('are nearly those that scanpy selects with its interpolated regression', () => {
    const selected = golden.values('hvg.selected');
    const wanted = selected.reduce((sum, value) => sum + value, 0);
    const picked = pickVariableGenes(counts, wanted);
    expect(picked.length).toBe(wanted);
    expect(Array.from(picked)).toEqual(Array.from(picked).sort((a, b) => a - b));
    const shared = picked.reduce((sum, gene) => sum + selected[gene], 0);
    expect(shared).toBe(wanted);
  });
});

interface ByBatch {
  readonly rank: readonly (number | null)[];
  readonly nbatches: readonly number[];
  readonly selected: readonly number[];
}

describe('highly variable genes by batch', () => {
  const file = join(import.meta.dirname, 'fixtures/preprocess/hvg_by_batch.json');
  const own = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly n_top_genes: number;
    readonly batch: readonly number[];
    readonly scanpy: ByBatch;
    readonly direct: ByBatch;
  };
  const { batch, n_top_genes: n } = own;

  it('have the ranks and the batches of scanpy on the exact local regression', () => {
    const { median, batches } = rankByBatch(counts, batch, n);
    const ranks = Array.from(median, (rank) => (Number.isNaN(rank) ? null : rank));
    const other = ranks.flatMap((rank, gene) => {
      const given = own.direct.rank[gene];
      return rank === given ? [] : [Math.abs((rank ?? NaN) - (given ?? NaN))];
    });
    // One batch has two pairs of genes with equal scores, which numpy's sort puts in any order.
    expect(other.length).toBeLessThanOrEqual(4);
    expect(other.every((difference) => difference <= 1)).toBe(true);
    expect([...batches]).toEqual(own.direct.nbatches);
    expect([...pickVariableGenes(counts, n, batch)]).toEqual(own.direct.selected);
  });

  it('are nearly those that scanpy selects with its interpolated regression', () => {
    const picked = new Set(pickVariableGenes(counts, n, batch));
    const shared = own.scanpy.selected.filter((gene) => picked.has(gene)).length;
    const different = own.direct.selected.filter((gene) => !own.scanpy.selected.includes(gene));
    expect(shared).toBe(n - different.length);
    expect(shared).toBeGreaterThan(0.9 * n);
  });

  it('leave out cells without a batch, and batches too small to tell', () => {
    const one = Int32Array.from(batch, (code) => (code === 0 ? 0 : -1));
    const rows = [...batch.keys()].filter((cell) => batch[cell] === 0);
    const alone = pickVariableGenes(selectRows(counts, rows), n);
    expect(pickVariableGenes(counts, n, one)).toEqual(alone);
    one[batch.indexOf(1)] = 1;
    one[batch.indexOf(2)] = 1;
    expect(pickVariableGenes(counts, n, one)).toEqual(alone);
    const none = batch.map(() => -1);
    expect(pickVariableGenes(counts, n, none)).toEqual(pickVariableGenes(counts, n));
  });
});

describe('loess', () => {
  it('reproduces a parabola', () => {
    const random = createRandom(3);
    const x = Float64Array.from({ length: 211 }, () => 4 * random.uniform() - 2);
    const y = x.map((v) => 1 - 2 * v + 0.5 * v * v);
    expect(largestDifference(loess(x, y, 0.3), y)).toBeLessThan(1e-9);
  });

  it('reads many points between the fitted ones to within a thousandth', () => {
    const random = createRandom(4);
    const n = 5003;
    const x = Float64Array.from({ length: n }, () => random.normal());
    const y = x.map((v) => Math.sin(v) + 0.1 * random.normal());
    const fitted = loess(x, y, 0.3);
    for (const i of [0, 17, 999, 5002]) expect(fitted[i]).toBeCloseTo(fitAlone(x, y, 0.3, x[i]), 3);
  });

  it('falls back to lower degrees where x has few different values', () => {
    const x = Float64Array.of(1, 1, 1, 2, 2, 2);
    const y = Float64Array.of(3, 4, 5, 9, 10, 11);
    for (const value of loess(x, y, 1)) expect(Number.isFinite(value)).toBe(true);
    const tied = loess(Float64Array.of(2, 2), Float64Array.of(1, 3), 1);
    expect(Array.from(tied)).toEqual([2, 2]);
    expect(loess(new Float64Array(0), new Float64Array(0), 0.3).length).toBe(0);
  });
});

/** The same regression by Gram–Schmidt on all points, at one place. */
function fitAlone(x: Float64Array, y: Float64Array, span: number, at: number): number {
  const distances = Float64Array.from(x, (v) => Math.abs(v - at)).sort();
  const h = distances[Math.floor(x.length * span) - 1];
  const w = x.map((v) => Math.max(0, 1 - (Math.abs(v - at) / h) ** 3) ** 3);
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((s, v, i) => s + w[i] * v * b[i], 0);
  const basis: Float64Array[] = [];
  const atZero: number[] = [];
  let result = 0;
  for (const power of [0, 1, 2]) {
    let column = x.map((v) => ((v - at) / h) ** power);
    let value = power === 0 ? 1 : 0;
    for (const [i, earlier] of basis.entries()) {
      const share = dot(column, earlier);
      column = column.map((v, k) => v - share * earlier[k]);
      value -= share * atZero[i];
    }
    const length = Math.sqrt(dot(column, column));
    basis.push(column.map((v) => v / length));
    atZero.push(value / length);
    result += dot(y, basis[power]) * atZero[power];
  }
  return result;
}
