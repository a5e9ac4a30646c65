/** @file Zeros of generated cells: expected by the formula of the negative binomial, brought to a mean by hand, and the choice among widths. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import { chooseFit, fitZeros, generatedZeros, type GeneratedZeros } from './zero-calibration.ts';

/** The six levels at which zeros are expected. */
const levels = [-1.5, -1, -0.5, 0, 0.5, 1];

/** A cell whose zeros fall by ten with every unit of the level, and never scatter. */
const cell = (zeros: number, logLibrary = 7): GeneratedZeros => ({
  logLibrary,
  means: levels.map((level) => zeros - 10 * level),
  deviations: levels.map(() => 0),
});
const observedAt = (zeros: readonly number[], logLibrary = zeros.map(() => 7)) => ({
  zeros,
  logLibrary,
});

describe('zeros of a generated cell', () => {
  const means = [0, 0.3, 2, 11];
  const theta = [1, 0.5, 4, 20];
  const chances = (delta: number): number[] =>
    means.map((mean, g) => {
      const own = theta[g] * Math.exp(delta);
      return (own / (own + mean)) ** own;
    });
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

  it('are those of negative binomial counts at every level', () => {
    const found = generatedZeros(means, theta, 7);
    levels.forEach((level, l) => {
      const p = chances(level);
      expect(found.means[l]).toBeCloseTo(sum(p), 10);
      expect(found.deviations[l]).toBeCloseTo(Math.sqrt(sum(p.map((q) => q * (1 - q)))), 10);
    });
  });
});

describe('the level', () => {
  it('is where mean zeros agree, and the distance is what is left there', () => {
    const fit = fitZeros(observedAt([96, 110]), [cell(97), cell(103)], createRandom(1));
    // 100 − 10 · level = 103; then 100 and 106 stand beside 96 and 110.
    expect(fit.level).toBeCloseTo(-0.3, 10);
    expect(fit.distance).toBeCloseTo(4, 10);
  });

  it('stays among the levels', () => {
    const [many, few] = [[500], [10]].map((zeros) => fitZeros(observedAt(zeros), [cell(100)], createRandom(1))); // prettier-ignore
    expect(many.level).toBe(-1.5);
    expect(few.level).toBe(1);
  });

  it('leaves out what zeros owe to another library size', () => {
    // Zeros fall by 50 with every unit of log library size; generated cells are larger by .2.
    const observed = observedAt([150, 100, 50], [6, 7, 8]);
    const generated = [6.2, 7.2, 8.2].map((size) => cell(100 - 50 * (size - 7), size));
    const fit = fitZeros(observed, generated, createRandom(1));
    expect(fit.level).toBeCloseTo(0, 10);
    expect(fit.distance).toBeCloseTo(0, 10);
  });

  it('is drawn with the scatter of counts', () => {
    const scattered = Array.from({ length: 4000 }, () => ({ ...cell(100), deviations: levels.map(() => 5) })); // prettier-ignore
    const fit = fitZeros(observedAt(scattered.map(() => 100)), scattered, createRandom(1));
    // Mean distance of N(0, 25) from 0.
    expect(fit.distance).toBeGreaterThan(5 * Math.sqrt(2 / Math.PI) - 0.3);
    expect(fit.distance).toBeLessThan(5 * Math.sqrt(2 / Math.PI) + 0.3);
  });
});

describe('the width', () => {
  const fits = (distances: readonly number[]) => distances.map((distance) => ({ level: 0, distance })); // prettier-ignore

  it('is the first unless another is nearer by more than a sixth', () => {
    expect(chooseFit(fits([12, 10.1]))).toBe(0);
    expect(chooseFit(fits([12, 9.9]))).toBe(1);
    expect(chooseFit(fits([12, 9.9, 9]))).toBe(1);
    expect(chooseFit(fits([10]))).toBe(0);
  });
});
