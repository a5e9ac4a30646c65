/** @file Guidance against its definition, evaluated with made-up velocities. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  additiveGuidance,
  jointGuidance,
  sharedGuidance,
  type GuidanceBranch,
} from './guidance.ts';

const velocity = (mask: number): number => Math.sin(1 + 3.7 * mask);
const mix = (branches: readonly GuidanceBranch[]): number =>
  branches.reduce((sum, b) => sum + b.coefficient * velocity(b.mask), 0);

describe('shared-credit guidance', () => {
  it('is one evaluation of the joint condition when all weights are 1', () => {
    expect(sharedGuidance([1])).toEqual([{ mask: 1, coefficient: 1 }]);
    expect(sharedGuidance([1, 1])).toEqual([{ mask: 3, coefficient: 1 }]);
    expect(sharedGuidance([1, 1, 1])).toEqual([{ mask: 7, coefficient: 1 }]);
    expect(sharedGuidance([1, 0, 1])).toEqual([{ mask: 5, coefficient: 1 }]);
  });

  it('is unconditional without weights', () => {
    expect(sharedGuidance([])).toEqual([{ mask: 0, coefficient: 1 }]);
    expect(sharedGuidance([0, 0])).toEqual([{ mask: 0, coefficient: 1 }]);
  });

  it('gives two attributes their Shapley values', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 4, noNaN: true }),
        fc.double({ min: 0.1, max: 4, noNaN: true }),
        (w1, w2) => {
          const phi1 = 0.5 * (velocity(1) - velocity(0) + velocity(3) - velocity(2));
          const phi2 = 0.5 * (velocity(2) - velocity(0) + velocity(3) - velocity(1));
          const expected = velocity(0) + w1 * phi1 + w2 * phi2;
          expect(mix(sharedGuidance([w1, w2]))).toBeCloseTo(expected, 9);
        },
      ),
    );
  });

  it('spreads the remainder evenly over three attributes, in at most 2 · 3 + 2 evaluations', () => {
    const weights = [0.5, 2, 1.25];
    const parts = [0, 1, 2].map(
      (a) => 0.5 * (velocity(1 << a) - velocity(0) + velocity(7) - velocity(7 & ~(1 << a))),
    );
    const rest = (velocity(7) - velocity(0) - parts.reduce((a, b) => a + b, 0)) / 3;
    const expected = weights.reduce((v, w, a) => v + w * (parts[a] + rest), velocity(0));
    const branches = sharedGuidance(weights);
    expect(branches.length).toBeLessThanOrEqual(8);
    expect(mix(branches)).toBeCloseTo(expected, 12);
  });

  it('needs two evaluations when all weights are equal', () => {
    expect(sharedGuidance([1.5, 1.5]).map((b) => b.mask)).toEqual([0, 3]);
  });
});

describe('Eq. 8', () => {
  it('adds what each attribute does alone', () => {
    const expected =
      velocity(0) + 2 * (velocity(1) - velocity(0)) + 0.5 * (velocity(2) - velocity(0));
    expect(mix(additiveGuidance([2, 0.5]))).toBeCloseTo(expected, 12);
  });

  it('is the attribute itself at weight 1, and unconditional at 0', () => {
    expect(additiveGuidance([1])).toEqual([{ mask: 1, coefficient: 1 }]);
    expect(additiveGuidance([0])).toEqual([{ mask: 0, coefficient: 1 }]);
  });
});

describe('joint guidance', () => {
  it('is that of all labels together at their mean weight', () => {
    const expected = velocity(0) + 3.5 * (velocity(3) - velocity(0));
    expect(mix(jointGuidance([2, 5]))).toBeCloseTo(expected, 12);
    expect(jointGuidance([2, 5]).map(({ mask }) => mask)).toEqual([0, 3]);
  });

  it('asks once where the mean is 1, and not at all for what has no weight', () => {
    expect(jointGuidance([0.5, 1.5])).toEqual([{ mask: 3, coefficient: 1 }]);
    expect(jointGuidance([0, 1])).toEqual([{ mask: 2, coefficient: 1 }]);
    expect(jointGuidance([0, 0])).toEqual([{ mask: 0, coefficient: 1 }]);
    expect(jointGuidance([])).toEqual([{ mask: 0, coefficient: 1 }]);
  });
});
