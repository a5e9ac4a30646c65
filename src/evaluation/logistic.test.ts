/** @file The classifier against scikit-learn, and the two-sample test on cases with a known answer. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csrFromDense, selectRows } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { loadFixture } from '../numerics/testing/fixture.ts';
import { largestDifference } from '../numerics/testing/compare.ts';
import { cloudOf } from './distance-table.ts';
import { classProbabilities, fitLogistic, predictClasses } from './logistic.ts';
import { areaUnderRoc, twoSampleAuc } from './two-sample-auc.ts';

describe('logistic regression', () => {
  it('finds the optimum that scikit-learn finds', async () => {
    const fixture = loadFixture(
      'preprocess',
      'logistic_regression',
      join(import.meta.dirname, 'fixtures'),
    );
    const [scores, mean, sd, labels, test] = ['scores', 'mean', 'sd', 'label', 'test'].map((name) =>
      fixture.values(name),
    );
    const scaled = scores.map((value, i) => (value - mean[i % 20]) / sd[i % 20]);
    const rows = csrFromDense(151, 20, scaled);
    const inside = [...test.keys()].filter((i) => test[i] === 0);
    const outside = [...test.keys()].filter((i) => test[i] === 1);
    const model = await fitLogistic(
      selectRows(rows, inside),
      inside.map((i) => labels[i]),
      5,
      { C: 1, tolerance: 1e-6, iterations: 500 },
    );
    const coef = fixture.values('coef');
    const own = Float64Array.from(coef, (_, k) => model.weights[(k % 20) * 5 + Math.floor(k / 20)]);
    expect(largestDifference(own, coef)).toBeLessThan(1e-4);
    const held = selectRows(rows, outside);
    const expected = fixture.values('test.probability');
    expect(largestDifference(classProbabilities(model, held), expected)).toBeLessThan(1e-5);
    expect([...predictClasses(model, held)]).toEqual([...fixture.values('test.predicted')]);
  });

  it('leaves rows without a class out', async () => {
    const rows = csrFromDense(5, 1, [-2, -1, 1, 2, 100]);
    const model = await fitLogistic(rows, [0, 0, 1, 1, -1], 2, { C: 1 });
    expect([...predictClasses(model, rows)].slice(0, 4)).toEqual([0, 0, 1, 1]);
    // By symmetry of the four points that count.
    expect(model.intercept[0]).toBeCloseTo(model.intercept[1], 3);
  });
});

describe('two-sample test', () => {
  it('counts ordered pairs', () => {
    // Pairs (positive, negative): 3 > 1, 3 > 2, 2 > 1, and 2 = 2 counts half: 3.5 of 4.
    expect(areaUnderRoc([1, 2, 2, 3], [0, 0, 1, 1])).toBe(3.5 / 4);
    expect(areaUnderRoc([1, 1, 1], [0, 1, 0])).toBe(0.5);
    expect(areaUnderRoc([1], [1])).toBeNaN();
  });

  it('is near one half for one law, high for a shift and for another spread', async () => {
    const random = createRandom(2);
    const draw = (shift: number, scale: number) =>
      cloudOf(
        Float64Array.from({ length: 1500 }, () => shift + scale * random.normal()),
        5,
      );
    const real = draw(0, 1);
    expect(Math.abs((await twoSampleAuc(real, draw(0, 1), 1)) - 0.5)).toBeLessThan(0.08);
    // One coordinate shifted by δ gives Φ(δ/√2); five give Φ(√5 δ/√2), 0.87 for 0.7.
    expect(await twoSampleAuc(real, draw(0.7, 1), 1)).toBeGreaterThan(0.8);
    expect(await twoSampleAuc(real, draw(0, 0.5), 1)).toBeGreaterThan(0.8);
  });
});
