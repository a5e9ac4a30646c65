/** @file Dispersions of single cells: expected zeros by summation, levels found again, the fit on simulated cells, and levels that do not depend on their neighbours. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../numerics/random.ts';
import {
  dispersionLevels,
  drawLevels,
  expectedZeros,
  fitCellDispersion,
  levelOfZeros,
  type CellZeros,
} from './cell-dispersion.ts';

const genes = 600;
const random = createRandom(6);
const theta = Float64Array.from({ length: genes }, () => 0.5 + 2 * random.uniform());
const shares = Float64Array.from({ length: genes }, () => Math.exp(random.normal()) / genes);

/** Cells whose δ is 0.4 + 0.7 · (log library − 7) + spread · noise. */
function simulate(n: number, spread: number, slope: number): CellZeros[] {
  return Array.from({ length: n }, () => {
    const logLibrary = 7 + 0.4 * random.normal();
    const level = (slope === 0 ? 0 : 0.4 + slope * (logLibrary - 7)) + spread * random.normal();
    const means = shares.map((share) => share * Math.exp(logLibrary));
    let zeros = 0;
    means.forEach((mean, g) => {
      if (random.negativeBinomial(mean, theta[g] * Math.exp(level)) === 0) zeros++;
    });
    return { logLibrary, zeros, means };
  });
}

describe('expected zeros', () => {
  it('are sums of (θ / (θ + μ))^θ', () => {
    const [means, thetas] = [[0.2, 3, 50], [1, 0.3, 2]]; // prettier-ignore
    const factor = Math.exp(0.5);
    const chances = means.map((m, g) => (thetas[g] * factor / (thetas[g] * factor + m)) ** (thetas[g] * factor)); // prettier-ignore
    const { mean, variance } = expectedZeros(means, thetas, 0.5);
    expect(mean).toBeCloseTo(chances[0] + chances[1] + chances[2], 12);
    expect(variance).toBeCloseTo(
      chances.reduce((sum, p) => sum + p * (1 - p), 0),
      12,
    );
  });

  it('lead back to their level', () => {
    const means = shares.map((share) => 1000 * share);
    for (const level of dispersionLevels) {
      const zeros = expectedZeros(means, theta, level).mean;
      expect(levelOfZeros({ zeros, means }, theta)).toBeCloseTo(level, 9);
    }
    expect(levelOfZeros({ zeros: genes, means }, theta)).toBe(-3);
    expect(levelOfZeros({ zeros: 0, means }, theta)).toBe(3);
  });
});

describe('the fit', () => {
  it('finds mean, slope and spread of cells that have dispersions of their own', () => {
    const fitted = fitCellDispersion(simulate(800, 0.9, 0.7), theta);
    expect(fitted).not.toBeNull();
    if (fitted === null) return;
    expect(fitted.centre).toBeCloseTo(7, 1);
    expect(fitted.mean).toBeCloseTo(0.4, 0);
    expect(Math.abs(fitted.slope - 0.7)).toBeLessThan(0.35);
    expect(Math.abs(fitted.spread - 0.9)).toBeLessThan(0.35);
  });

  it('is left out where genes say all, and for few cells', () => {
    expect(fitCellDispersion(simulate(300, 0, 0), theta)).toBeNull();
    expect(fitCellDispersion(simulate(20, 0.9, 0.7), theta)).toBeNull();
  });
});

describe('levels', () => {
  const fitted = { mean: 0.2, slope: 1, centre: 7, spread: 0.8 };

  it('of a cell depend on its number alone, and have the fitted mean and spread', () => {
    const sizes = Float32Array.from({ length: 3000 }, () => 7);
    const all = drawLevels(fitted, sizes, 5, 0);
    expect(drawLevels(fitted, sizes.subarray(0, 100), 5, 40)).toEqual(all.slice(40, 140));
    const values = Array.from(all, (l) => dispersionLevels[l]);
    const mean = values.reduce((a, b) => a + b, 0) / 3000;
    const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 3000);
    expect(Math.abs(mean - 0.2)).toBeLessThan(0.06);
    // Rounding to halves adds 0.5² / 12 to the variance.
    expect(Math.abs(sd - Math.sqrt(0.64 + 0.25 / 12))).toBeLessThan(0.06);
  });

  it('end at the first and the last', () => {
    const [low, high] = [Float32Array.of(-50), Float32Array.of(50)];
    expect(drawLevels(fitted, low, 5, 0)[0]).toBe(0);
    expect(drawLevels(fitted, high, 5, 0)[0]).toBe(dispersionLevels.length - 1);
  });
});
