import { describe, expect, it } from 'vitest';
import {
  bernoulliTerm,
  decoderLoss,
  negativeBinomialLogLikelihood,
  negativeBinomialTerm,
  poissonTerm,
} from './negative-binomial.ts';
import { largestDifference, largestRelative, largestScaled } from './testing/compare.ts';
import { loadFixture } from './testing/fixture.ts';

describe('negative binomial', () => {
  const fixture = loadFixture('nb', 'nb_grid');
  const terms = [...fixture.values('x')].flatMap((x) =>
    [...fixture.values('mu')].flatMap((mu) =>
      [...fixture.values('log_theta')].map((logTheta) => negativeBinomialTerm(x, mu, logTheta)),
    ),
  );

  it('has the value and gradients of scvi-tools with 40 digits, to 1e-12', () => {
    const value = terms.map((term) => term.logLikelihood);
    expect(largestScaled(value, fixture.values('ll'))).toBeLessThan(1e-12);
    const dMean = terms.map((term) => term.dMean);
    expect(largestScaled(dMean, fixture.values('dmu'))).toBeLessThan(1e-12);
    const dLogTheta = terms.map((term) => term.dLogTheta);
    expect(largestScaled(dLogTheta, fixture.values('dlogtheta'))).toBeLessThan(1e-12);
  });

  it('sums to 1 over all counts', () => {
    for (const [mean, theta] of [
      [0.3, 0.4],
      [3.7, 2.5],
      [20, 300],
    ]) {
      let sum = 0;
      for (let x = 0; x < 400; x++)
        sum += Math.exp(negativeBinomialLogLikelihood(x, mean, Math.log(theta)));
      expect(sum).toBeCloseTo(1, 6);
    }
  });
});

describe('Poisson and Bernoulli', () => {
  it('Poisson agrees to 1e-12', () => {
    const fixture = loadFixture('nb', 'poisson');
    const means = [...fixture.values('mu')];
    const terms = [...fixture.values('x')].flatMap((x) => means.map((mu) => poissonTerm(x, mu)));
    const value = terms.map((term) => term.logLikelihood);
    expect(largestScaled(value, fixture.values('ll'))).toBeLessThan(1e-12);
    // The original's gradient at count 0 and mean 0 is not a number; the limit −1 is meant here.
    const expected = fixture.values('dmu').map((g) => (Number.isNaN(g) ? -1 : g));
    expect(
      largestScaled(
        terms.map((term) => term.gradient),
        expected,
      ),
    ).toBeLessThan(1e-12);
  });

  it('Bernoulli agrees to 1e-12 without clamping', () => {
    const fixture = loadFixture('nb', 'bernoulli');
    const terms = [0, 1].flatMap((x) =>
      [...fixture.values('logit')].map((logit) => bernoulliTerm(x, logit)),
    );
    expect(
      largestRelative(
        terms.map((term) => term.logLikelihood),
        fixture.values('ll'),
      ),
    ).toBeLessThan(1e-12);
    expect(
      largestScaled(
        terms.map((term) => term.gradient),
        fixture.values('dlogit'),
      ),
    ).toBeLessThan(1e-12);
  });
});

describe.each(['decoder_loss', 'decoder_loss_edge'])('decoder loss: %s', (name) => {
  const fixture = loadFixture('nb', name);
  const counts = fixture.values('counts');
  const [cells, genes] = fixture.tensors['counts'].shape;
  const library = Array.from({ length: cells }, (_, cell) =>
    counts.subarray(cell * genes, (cell + 1) * genes).reduce((sum, count) => sum + count, 0),
  );
  const result = decoderLoss(
    counts,
    fixture.values('logits'),
    fixture.values('log_theta'),
    library,
  );

  it('has the value of the original', () => {
    const expected = fixture.info.scalars['loss'] as number;
    expect(Math.abs(result.loss / expected - 1)).toBeLessThan(1e-9);
    expect(largestScaled(result.means, fixture.values('mu'))).toBeLessThan(1e-12);
    // The original's plain log-gammas lose digits here that the stable difference keeps.
    expect(largestScaled(result.logLikelihood, fixture.values('ll'))).toBeLessThan(2e-8);
  });

  it('has the gradients of the original', () => {
    for (const [ours, theirs] of [
      [result.dLogits, fixture.values('dlogits')],
      [result.dLogTheta, fixture.values('dlog_theta')],
    ]) {
      const largest = theirs.reduce((peak, g) => Math.max(peak, Math.abs(g)), 0);
      expect(largestDifference(ours, theirs) / largest).toBeLessThan(1e-9);
    }
  });
});
