import { describe, expect, it } from 'vitest';
import {
  digamma,
  digammaDifference,
  erf,
  erfc,
  lgamma,
  lgammaDifference,
  logSigmoid,
  logSoftmax,
  logSumExp,
  sigmoid,
  softmax,
  softplus,
  trigamma,
} from './special.ts';
import { largestDifference, largestRelative, largestScaled } from './testing/compare.ts';
import { loadFixture } from './testing/fixture.ts';

describe('elementary functions', () => {
  const fixture = loadFixture('special', 'elementary');

  it.each([
    ['erf.x', 'erf.y', erf],
    ['erf.x', 'erf.erfc', erfc],
    ['softplus.x', 'softplus.y', softplus],
    ['softplus.x', 'softplus.sigmoid', sigmoid],
    ['softplus.x', 'softplus.log_sigmoid', logSigmoid],
  ])('%s → %s to 1e-13', (input, output, f) => {
    expect(largestRelative(fixture.values(input).map(f), fixture.values(output))).toBeLessThan(
      1e-13,
    );
  });

  it('keep their limits', () => {
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
    expect([erf(0), erfc(0)]).toEqual([0, 1]);
    expect([softplus(-Infinity), softplus(Infinity)]).toEqual([0, Infinity]);
    expect([sigmoid(-Infinity), sigmoid(Infinity)]).toEqual([0, 1]);
    expect(erf(Number.NaN)).toBeNaN();
    // scipy.special.erfc(20)
    expect(Math.abs(erfc(20) / 5.395865611607901e-176 - 1)).toBeLessThan(1e-13);
  });
});

describe('gamma functions', () => {
  const fixture = loadFixture('special', 'gamma');
  const x = fixture.values('x');

  it.each([
    ['lgamma', lgamma],
    ['digamma', digamma],
  ])('%s to 1e-13 relative, 1e-15 absolute near its zeros', (name, f) => {
    const expected = fixture.values(name);
    x.forEach((value, i) => {
      const allowed = Math.max(1e-13 * Math.abs(expected[i]), 1e-15);
      expect(Math.abs(f(value) - expected[i])).toBeLessThanOrEqual(allowed);
    });
  });

  it('trigamma to 1e-13', () => {
    expect(largestRelative(x.map(trigamma), fixture.values('trigamma'))).toBeLessThan(1e-13);
  });

  it('differences to 1e-13 for every count and dispersion', () => {
    const counts = fixture.values('diff.n');
    const thetas = fixture.values('diff.theta');
    const each = (f: (a: number, n: number) => number): number[] =>
      [...counts].flatMap((n) => [...thetas].map((theta) => f(theta, n)));
    expect(largestScaled(each(lgammaDifference), fixture.values('diff.lgamma'))).toBeLessThan(
      1e-13,
    );
    expect(largestRelative(each(lgammaDifference), fixture.values('diff.lgamma'))).toBeLessThan(
      1e-12,
    );
    expect(largestRelative(each(digammaDifference), fixture.values('diff.digamma'))).toBeLessThan(
      1e-13,
    );
  });

  it('differences by a part of 1 agree with the plain difference where that is accurate', () => {
    for (const a of [0.3, 1.7, 9.5, 40])
      for (const n of [0.25, 1.5, 31.75]) {
        expect(lgammaDifference(a, n)).toBeCloseTo(lgamma(a + n) - lgamma(a), 11);
        expect(digammaDifference(a, n)).toBeCloseTo(digamma(a + n) - digamma(a), 11);
      }
  });

  it('keep their limits and refuse negative arguments', () => {
    expect([lgamma(0), lgamma(Infinity), lgamma(1), lgamma(2)]).toEqual([Infinity, Infinity, 0, 0]);
    expect([digamma(0), trigamma(0)]).toEqual([-Infinity, Infinity]);
    for (const f of [lgamma, digamma, trigamma]) {
      expect(f(-1.5)).toBeNaN();
      expect(f(Number.NaN)).toBeNaN();
    }
  });
});

describe('log-softmax', () => {
  const fixture = loadFixture('special', 'log_softmax');
  const z = fixture.values('z');
  const [rows, cols] = fixture.tensors['z'].shape;

  it('agrees with 40 digits to 1e-12', () => {
    expect(largestScaled(logSoftmax(z, rows, cols), fixture.values('log_softmax'))).toBeLessThan(
      1e-12,
    );
    expect(largestDifference(softmax(z, rows, cols), fixture.values('softmax'))).toBeLessThan(
      1e-12,
    );
    const sums = Array.from({ length: rows }, (_, i) => logSumExp(z, i * cols, (i + 1) * cols));
    expect(largestScaled(sums, fixture.values('logsumexp'))).toBeLessThan(1e-12);
  });

  it('takes empty input and infinite logits', () => {
    expect(logSumExp([])).toBe(-Infinity);
    expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
    expect(logSumExp([-Infinity, 3])).toBe(3);
    expect(logSoftmax([], 0, 5)).toHaveLength(0);
  });
});
