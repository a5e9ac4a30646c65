import { describe, expect, it } from 'vitest';
import { drawCounts, drawSparseCounts } from './draw-counts.ts';
import { negativeBinomialLogLikelihood, poissonTerm } from './negative-binomial.ts';
import { createRandom } from './random.ts';
import { loadFixture } from './testing/fixture.ts';
import { fitOf, tally, tallyBetween } from './testing/goodness.ts';

const DRAWS = 20_000;

function meanOf(draws: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < draws.length; i++) sum += draws[i];
  return sum / draws.length;
}

describe('gamma draws', () => {
  const fixture = loadFixture('sampling', 'gamma_poisson');
  const probs = fixture.values('probs');
  const quantiles = fixture.values('gamma.quantiles');
  const bins = [...probs, 1].map((p, i) => p - (i > 0 ? probs[i - 1] : 0));

  it.each([...fixture.values('gamma.shape')].map((shape, i) => [shape, i]))(
    'of shape %d have the right quantiles',
    (shape, i) => {
      const random = createRandom(100 + i);
      const draws = Array.from({ length: DRAWS }, () => random.gamma(shape));
      const edges = quantiles.slice(i * 10, (i + 1) * 10);
      // Quantiles that underflow to 0 share one bin.
      const first = edges.findIndex((edge) => edge > 0);
      const seen = tallyBetween(draws, edges.subarray(first));
      const pooled = bins.slice(first);
      pooled[0] = probs[first];
      const fit = fitOf(seen, pooled, DRAWS);
      expect(fit.statistic).toBeLessThan(fit.bound);
    },
  );

  it('refuses shapes that are not numbers from 0', () => {
    const random = createRandom(1);
    expect(random.gamma(0)).toBe(0);
    for (const shape of [-1, Number.NaN, Infinity])
      expect(() => random.gamma(shape)).toThrow(RangeError);
  });
});

describe('Poisson draws', () => {
  const fixture = loadFixture('sampling', 'gamma_poisson');
  const pmf = fixture.values('poisson.pmf');

  it.each([...fixture.values('poisson.rate')].map((rate, i) => [rate, i]))(
    'at rate %d have the right probabilities',
    (rate, i) => {
      const random = createRandom(200 + i);
      const draws = Float64Array.from({ length: DRAWS }, () => random.poisson(rate));
      const stored = fitOf(tally(draws, 60), pmf.subarray(i * 60, (i + 1) * 60), DRAWS);
      expect(stored.statistic).toBeLessThan(stored.bound);
      const z = (meanOf(draws) - rate) / Math.sqrt(rate / DRAWS);
      expect(Math.abs(z)).toBeLessThan(4.9);
      if (rate < 100) return;
      const low = Math.max(0, Math.floor(rate - 6 * Math.sqrt(rate)));
      const size = Math.ceil(12 * Math.sqrt(rate));
      const near = Float64Array.from({ length: size }, (_, k) =>
        Math.exp(poissonTerm(low + k, rate).logLikelihood),
      );
      const seen = tally(
        draws.map((count) => count - low),
        size,
      );
      const fit = fitOf(seen, near, DRAWS, 100);
      expect(fit.degrees).toBeGreaterThan(60);
      expect(fit.statistic).toBeLessThan(fit.bound);
    },
  );

  it('takes rate 0 and refuses rates out of range', () => {
    const random = createRandom(2);
    expect(random.poisson(0)).toBe(0);
    for (const rate of [-1, Number.NaN, Infinity])
      expect(() => random.poisson(rate)).toThrow(RangeError);
  });
});

/** Every pair of mean and inverse dispersion of the fixture, with its place in the arrays. */
const moments = loadFixture('sampling', 'nb_moments');
const PAIRS = [...moments.values('mu')].flatMap((mu, i) =>
  [...moments.values('theta')].map((theta, j) => [mu, theta, i * 8 + j] as const),
);

