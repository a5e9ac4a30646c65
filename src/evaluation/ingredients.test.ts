/** @file The parts of the judge on their own: baselines keep what they should, draws match labels, copies are found, statistics add up. */
import { describe, expect, it } from 'vitest';
import { csrFromDense, csrToDense, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { mean, quantile, variance } from '../numerics/statistics.ts';
import { classNb, gaussianPlaces, independentGenes } from './baselines.ts';
import { intervalAround, predictedShares, resampledShares, resampledTables } from './bootstrap.ts';
import { classSpreads, diversityOf, twoClouds } from './cloud-measures.ts';
import { CopyWatch, findEqualRows } from './copy-watch.ts';
import { cloudOf, measureDistances, pickRows } from './distance-table.ts';
import { drawMatched, sharedLabels, splitHalves } from './draws.ts';
import { cellFacts, compareFacts, compareGenes, geneFacts, pearson, sumGenes } from './gene-statistics.ts'; // prettier-ignore
import { energyDistance } from './kernel-distances.ts';
import { Pacer } from '../maps/pacer.ts';

/** Cells of two classes with 12 genes; class 1 has eight times as much of the first six. */
function twoClasses(cells: number, seed: number) {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: cells }, (_, i) => i % 2);
  const dense = new Float32Array(cells * 12);
  for (let i = 0; i < cells; i++) {
    const size = Math.exp(0.3 * random.normal());
    for (let g = 0; g < 12; g++) {
      const base = g < 6 && labels[i] === 1 ? 8 : 1;
      dense[i * 12 + g] = random.negativeBinomial(base * size, 2);
    }
  }
  return { counts: csrFromDense(cells, 12, dense), labels };
}

const column = (dense: Float32Array, rows: number[], g: number) =>
  rows.map((i) => dense[i * 12 + g]);
const rowsOf = (labels: Int32Array, label: number) =>
  [...labels.keys()].filter((i) => labels[i] === label);

/** Correlations of all columns of a matrix. */
async function correlations(matrix: CsrMatrix): Promise<Float64Array> {
  const all = Array.from({ length: matrix.cols }, (_, g) => g);
  return geneFacts(await sumGenes(matrix, [all])).correlations[0];
}

