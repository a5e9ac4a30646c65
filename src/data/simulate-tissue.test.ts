/** @file The simulated tissue has the moments and the design that its truth states. */
import { describe, expect, it } from 'vitest';
import { csrToDense, isCanonicalCsr } from '../numerics/csr.ts';
import { defaultTissue, expressionOf, simulateTissue } from './simulate-tissue.ts';

const tissue = simulateTissue({ cells: 4000, genes: 90, seed: 5 });
const { truth } = tissue;
const genes = 90;
const cells = 4000;
const dense = csrToDense(tissue.counts);

/** Cells of one type, donor and condition. */
function members(type: number, donor: number, condition: number): number[] {
  return Array.from({ length: cells }, (_, i) => i).filter(
    (i) =>
      tissue.cellType[i] === type && tissue.donor[i] === donor && tissue.condition[i] === condition,
  );
}

describe('simulateTissue', () => {
  it('is decided by its seed', () => {
    const same = simulateTissue({ cells: 70, genes: 60, seed: 5 });
    expect(simulateTissue({ cells: 70, genes: 60, seed: 5 })).toEqual(same);
    expect(simulateTissue({ cells: 70, genes: 60, seed: 6 }).counts).not.toEqual(same.counts);
    expect(() => simulateTissue({ cells: 70, genes: 59, seed: 5 })).toThrow(RangeError);
  });

  it('has the stated shares, one rare type and one absent combination', () => {
    expect(isCanonicalCsr(tissue.counts)).toBe(true);
    truth.shares.forEach((share, type) => {
      const found = tissue.cellType.filter((code) => code === type).length / cells;
      expect(Math.abs(found - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / cells));
    });
    expect(truth.shares[truth.cellTypes.indexOf(truth.rareType)]).toBeLessThan(0.02);
    const absent = [
      truth.cellTypes.indexOf(truth.absent[0]),
      truth.conditions.indexOf(truth.absent[1]),
    ];
    for (let i = 0; i < cells; i++) {
      expect([tissue.cellType[i], tissue.condition[i]]).not.toEqual(absent);
    }
  });

  it('has the stated means and variances in each group', () => {
    // L is log-normal, x | L negative binomial: E x = E L f, Var x = E x + E L² f² (1 + 1/θ) − (E L f)².
    const chiSquares: number[] = [];
    for (const [type, donor, condition] of [
      [0, 0, 0],
      [1, 2, 1],
      [2, 3, 0],
      [4, 1, 1],
    ] as const) {
      const group = members(type, donor, condition);
      const fractions = expressionOf(truth, type, donor, condition);
      const m = truth.logLibraryMean[type];
      const s2 = truth.logLibrarySd ** 2;
      const library = Math.exp(m + s2 / 2);
      const librarySquare = Math.exp(2 * m + 2 * s2);
      for (let gene = 0; gene < genes; gene++) {
        const mean = library * fractions[gene];
        const second = librarySquare * fractions[gene] ** 2 * (1 + 1 / truth.theta[gene]);
        const variance = mean + second - mean * mean;
        const found = group.reduce((sum, i) => sum + dense[i * genes + gene], 0) / group.length;
        const z = (found - mean) / Math.sqrt(variance / group.length);
        expect(Math.abs(z)).toBeLessThan(5.5);
        chiSquares.push(z * z);
      }
    }
    const average = chiSquares.reduce((sum, value) => sum + value, 0) / chiSquares.length;
    // Genes of one cell share its library size, so the average of z² varies more than for independent genes.
    expect(average).toBeGreaterThan(0.5);
    expect(average).toBeLessThan(1.8);
  });

  it('shows the effect of the condition, half as strong in T cells', () => {
    const effect = (type: number, gene: number): number =>
      truth.conditionEffects[type * genes + gene];
    const tCell = truth.cellTypes.indexOf('T cell');
    const changed = Array.from({ length: genes }, (_, g) => g).filter((g) => effect(0, g) !== 0);
    expect(changed.length).toBe(6);
    for (const gene of changed) {
      expect(Math.abs(effect(0, gene))).toBe(1);
      expect(effect(tCell, gene)).toBe(effect(0, gene) / 2);
    }
    const sum = expressionOf(truth, 3, 1, 0).reduce((s, v) => s + v, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it('has the size of the bundled file by default', () => {
    expect(defaultTissue).toMatchObject({ cells: 1200, genes: 600 });
  });
});