/** NB probabilities from the fixture for k < 60, from the tested log-likelihood up to `size`. */
function probabilitiesOf(mu: number, theta: number, place: number): Float64Array {
  const quantile = moments.values('quantiles')[place * 10 + 9];
  const size = Math.min(20_000, Math.max(60, quantile + 1));
  const stored = moments.values('pmf').subarray(place * 60, (place + 1) * 60);
  return Float64Array.from({ length: size }, (_, k) =>
    k < 60 ? stored[k] : Math.exp(negativeBinomialLogLikelihood(k, mu, Math.log(theta))),
  );
}

function expectNegativeBinomial(draws: Float32Array, mu: number, theta: number, place: number) {
  const probabilities = probabilitiesOf(mu, theta, place);
  const least = Math.max(5, DRAWS / 100);
  const counts = tally(draws, probabilities.length);
  for (const bins of [5, least]) {
    const fit = fitOf(counts, probabilities, draws.length, bins);
    expect(fit.statistic).toBeLessThan(fit.bound);
  }
  const p0 = moments.values('p0')[place];
  const spread = Math.sqrt((p0 * (1 - p0)) / draws.length);
  expect(Math.abs(counts[0] / draws.length - p0)).toBeLessThan(4.9 * spread + 1e-12);
  if (theta < 0.3 || mu < 0.01) return;
  const variance = moments.values('variance')[place];
  const z = (meanOf(draws) - mu) / Math.sqrt(variance / draws.length);
  expect(Math.abs(z)).toBeLessThan(4.9);
}

describe('negative binomial draws', () => {
  it.each(PAIRS)('one by one at mean %d, theta %d', (mu, theta, place) => {
    const random = createRandom(300 + place);
    const draws = Float32Array.from({ length: DRAWS }, () => random.negativeBinomial(mu, theta));
    expectNegativeBinomial(draws, mu, theta, place);
  });

  it.each(PAIRS)('a whole row at mean %d, theta %d', (mu, theta, place) => {
    const out = new Float32Array(DRAWS);
    drawCounts(
      new Float32Array(DRAWS).fill(mu),
      Float32Array.of(theta),
      createRandom(400 + place),
      out,
    );
    expectNegativeBinomial(out, mu, theta, place);
  });

  it('becomes Poisson as theta grows without end', () => {
    const random = createRandom(5);
    for (const rate of [0.2, 3.7, 25]) {
      const pmf = Float64Array.from({ length: 80 }, (_, k) =>
        Math.exp(poissonTerm(k, rate).logLikelihood),
      );
      const single = Float64Array.from({ length: DRAWS }, () =>
        random.negativeBinomial(rate, Infinity),
      );
      const row = new Float32Array(DRAWS);
      drawCounts(new Float32Array(DRAWS).fill(rate), Float32Array.of(Infinity), random, row);
      const hardly = new Float32Array(DRAWS);
      drawCounts(new Float32Array(DRAWS).fill(rate), Float32Array.of(1e13), random, hardly);
      for (const draws of [single, row, hardly]) {
        const fit = fitOf(tally(draws, 80), pmf, DRAWS);
        expect(fit.statistic).toBeLessThan(fit.bound);
      }
    }
  });

  it('holds runaway rates and returns 0 where nothing is expected', () => {
    const random = createRandom(6);
    expect(random.negativeBinomial(1e30, 1)).toBeLessThan(1e8 + 1e5);
    expect(random.negativeBinomial(0, 1)).toBe(0);
    expect(random.negativeBinomial(5, 0)).toBe(0);
    for (const [mean, theta] of [
      [-1, 1],
      [Number.NaN, 1],
      [Infinity, 1],
      [1, -1],
      [1, Number.NaN],
    ])
      expect(() => random.negativeBinomial(mean, theta)).toThrow(RangeError);
  });
});

