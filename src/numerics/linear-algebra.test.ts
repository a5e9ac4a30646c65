import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matmul, qr, symmetricEigen, transpose } from './linear-algebra.ts';
import { createRandom } from './random.ts';
import { largestDifference } from './testing/compare.ts';

function randomMatrix(rows: number, cols: number, seed = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: rows * cols }, () => random.normal());
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

/** A random symmetric matrix. */
function symmetric(n: number, seed: number): Float64Array {
  const a = randomMatrix(n, n, seed);
  return a.map((value, i) => value + a[(i % n) * n + Math.floor(i / n)]);
}

describe('matmul', () => {
  it('multiplies a known pair', () => {
    const a = Float32Array.of(1, 2, 3, 4, 5, 6);
    const b = Float32Array.of(7, 8, 9, 10, 11, 12);
    expect([...matmul(a, b, 2, 3, 2)]).toEqual([58, 64, 139, 154]);
    expect([...matmul(a, b, 3, 2, 3, { a: true })].slice(0, 3)).toEqual([47, 52, 57]);
  });

  it('agrees with the definition for every shape and both transposes', () => {
    const size = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), (m, k, n, ta, tb) => {
        const a = randomMatrix(m, k, 3);
        const b = randomMatrix(k, n, 4);
        const expected = Float64Array.from({ length: m * n }, (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          return Array.from({ length: k }, (_, l) => a[i * k + l] * b[l * n + j]).reduce(
            (sum, value) => sum + value,
            0,
          );
        });
        const left = ta ? transpose(a, m, k) : a;
        const right = tb ? transpose(b, k, n) : b;
        const product = matmul(left, right, m, k, n, { a: ta, b: tb });
        expect(largestDifference(product, expected)).toBeLessThan(1e-13);
      }),
    );
  });

  it('refuses arrays that do not fit', () => {
    expect(() => matmul(new Float64Array(5), new Float64Array(6), 2, 3, 2)).toThrow(RangeError);
    expect(() => matmul(new Float64Array(6), new Float64Array(5), 2, 3, 2)).toThrow(RangeError);
  });
});

describe('qr', () => {
  it.each([
    [1, 1],
    [5, 3],
    [53, 17],
    [19, 19],
    [4, 0],
  ])('of %i × %i has QᵀQ = I, Q·R = A and a triangular R', (rows, cols) => {
    const a = randomMatrix(rows, cols);
    const { q, r } = qr(a, rows, cols);
    const gram = matmul(q, q, cols, rows, cols, { a: true });
    expect(largestDifference(gram, identity(cols))).toBeLessThan(1e-14);
    expect(largestDifference(matmul(q, r, rows, cols, cols), a)).toBeLessThan(1e-13);
    for (let i = 0; i < cols; i++) {
      expect(r[i * cols + i]).toBeGreaterThan(0);
      for (let j = 0; j < i; j++) expect(r[i * cols + j]).toBe(0);
    }
  });

  it('gives the factors of a known matrix', () => {
    // Columns (3, 4) and (1, 2): r11 = 5, r12 = 11/5, r22 = 2/5.
    const { q, r } = qr(Float64Array.of(3, 1, 4, 2), 2, 2);
    expect(largestDifference(q, [0.6, -0.8, 0.8, 0.6])).toBeLessThan(1e-15);
    expect(largestDifference(r, [5, 2.2, 0, 0.4])).toBeLessThan(1e-15);
  });

  it('keeps Q orthonormal where columns repeat, vanish or differ hugely in size', () => {
    const a = randomMatrix(11, 5);
    for (let i = 0; i < 11; i++) {
      a[i * 5 + 1] = a[i * 5] * 1e-160;
      a[i * 5 + 3] = 0;
      a[i * 5 + 4] *= 1e160;
    }
    const { q, r } = qr(a, 11, 5);
    const gram = matmul(q, q, 5, 11, 5, { a: true });
    expect(largestDifference(gram, identity(5))).toBeLessThan(1e-14);
    expect(r[3 * 5 + 3]).toBe(0);
  });

  it('refuses wide matrices and arrays that do not fit', () => {
    expect(() => qr(new Float64Array(6), 2, 3)).toThrow(RangeError);
    expect(() => qr(new Float64Array(7), 3, 2)).toThrow(RangeError);
  });
});

describe('symmetricEigen', () => {
  it.each([0, 1, 2, 3, 17, 60])('of size %i has A·V = V·Λ and VᵀV = I', (n) => {
    const a = symmetric(n, 5 + n);
    const { values, vectors } = symmetricEigen(a, n);
    const left = matmul(a, vectors, n, n, n);
    const right = vectors.map((value, i) => value * values[i % n]);
    expect(largestDifference(left, right)).toBeLessThan(1e-13 * (1 + n));
    const gram = matmul(vectors, vectors, n, n, n, { a: true });
    expect(largestDifference(gram, identity(n))).toBeLessThan(1e-13);
    expect([...values]).toEqual([...values].sort((x, y) => y - x));
    let trace = 0;
    for (let i = 0; i < n; i++) trace += a[i * n + i];
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 10);
  });

  it('knows the second difference matrix, whose eigenvalues are 2 − 2 cos(kπ/(n+1))', () => {
    const n = 31;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i + 1 < n) a[i * n + i + 1] = a[(i + 1) * n + i] = -1;
    }
    const expected = Float64Array.from(
      { length: n },
      (_, i) => 2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1)),
    );
    expect(largestDifference(symmetricEigen(a, n).values, expected)).toBeLessThan(5e-14);
  });

  it('agrees with LAPACK on the 9 × 9 Hilbert matrix', () => {
    const n = 9;
    const hilbert = Float64Array.from(
      { length: n * n },
      (_, i) => 1 / (Math.floor(i / n) + (i % n) + 1),
    );
    const expected = [
      1.7258826609018467, 0.3216331222992067, 0.03103892578126825, 0.0019789338602158946,
      8.758085051457288e-5, 2.6730134106053886e-6, 5.3856133496377674e-8, 6.460905265090212e-10,
      3.4996893590713114e-12,
    ];
    expect(largestDifference(symmetricEigen(hilbert, n).values, expected)).toBeLessThan(4e-15);
  });

  it('takes repeated eigenvalues and zero matrices, and fixes the signs', () => {
    expect([...symmetricEigen(identity(3), 3).values]).toEqual([1, 1, 1]);
    expect([...symmetricEigen(new Float64Array(4), 2).values]).toEqual([0, 0]);
    const { values, vectors } = symmetricEigen(Float32Array.of(0, -2, -2, 0), 2);
    expect(largestDifference(values, [2, -2])).toBeLessThan(1e-15);
    for (let j = 0; j < 2; j++) expect(Math.max(vectors[j], vectors[2 + j])).toBeGreaterThan(0.7);
  });

  it('refuses arrays that do not fit or are not finite', () => {
    expect(() => symmetricEigen(new Float64Array(3), 2)).toThrow(RangeError);
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow(
      RangeError,
    );
  });
});
