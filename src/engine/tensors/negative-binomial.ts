/**
 * @file The decoder's loss as one differentiable operation: softmax × library size → negative binomial.
 *
 * ll = lnΓ(θ+x) − lnΓ(θ) − lnΓ(x+1) − θ·log1p(μ/(θ+ε)) + x·(log(μ+ε) − log(θ+μ+ε)), ε = 1e-8, as in scvi-tools.
 * The two log-gammas are taken as one difference: apart they lose all digits of float32 for θ above 1e4.
 * In host memory one loop visits every entry and does the expensive part only where a count is not 0.
 */
import * as tf from '@tensorflow/tfjs-core';
import { digammaDifference, lgammaDifference } from '../../numerics/special.ts';
import { hasHostMemory, hostTensor, hostView } from './host.ts';
import { sumRows } from './ops.ts';

const EPSILON = 1e-8;

/** Counts of one batch, dense and row-major [cells, genes], and the total of each cell. */
export interface CountBatch {
  readonly counts: tf.Tensor2D;
  /** [cells, 1] */
  readonly library: tf.Tensor2D;
  /** [cells, 1], 1 for cells that count and 0 for padding. */
  readonly mask: tf.Tensor2D;
  /** Cells that count, for the mean. */
  readonly cells: number;
}

/** Value of the loss and its gradients. */
interface LossParts {
  readonly loss: tf.Scalar;
  readonly dLogits: tf.Tensor2D;
  readonly dLogTheta: tf.Tensor1D;
}

/**
 * Negative log-likelihood in nats per cell: summed over genes, averaged over cells.
 *
 * @param logits [cells, genes]; μ = softmax(logits) · library
 * @param logTheta [genes], log inverse dispersion; θ → ∞ is Poisson
 * @returns a scalar; gradients flow into logits and logTheta
 * Source: Lopez et al. 2018, eq. 3; CFGen's decoder loss.
 */
export function negativeBinomialLoss(
  logits: tf.Tensor2D,
  logTheta: tf.Tensor1D,
  batch: CountBatch,
): tf.Scalar {
  const run = tf.customGrad((...args) => {
    const [logits, logTheta, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const parts = hasHostMemory()
      ? lossOnHost(logits, logTheta, batch)
      : lossComposed(logits, logTheta, batch);
    save([parts.dLogits, parts.dLogTheta]);
    return {
      value: parts.loss,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved.map((g) => tf.mul(g, dy)),
    };
  });
  return run(logits, logTheta) as tf.Scalar;
}

/** log(1 + r) for r ≥ 0; a short series where most entries are (μ much smaller than θ). */
function logOnePlus(r: number): number {
  if (r > 0.03) return Math.log(1 + r);
  return r * (1 - r * (1 / 2 - r * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r / 6)))));
}

const logFactorials = new Float64Array(256);
for (let x = 2; x < logFactorials.length; x++) {
  logFactorials[x] = logFactorials[x - 1] + Math.log(x);
}

function logFactorial(x: number): number {
  return x < logFactorials.length ? logFactorials[x] : lgammaDifference(1, x);
}

/** One pass over host memory, in float64. */
function lossOnHost(logits: tf.Tensor2D, logTheta: tf.Tensor1D, batch: CountBatch): LossParts {
  const [rows, genes] = logits.shape;
  const shares = tf.softmax(logits);
  const dLogits = hostTensor([rows, genes]) as tf.Tensor2D;
  const rho = viewOf(shares);
  const out = viewOf(dLogits);
  const { counts, library: sizes, mask: taken } = batch;
  const x = viewOf(counts);
  const library = viewOf(sizes);
  const mask = viewOf(taken);
  const theta = Float64Array.from(viewOf(logTheta), Math.exp);
  const dTheta = new Float64Array(genes);
  const scale = -1 / batch.cells;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const at = r * genes;
    if (mask[r] === 0) out.fill(0, at, at + genes);
    else total += hostRow(rho, x, out, at, genes, library[r], theta, dTheta, scale);
  }
  const dLog = Float32Array.from(dTheta, (d, g) => d * theta[g] * scale);
  return { loss: tf.scalar(total * scale), dLogits, dLogTheta: tf.tensor1d(dLog) };
}

