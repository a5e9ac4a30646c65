/** @file Limits by median absolute deviation; expected values by hand. */
import { describe, expect, it } from 'vitest';
import { limitsByMad, medianAndMad } from './qc-limits.ts';

describe('medianAndMad', () => {
  it('takes the middle of odd and even lists', () => {
    expect(medianAndMad([3, 1, 100])).toEqual({ median: 3, mad: 2 });
    expect(medianAndMad([1, 2, 4, 9])).toEqual({ median: 3, mad: 1.5 });
    expect(medianAndMad([]).median).toBeNaN();
  });
});

describe('limitsByMad', () => {
  it('goes five deviations on the log scale, three on the share', () => {
    // log1p: 0, 1, 2, 3, 4 times ln 2 → median 2 ln 2, deviation ln 2.
    const counts = Float32Array.of(1, 3, 7, 15, 31).map((v) => v);
    const limits = limitsByMad({
      counts,
      genes: Float32Array.of(7, 7, 7),
      mito: Float32Array.of(4, 10, 16),
    });
    // 2^(2 + 1 + 5) … with log1p values ln 2 to 5 ln 2: median 3 ln 2, deviation ln 2 → 2^8 − 1 and 2^−2 − 1 → 1.
    expect(limits.counts).toEqual({ min: 1, max: 255 });
    expect(limits.genes).toEqual({ min: null, max: null });
    expect(limits.mitoMax).toBeCloseTo(28, 1);
  });

  it('never calls a small share too much, and needs none', () => {
    const qc = { counts: null, genes: null, mito: Float32Array.of(1, 1.1, 1.2) };
    expect(limitsByMad(qc).mitoMax).toBe(8);
    expect(limitsByMad({ ...qc, mito: null }).mitoMax).toBeNull();
  });
});