describe('baselines', () => {
  const { counts, labels } = twoClasses(600, 1);
  const wanted = Int32Array.from({ length: 3000 }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const source = { counts, labels, wanted };
  const real = csrToDense(counts);

  it('independent genes keep each class and gene, and lose how genes move together', async () => {
    const made = await independentGenes(source, 2);
    expect([made.rows, made.cols]).toEqual([3000, 12]);
    const dense = csrToDense(made);
    for (const label of [0, 1]) {
      for (const g of [0, 11]) {
        const old = column(real, rowsOf(labels, label), g);
        const own = column(dense, rowsOf(wanted, label), g);
        // Standard error of the mean of the new cells, five times.
        expect(Math.abs(mean(own) - mean(old))).toBeLessThan(
          5 * Math.sqrt(variance(old) / own.length),
        );
        const zeros = (values: number[]) => values.filter((v) => v === 0).length / values.length;
        expect(zeros(own)).toBeCloseTo(zeros(old), 1);
      }
    }
    const together = await correlations(selectRows(made, rowsOf(wanted, 1)));
    expect(Math.max(...together.filter((_, k) => k % 13 !== 0).map(Math.abs))).toBeLessThan(0.15);
  });

  it('class averages keep profiles, libraries and dispersion', async () => {
    const dense = csrToDense(await classNb(source, 3));
    for (const label of [0, 1]) {
      const old = column(real, rowsOf(labels, label), 0);
      const own = column(dense, rowsOf(wanted, label), 0);
      expect(Math.abs(mean(own) / mean(old) - 1)).toBeLessThan(0.15);
      expect(variance(own) / variance(old)).toBeGreaterThan(0.6);
      expect(variance(own) / variance(old)).toBeLessThan(1.7);
    }
  });

  it('one Gaussian per class has the mean and covariance of the class', () => {
    const random = createRandom(4);
    const values = new Float64Array(2000 * 2);
    for (let i = 0; i < 2000; i++) {
      const a = random.normal();
      values[2 * i] = 3 + a;
      values[2 * i + 1] = 0.5 * a + 0.1 * random.normal();
    }
    const own = gaussianPlaces(cloudOf(values, 2), new Int32Array(2000), new Int32Array(4000), 5);
    const axis = (d: number) => own.values.filter((_, k) => k % 2 === d);
    expect(mean(axis(0))).toBeCloseTo(3, 1);
    expect(variance(axis(1))).toBeCloseTo(0.26, 1);
    // Correlation 0.5 / √(1 · 0.26).
    expect(pearson(axis(0), axis(1))).toBeCloseTo(0.5 / Math.sqrt(0.26), 1);
  });
});

describe('draws', () => {
  it('split in halves without a common cell', () => {
    const { fit, draw } = splitHalves(101, 1);
    expect(fit.length + draw.length).toBe(101);
    expect(new Set([...fit, ...draw]).size).toBe(101);
  });

  it('have the labels that are wanted, and no cell twice', () => {
    const rows = Int32Array.from({ length: 60 }, (_, i) => 100 + i);
    const coarse = Int32Array.from(rows, (_, i) => i % 3);
    const labels = Int32Array.from(rows, (_, i) => (i % 3) * 2 + (i % 2));
    const asked = {
      labels: Int32Array.of(0, 0, 3, 3, 3, 99),
      coarse: Int32Array.of(0, 0, 1, 1, 1, 2),
    };
    const drawn = drawMatched(createRandom(1), rows, labels, coarse, asked);
    expect(new Set(drawn).size).toBe(6);
    const got = [...drawn].map((row) => labels[row - 100]).sort();
    expect(got.slice(0, 5)).toEqual([0, 0, 3, 3, 3]);
    // Label 99 does not exist: a cell of its first attribute stands in.
    expect(Math.floor(got[5] / 2)).toBe(2);
  });

  it('call the same combination by the same number in two sets', () => {
    const a = [Int32Array.of(0, 1, 1), Int32Array.of(0, 0, 1)];
    const b = [Int32Array.of(1, 0), Int32Array.of(1, 0)];
    expect(sharedLabels(a, 3, b, 2).map((labels) => [...labels])).toEqual([
      [0, 1, 2],
      [2, 0],
    ]);
  });
});

describe('copies', () => {
  const random = createRandom(7);
  const points = (n: number) =>
    cloudOf(
      Float64Array.from({ length: n * 10 }, () => random.normal()),
      10,
    );

  it('are cells that sit on one training cell; the middle of a cloud is none', async () => {
    const training = points(400);
    const watch = await CopyWatch.build(training, points(400));
    const share = (marks: Uint8Array) => marks.reduce((a, b) => a + b, 0) / marks.length;
    expect(share((await watch.report(points(300))).marks)).toBeLessThan(0.01);
    const shifted = pickRows(training, [...Array(50).keys()]);
    const near = cloudOf(
      shifted.values.map((v) => v + 0.05 * random.normal()),
      10,
    );
    expect(share((await watch.report(near)).marks)).toBe(1);
    const middle = cloudOf(
      Float64Array.from({ length: 500 }, () => 0.05 * random.normal()),
      10,
    );
    const report = await watch.report(middle);
    expect(share(report.marks)).toBe(0);
    expect(report.copyRatio).toBeLessThan(1);
  });

  it('are found by their counts, too; cells without counts are none', () => {
    const known = csrFromDense(3, 2, [1, 0, 0, 2, 0, 0]);
    const own = csrFromDense(4, 2, [0, 2, 2, 0, 0, 0, 1, 0]);
    expect([...findEqualRows(known, own)]).toEqual([1, 0, 0, 1]);
  });
});

describe('statistics of genes and cells', () => {
  it('compare zeros and libraries', () => {
    const real = cellFacts(csrFromDense(2, 3, [1, 1, 0, 1, 0, 0]));
    const other = cellFacts(csrFromDense(2, 3, [2, 0, 0, 2, 0, 0]));
    expect([...real.zeros]).toEqual([1, 2]);
    // Zeros 1, 2 against 2, 2: half a gene apart. Log sizes log 2, 0 against log 2, log 2.
    expect(compareFacts(real, other)).toEqual({
      zeros: 0.5,
      detectedShift: -0.5,
      logLibrary: Math.log(2) / 2,
      libraryShift: Math.log(2) / 2,
    });
  });

  it('give variance, means and correlations as their formulas say', async () => {
    const dense = [1, 2, 0, 3, 2, 0, 0, 4, 0, 2, 4, 0];
    const matrix = csrFromDense(4, 3, dense);
    const together = await correlations(matrix);
    const at = (c: number) => Float64Array.from([0, 1, 2, 3], (r) => dense[r * 3 + c]);
    expect(together[1]).toBeCloseTo(pearson(at(0), at(1)), 12);
    expect(together[4]).toBeCloseTo(1, 12);
    // The last gene is constant: it correlates with nothing.
    expect([together[2], together[8]]).toEqual([0, 0]);
    const facts = geneFacts(await sumGenes(matrix, [[0, 1]]));
    // Blocks of cells add up to the whole.
    const blocks = await sumGenes(matrix, [[0, 1]], 3);
    expect(blocks.map(({ cells }) => cells)).toEqual([2, 1, 1]);
    const again = geneFacts(blocks);
    for (const key of ['varianceOverMean', 'logMean', 'zeroFraction'] as const) {
      again[key].forEach((value, g) => expect(value).toBeCloseTo(facts[key][g], 12));
    }
    again.correlations[0].forEach((r, k) => expect(r).toBeCloseTo(facts.correlations[0][k], 12));
    expect(facts.varianceOverMean[0]).toBeCloseTo(variance(at(0), 0) / mean(at(0)), 6);
    expect([...facts.zeroFraction]).toEqual([0.25, 0, 1]);
    expect(compareGenes(facts, facts)).toMatchObject({ zeroFraction: 0, geneCorrelation: 0 });
  });
});

describe('resamples', () => {
  it('of shares have the binomial spread', () => {
    const marks = Uint8Array.from({ length: 200 }, (_, i) => (i < 60 ? 1 : 0));
    const shares = resampledShares(marks, 2000, 1);
    expect(mean(shares)).toBeCloseTo(0.3, 2);
    expect(Math.sqrt(variance(shares))).toBeCloseTo(Math.sqrt((0.3 * 0.7) / 200), 2);
    // Another sample has the chance of both.
    const others = predictedShares(0.3, 200, 200, 2000, 1);
    expect(variance(others) / variance(shares)).toBeCloseTo(2, 0);
    expect(quantile(predictedShares(0, 100, 100, 500, 2), 0.95)).toBeGreaterThan(0);
  });

  it('of the energy distance surround it', async () => {
    const random = createRandom(9);
    const draw = (shift: number) =>
      cloudOf(
        Float64Array.from({ length: 240 }, () => shift + random.normal()),
        3,
      );
    const [a, b] = [draw(0), draw(1)];
    const clouds = await twoClouds(a, await measureDistances(a, a), b, new Pacer());
    const value = energyDistance(clouds);
    const labels = new Int32Array(80);
    const resamples = resampledTables(clouds, [labels, labels], 60, 1);
    const [low, high] = intervalAround(value, resamples);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(low).toBeGreaterThan(0);
    // Shrinking the second cloud to half its spread shows as half the diversity.
    const half = { ...b, values: b.values.map((v) => 0.5 * v) };
    const shrunk = await twoClouds(b, await measureDistances(b, b), half, new Pacer());
    expect(diversityOf(classSpreads(shrunk, labels, labels))).toBeCloseTo(0.5, 10);
    const none = labels.map(() => -1);
    expect(classSpreads(shrunk, none, none)).toEqual([]);
  });
});