describe('drawCounts', () => {
  const cells = 7;
  const genes = 53;
  const setup = createRandom(70);
  const means = Float32Array.from({ length: cells * genes }, () => Math.exp(3 * setup.normal()));
  const theta = Float32Array.from({ length: genes }, () => Math.exp(setup.normal()));

  it('gives the same counts dense and sparse', () => {
    const dense = new Float32Array(means.length);
    const nonzero = drawCounts(means, theta, createRandom(1), dense);
    const indices = new Uint32Array(means.length);
    const values = new Float32Array(means.length);
    const written = drawSparseCounts(means, theta, createRandom(1), indices, values);
    expect(written).toBe(nonzero);
    const rebuilt = new Float32Array(means.length);
    for (let i = 0; i < written; i++) {
      rebuilt[indices[i]] = values[i];
      if (i > 0) expect(indices[i]).toBeGreaterThan(indices[i - 1]);
      expect(values[i]).toBeGreaterThan(0);
    }
    expect(rebuilt).toEqual(dense);
  });

  it('uses the dispersion of each gene', () => {
    const size = 4000;
    const row = new Float32Array(2 * size).fill(2);
    const out = new Float32Array(2 * size);
    drawCounts(row, Float32Array.of(0.05, Infinity), createRandom(2), out);
    const zeros = [0, 1].map((gene) => out.filter((v, i) => i % 2 === gene && v === 0).length);
    expect(zeros[0] / size).toBeCloseTo((0.05 / 2.05) ** 0.05, 1);
    expect(zeros[1] / size).toBeCloseTo(Math.exp(-2), 1);
  });

  it('changes only the genes whose mean changes, and never against it', () => {
    const before = new Float32Array(means.length);
    const after = new Float32Array(means.length);
    const small = means.map((mean) => Math.min(mean, 8));
    const raised = small.map((mean, i) => (i % 3 === 0 ? mean * 1.2 : mean));
    drawCounts(small, theta, createRandom(3), before);
    drawCounts(raised, theta, createRandom(3), after);
    let moved = 0;
    for (let i = 0; i < before.length; i++) {
      if (i % 3 !== 0) expect(after[i]).toBe(before[i]);
      expect(after[i]).toBeGreaterThanOrEqual(before[i]);
      if (after[i] > before[i]) moved++;
    }
    expect(moved).toBeGreaterThan(0);
  });

  it('differs from call to call on one generator', () => {
    const random = createRandom(4);
    const first = new Float32Array(means.length);
    const second = new Float32Array(means.length);
    drawCounts(means, theta, random, first);
    drawCounts(means, theta, random, second);
    expect(second).not.toEqual(first);
  });

  it('overwrites what was in the output and takes no cells at all', () => {
    const out = new Float32Array(3).fill(9);
    expect(drawCounts(new Float32Array(3), new Float32Array(3).fill(1), createRandom(1), out)).toBe(
      0,
    );
    expect([...out]).toEqual([0, 0, 0]);
    const none = new Float32Array(0);
    expect(drawCounts(none, none, createRandom(1), none)).toBe(0);
  });

  it('refuses means, dispersions and lengths out of range', () => {
    const out = new Float32Array(4);
    const draw = (means_: number[], theta_: number[]) => () =>
      drawCounts(Float32Array.from(means_), Float32Array.from(theta_), createRandom(1), out);
    expect(draw([-1], [1])).toThrow(RangeError);
    expect(draw([Number.NaN], [1])).toThrow(RangeError);
    expect(draw([Infinity], [1])).toThrow(RangeError);
    expect(draw([20], [Number.NaN])).toThrow(RangeError);
    expect(draw([1, 1, 1], [1, 1])).toThrow(RangeError);
    expect(draw([1, 1, 1, 1, 1], [1])).toThrow(RangeError);
    const tooFew = new Uint32Array(1);
    expect(() =>
      drawSparseCounts(
        Float32Array.of(50, 50),
        Float32Array.of(10),
        createRandom(1),
        tooFew,
        new Float32Array(1),
      ),
    ).toThrow(RangeError);
  });
});
