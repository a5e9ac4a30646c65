/** @file Effects on genes against values worked out by hand. */
import { describe, expect, it } from 'vitest';
import { csrFromDense } from '../numerics/csr.ts';
import { additiveEffect, agreement, meanExpression, meanOfRows, pearson } from './gene-effects.ts';

describe('means of expression', () => {
  it('are those of log1p of counts per ten thousand', async () => {
    const counts = csrFromDense(3, 2, [1, 3, 0, 5, 0, 0]);
    const mean = await meanExpression(counts);
    expect(mean[0]).toBeCloseTo(Math.log1p(2500) / 3, 5);
    expect(mean[1]).toBeCloseTo((Math.log1p(7500) + Math.log1p(10000)) / 3, 5);
  });

  it('take only the rows they are given', () => {
    const logs = csrFromDense(3, 2, [1, 3, 0, 5, 2, 2]);
    expect([...meanOfRows(logs, [0, 2])]).toEqual([1.5, 2.5]);
  });
});

describe('the additive effect', () => {
  const logs = csrFromDense(7, 1, [1, 3, 10, 10, 16, 100, 50]);
  const side = ['source', 'target', 'source', 'source', 'target', 'source', null] as const;

  it('is taken within kinds, weighted by the smaller side', () => {
    // Kind x: 3 − 1 with one pair; kind y: 16 − 10 with one target; kind z has no target.
    const kinds = ['x', 'x', 'y', 'y', 'y', 'z', 'z'];
    expect([...(additiveEffect(logs, kinds, side) ?? [])]).toEqual([(2 + 6) / 2]);
  });

  it('leaves cells out that do not count, and is nothing without a pair', () => {
    const kinds = ['x', 'x', null, null, null, null, null];
    expect([...(additiveEffect(logs, kinds, side) ?? [])]).toEqual([2]);
    expect(additiveEffect(logs, ['x', 'y', 'z', 'z', 'w', 'z', 'z'], side)).toBeNull();
  });
});

describe('agreement', () => {
  it('has Pearson’s correlation', () => {
    // Σab = 10, Σa² = 10, Σb² = 12.2 about the means, by hand.
    expect(pearson([1, 2, 3, 4, 5], [1, 2, 4, 3, 5.5])).toBeCloseTo(10 / Math.sqrt(10 * 12.2), 12);
    expect(pearson([1, 2], [3, 3])).toBe(0);
  });

  it('tells direction and error', () => {
    const found = agreement(Float64Array.of(1, -1, 2, 0), Float64Array.of(1, 1, 4, -2));
    expect(found.directionTop).toBe(0.5);
    expect(found.error).toBeCloseTo(Math.sqrt((0 + 4 + 4 + 4) / 4), 12);
  });
});
