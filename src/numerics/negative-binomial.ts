/** @file Log-likelihoods of counts with their gradients in float64: what the float32 kernels are measured against. */

import {
  HALF_LOG_2PI,
  digammaDifference,
  lgamma,
  lgammaDifference,
  logSigmoid,
  logSoftmax,
  sigmoid,
  stirlingTail,
} from './special.ts';

/** The small number scvi-tools adds inside the three logarithms. */
export const LIKELIHOOD_EPS = 1e-8;

/** From here on Stirling's formula holds to full double precision. */
const STIRLING = 10;

/** A log-likelihood in nats and its two derivatives. */
export interface NegativeBinomialTerm {
  readonly logLikelihood: number;
  /** Derivative with respect to the mean. */
  readonly dMean: number;
  /** Derivative with respect to log theta. */
  readonly dLogTheta: number;
}

/**
 * Negative binomial log-likelihood of one count, by the formula of scvi-tools with eps inside its logs.
 *
 * θ log((θ+ε)/(θ+μ+ε)) + x log((μ+ε)/(θ+μ+ε)) + log Γ(x+θ) − log Γ(θ) − log Γ(x+1), with θ = exp(logTheta), each difference
 * taken without cancellation.
 * @param x a count, ≥ 0
 * @param mean expected count, ≥ 0
 * @param logTheta log inverse dispersion; variance = mean + mean²/θ
 * Source: scvi-tools `log_nb_positive`; Lopez et al. 2018, eq. 3.
 */
export function negativeBinomialTerm(
  x: number,
  mean: number,
  logTheta: number,
): NegativeBinomialTerm {
  const eps = LIKELIHOOD_EPS;
  const theta = Math.exp(logTheta);
  const shifted = theta + eps;
  const total = shifted + mean;
  const logShare = Math.log1p(mean / shifted);
  const logLikelihood = logBinomialPart(x, mean + eps, theta, total) - theta * logShare;
  const dMean = (theta * (x - mean - eps)) / ((mean + eps) * total);
  const drift = (theta * (mean - x) - x * eps) / (shifted * total);
  const dTheta = drift - logShare + digammaDifference(theta, x);
  return { logLikelihood, dMean, dLogTheta: theta * dTheta };
}

/** Just the log-likelihood of `negativeBinomialTerm`. */
export function negativeBinomialLogLikelihood(x: number, mean: number, logTheta: number): number {
  return negativeBinomialTerm(x, mean, logTheta).logLikelihood;
}

/**
 * log [ Γ(θ+x) / (Γ(θ) x!) · (mean/total)^x ].
 *
 * From x = 10 on Stirling's formula is put in for the gammas of x and θ + x, so that the terms of size x log x cancel on paper.
 */
function logBinomialPart(x: number, mean: number, theta: number, total: number): number {
  if (x === 0) return 0;
  if (x < STIRLING) return smallRisingRatio(theta, total, x) + x * Math.log(mean) - lgamma(x + 1);
  const change = (theta * (mean - x)) / (total * x);
  const logRatio =
    change > -0.5 ? Math.log1p(change) : Math.log(((theta + x) / total) * (mean / x));
  const shared = x * logRatio - 0.5 * Math.log(x) + stirlingTail(theta + x) - stirlingTail(x);
  if (theta < STIRLING) return shared + (theta - 0.5) * Math.log(theta + x) - theta - lgamma(theta);
  return shared + (theta - 0.5) * Math.log1p(x / theta) - HALF_LOG_2PI - stirlingTail(theta);
}

/** log Γ(θ+x) − log Γ(θ) − x log(total) for x below 10; for large θ both parts are close to x log θ and are joined. */
function smallRisingRatio(theta: number, total: number, x: number): number {
  if (theta < STIRLING || !Number.isInteger(x))
    return lgammaDifference(theta, x) - x * Math.log(total);
  let sum = 0;
  for (let i = 0; i < x; i++) sum += Math.log((theta + i) / total);
  return sum;
}

/** A log-likelihood in nats and its derivative. */
export interface LikelihoodTerm {
  readonly logLikelihood: number;
  readonly gradient: number;
}

/**
 * Poisson log-likelihood x log μ − μ − log x! of one count and its derivative x/μ − 1 with respect to the mean.
 *
 * At μ = 0 a count of 0 has value 0 and gradient −1, any other −Infinity and +Infinity.
 */
export function poissonTerm(x: number, mean: number): LikelihoodTerm {
  if (x === 0) return { logLikelihood: -mean, gradient: -1 };
  return { logLikelihood: x * Math.log(mean) - mean - lgamma(x + 1), gradient: x / mean - 1 };
}

/** Bernoulli log-likelihood of x (0 or 1) from a logit, without clamping, and its derivative x − sigmoid(logit). */
export function bernoulliTerm(x: number, logit: number): LikelihoodTerm {
  const logLikelihood = x * logSigmoid(logit) + (1 - x) * logSigmoid(-logit);
  return { logLikelihood, gradient: x * sigmoid(-logit) - (1 - x) * sigmoid(logit) };
}

/** The decoder's loss on a batch, and where it comes from. */
export interface DecoderLoss {
  /** Negative log-likelihood, summed over genes, averaged over cells, in nats per cell. */
  readonly loss: number;
  /** Expected counts, [cells, genes]. */
  readonly means: Float64Array;
  /** Log-likelihood of each count, [cells, genes]. */
  readonly logLikelihood: Float64Array;
  /** Gradient of the loss with respect to the logits, [cells, genes]. */
  readonly dLogits: Float64Array;
  /** Gradient of the loss with respect to log theta, [genes]. */
  readonly dLogTheta: Float64Array;
}

/**
 * CFGen's decoder loss: mean = softmax(logits) · library size, then the negative binomial.
 *
 * @param counts [cells, genes]
 * @param logits [cells, genes]
 * @param logTheta [genes]
 * @param librarySizes [cells]; a cell of size 0 contributes nothing but its eps terms
 */
export function decoderLoss(
  counts: ArrayLike<number>,
  logits: ArrayLike<number>,
  logTheta: ArrayLike<number>,
  librarySizes: ArrayLike<number>,
): DecoderLoss {
  const cells = librarySizes.length;
  const genes = logTheta.length;
  const shares = logSoftmax(logits, cells, genes).map(Math.exp);
  const means = new Float64Array(cells * genes);
  const logLikelihood = new Float64Array(cells * genes);
  const dLogits = new Float64Array(cells * genes);
  const dLogTheta = new Float64Array(genes);
  let loss = 0;
  for (let cell = 0; cell < cells; cell++) {
    const start = cell * genes;
    let pull = 0;
    for (let gene = 0; gene < genes; gene++) {
      const i = start + gene;
      means[i] = shares[i] * librarySizes[cell];
      const term = negativeBinomialTerm(counts[i], means[i], logTheta[gene]);
      logLikelihood[i] = term.logLikelihood;
      loss -= term.logLikelihood / cells;
      dLogits[i] = means[i] * term.dMean;
      pull += dLogits[i];
      dLogTheta[gene] -= term.dLogTheta / cells;
    }
    for (let i = start; i < start + genes; i++)
      dLogits[i] = (shares[i] * pull - dLogits[i]) / cells;
  }
  return { loss, means, logLikelihood, dLogits, dLogTheta };
}
