import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { findLeadingDirections, orthonormalise, type LinearMap } from './subspace.ts';

/** A dense matrix as a map, its products written out. */
function denseMap(a: Float64Array, rows: number, cols: number): LinearMap {
  const product =
    (width: number, m: number, n: number, entry: (i: number, k: number) => number) =>
    (block: Float64Array) =>
      Promise.resolve(
        Float64Array.from({ length: m * width }, (_, at) => {
          let sum = 0;
          for (let k = 0; k < n; k++) {
            sum += entry(Math.floor(at / width), k) * block[k * width + (at % width)];
          }
          return sum;
        }),
      );
  return {
    rows,
    cols,
    times: (block, width) => product(width, rows, cols, (i, k) => a[i * cols + k])(block),
    transposeTimes: (block, width) => product(width, cols, rows, (i, k) => a[k * cols + i])(block),
  };
}

describe('orthonormalisation', () => {
  it('gives orthonormal columns, and zero columns for dependent ones', async () => {
    const random = createRandom(2);
    const block = Float64Array.from({ length: 31 * 4 }, () => random.normal());
    for (let r = 0; r < 31; r++) block[r * 4 + 2] = 3 * block[r * 4] - block[r * 4 + 1];
    const q = await orthonormalise(block, 31, 4);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let sum = 0;
        for (let r = 0; r < 31; r++) sum += q[r * 4 + i] * q[r * 4 + j];
        expect(sum).toBeCloseTo(i === j && i !== 2 ? 1 : 0, 12);
      }
    }
  });
});

describe('leading directions', () => {
  it('are those of a matrix made from known singular values', async () => {
    const [rows, cols] = [23, 17];
    const random = createRandom(3);
    const noise = (n: number) => Float64Array.from({ length: n * 5 }, () => random.normal());
    const u = await orthonormalise(noise(rows), rows, 5);
    const v = await orthonormalise(noise(cols), cols, 5);
    const values = [9, 4, 2, 0.5, 0.01];
    const a = Float64Array.from({ length: rows * cols }, (_, at) => {
      const [i, j] = [Math.floor(at / cols), at % cols];
      return values.reduce((sum, s, k) => sum + u[i * 5 + k] * s * v[j * 5 + k], 0);
    });
    const found = await findLeadingDirections(denseMap(a, rows, cols), 4, 4, 3, 7);
    for (let k = 0; k < 4; k++) {
      expect(found.singularValues[k]).toBeCloseTo(values[k], 9);
      let product = 0;
      for (let j = 0; j < cols; j++) product += found.vectors[j * 4 + k] * v[j * 5 + k];
      expect(Math.abs(product)).toBeCloseTo(1, 9);
    }
  });

  it('are zero for a matrix of zeros', async () => {
    const found = await findLeadingDirections(denseMap(new Float64Array(12), 3, 4), 2, 1, 2, 0);
    expect([...found.singularValues, ...found.vectors].every((value) => value === 0)).toBe(true);
  });
});