/** One cell: returns its log-likelihood, writes the scaled gradient of the logits, adds to the gradient of θ. */
function hostRow(
  rho: Float32Array,
  x: Float32Array,
  out: Float32Array,
  at: number,
  genes: number,
  library: number,
  theta: Float64Array,
  dTheta: Float64Array,
  scale: number,
): number {
  let ll = 0;
  let sum = 0;
  for (let g = 0; g < genes; g++) {
    const t = theta[g];
    const mu = rho[at + g] * library;
    const inverse = 1 / (t + mu + EPSILON);
    const log = logOnePlus(mu / (t + EPSILON));
    const count = x[at + g];
    let slope = -(count + t) * inverse;
    ll -= t * log;
    dTheta[g] += mu * inverse - log;
    if (count > 0) {
      slope += count / (mu + EPSILON);
      ll += count * Math.log((mu + EPSILON) * inverse);
      ll += lgammaDifference(t, count) - logFactorial(count);
      dTheta[g] += digammaDifference(t, count) - count * inverse;
    }
    const weighted = mu * slope;
    out[at + g] = weighted;
    sum += weighted;
  }
  for (let g = 0; g < genes; g++) out[at + g] = (out[at + g] - rho[at + g] * sum) * scale;
  return ll;
}

function viewOf(tensor: tf.Tensor): Float32Array {
  const view = hostView(tensor);
  if (view === null) throw new Error('tensor without host memory');
  return view;
}

/** log Γ(a+x) − log Γ(a) and its derivative by a, entry by entry: both arguments are moved up by 8, then Stirling. */
function gammaDifferences(a: tf.Tensor1D, x: tf.Tensor2D): { log: tf.Tensor; slope: tf.Tensor } {
  const product = (from: number): tf.Tensor => {
    let all: tf.Tensor | null = null;
    for (let k = from; k < from + 4; k++) {
      const factor = tf.add(tf.div(x, tf.add(a, tf.scalar(k))), tf.scalar(1));
      all = all === null ? factor : tf.mul(all, factor);
    }
    return tf.log(all as tf.Tensor);
  };
  let shift: tf.Tensor = tf.zerosLike(x);
  for (let k = 0; k < 8; k++) {
    const ak = tf.add(a, tf.scalar(k));
    shift = tf.add(shift, tf.div(x, tf.mul(ak, tf.add(ak, x))));
  }
  const c = tf.add(a, tf.scalar(8));
  const b = tf.add(c, x);
  const ib = tf.reciprocal(b);
  const ic = tf.reciprocal(c);
  const grow = tf.log1p(tf.mul(x, ic));
  const log = tf.addN([
    tf.neg(tf.add(product(0), product(4))),
    tf.mul(tf.sub(c, tf.scalar(0.5)), grow),
    tf.mul(x, tf.sub(tf.log(b), tf.scalar(1))),
    tf.mul(tf.sub(ib, ic), tf.scalar(1 / 12)),
    tf.mul(tf.sub(tf.pow(ib, tf.scalar(3)), tf.pow(ic, tf.scalar(3))), tf.scalar(-1 / 360)),
  ]);
  const squares = tf.mul(tf.sub(tf.square(ib), tf.square(ic)), tf.scalar(-1 / 12));
  const slope = tf.addN([shift, grow, tf.mul(tf.sub(ib, ic), tf.scalar(-0.5)), squares]);
  return { log, slope };
}

/** The same from whole-tensor operations, for a GPU. */
export function lossComposed(
  logits: tf.Tensor2D,
  logTheta: tf.Tensor1D,
  batch: CountBatch,
): LossParts {
  const eps = tf.scalar(EPSILON);
  const { counts: x, library } = batch;
  const theta = tf.exp(logTheta) as tf.Tensor1D;
  const rho = tf.softmax(logits);
  const mu = tf.mul(rho, library);
  const sum = tf.add(tf.add(mu, theta), eps);
  const inverse = tf.reciprocal(sum);
  const log = tf.log1p(tf.div(mu, tf.add(theta, eps)));
  const gamma = gammaDifferences(theta, x);
  const one = gammaDifferences(tf.onesLike(logTheta), x);
  const ratio = tf.sub(tf.log(tf.add(mu, eps)), tf.log(sum));
  const ll = tf.sub(tf.add(tf.sub(gamma.log, one.log), tf.mul(x, ratio)), tf.mul(theta, log));
  const scaled = tf.mul(batch.mask, tf.scalar(-1 / batch.cells));
  const slope = tf.sub(tf.div(x, tf.add(mu, eps)), tf.mul(tf.add(x, theta), inverse));
  const weighted = tf.mul(mu, slope);
  const dLogits = tf.mul(tf.sub(weighted, tf.mul(rho, tf.sum(weighted, 1, true))), scaled);
  const dTheta = tf.add(gamma.slope, tf.sub(tf.mul(tf.sub(mu, x), inverse), log));
  return {
    loss: tf.sum(tf.mul(ll, scaled)) as tf.Scalar,
    dLogits: dLogits as tf.Tensor2D,
    dLogTheta: tf.mul(sumRows(tf.mul(dTheta, scaled) as tf.Tensor2D), theta) as tf.Tensor1D,
  };
}
