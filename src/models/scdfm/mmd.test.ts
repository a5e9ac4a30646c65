/** @file The discrepancy against the original program, its gradient, and what must hold of it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { largest, largestDifference } from '../../engine/testing/device.ts';
import { createRandom } from '../../numerics/random.ts';
import { loadFixture } from '../../numerics/testing/fixture.ts';
import { flowLoss, predictedEnds } from './loss.ts';
import { discrepancy, kernelWidths, MMD_SCALES, type CellRows } from './mmd.ts';

const fixture = loadFixture('scdfm', 'mmd', join(import.meta.dirname, '../fixtures'));

function rowsOf(name: string): CellRows & { readonly dims: number } {
  const [rows, dims] = fixture.tensors[name].shape;
  return { values: fixture.values(name), from: 0, rows, dims };
}

function normals(rows: number, dims: number, seed: number, shift = 0): CellRows {
  const random = createRandom(seed);
  const values = Float64Array.from({ length: rows * dims }, () => random.normal() + shift);
  return { values, from: 0, rows };
}

describe('the discrepancy', () => {
  it.each(['small', 'unequal', 'batch48'])(
    'of %s has the value and gradient of the original',
    (name) => {
      const [x, y] = [rowsOf(`${name}/x`), rowsOf(`${name}/y`)];
      const found = discrepancy(x, y, x.dims);
      expect(found.value).toBeCloseTo(fixture.values(`${name}/mmd2`)[0], 6);
      const expected = fixture.values(`${name}/grad_x`);
      expect(largestDifference(found.gradient, expected) / largest(expected)).toBeLessThan(1e-5);
    },
  );

  it('of equal sets is below 0', () => {
    const [x, y] = [rowsOf('identical/x'), rowsOf('identical/y')];
    const found = discrepancy(x, y, x.dims);
    expect(found.value).toBeCloseTo(fixture.values('identical/mmd2')[0], 6);
    expect(found.value).toBeLessThan(0);
  });

  it('takes its widths from the lower median of the target', () => {
    // Distances between 0, 1, 3 and 7: squares 1, 9, 49, 4, 36, 16, each twice; the lower middle one is 9.
    const target = { values: [0, 1, 3, 7], from: 0, rows: 4 };
    expect(kernelWidths(target, 1)).toEqual(MMD_SCALES.map((scale) => scale * 9));
  });

  it('of two halves of one population is 0 on average, and grows with a shift', () => {
    const means = [0, 0.5, 1].map((shift) => {
      let sum = 0;
      for (let r = 0; r < 40; r++) {
        sum += discrepancy(normals(16, 5, 2 * r + 1), normals(16, 5, 2 * r + 2, shift), 5).value;
      }
      return sum / 40;
    });
    expect(Math.abs(means[0])).toBeLessThan(0.01);
    expect(means[1]).toBeGreaterThan(means[0] + 0.02);
    expect(means[2]).toBeGreaterThan(means[1] + 0.05);
  });
});

describe('the loss', () => {
  const dims = 3;
  const groups = [4, 3];
  const rows = 7;
  const numbers = (seed: number): Float32Array =>
    Float32Array.from(normals(rows, dims, seed).values);
  const outcome = {
    velocity: numbers(1),
    states: numbers(2),
    velocities: numbers(3),
    ends: numbers(4),
    times: Float64Array.from({ length: rows }, (_, r) => r / rows),
    groups,
    dims,
  };

  it('has the slope of its finite differences', () => {
    const { gradient } = flowLoss(outcome, 0.7);
    for (const k of [0, 7, 11, 12, 20]) {
      const at = (step: number): number => {
        const velocity = Float32Array.from(outcome.velocity);
        velocity[k] += step;
        return flowLoss({ ...outcome, velocity }, 0.7).loss;
      };
      const width = 2 ** -7;
      expect((at(width) - at(-width)) / (2 * width)).toBeCloseTo(gradient[k], 4);
    }
  });

  it('is the squared error alone with a weight of 0', () => {
    const found = flowLoss(outcome, 0);
    const squares = outcome.velocity.map((v, k) => (v - outcome.velocities[k]) ** 2);
    expect(found.loss).toBeCloseTo(squares.reduce((a, b) => a + b, 0) / (rows * dims), 5);
    expect(found.discrepancy).toBe(0);
  });

  it('predicts the end itself from the true velocity, at any time', () => {
    const starts = numbers(5);
    const states = starts.map((start, k) => {
      const t = outcome.times[Math.floor(k / dims)];
      return (1 - t) * start + t * outcome.ends[k];
    });
    const velocity = outcome.ends.map((end, k) => end - starts[k]);
    const ends = predictedEnds({ velocity, states, times: outcome.times, dims });
    expect(largestDifference(ends, outcome.ends)).toBeLessThan(1e-5);
  });
});
