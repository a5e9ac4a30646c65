/** @file Multinomial logistic regression on sparse rows: the judge that names a cell's category, trained on real cells only. */
import { Pacer } from '../maps/pacer.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { minimise } from './lbfgs.ts';

/** A fitted classifier. */
export interface LogisticModel {
  readonly classes: number;
  readonly features: number;
  /** [features, classes] */
  readonly weights: Float64Array;
  /** [classes] */
  readonly intercept: Float64Array;
}

/** Strength of the penalty (objective: Σ cross-entropy + ‖weights‖²/2C, intercept free) and when to stop. */
export interface LogisticOptions {
  readonly C: number;
  readonly iterations?: number;
  readonly tolerance?: number;
  readonly pacer?: Pacer;
}

const ROWS_PER_LOOK = 32;

/** Logits of one row, into `out` [classes]. Four or two classes at a time, so that their sums stay in registers. */
function scoreRow(
  { indptr, indices, values }: CsrMatrix,
  row: number,
  weights: Float64Array,
  intercept: Float64Array,
  out: Float64Array,
): void {
  const classes = out.length;
  const [from, to] = [indptr[row], indptr[row + 1]];
  let c = 0;
  for (; c + 4 <= classes; c += 4) {
    let [a, b] = [intercept[c], intercept[c + 1]];
    let [d, f] = [intercept[c + 2], intercept[c + 3]];
    for (let e = from; e < to; e++) {
      const at = indices[e] * classes + c;
      const value = values[e];
      a += value * weights[at];
      b += value * weights[at + 1];
      d += value * weights[at + 2];
      f += value * weights[at + 3];
    }
    out[c] = a;
    out[c + 1] = b;
    out[c + 2] = d;
    out[c + 3] = f;
  }
  for (; c < classes; c += 2) {
    // The last class of an odd number is summed twice.
    const next = Math.min(c + 1, classes - 1);
    let [a, b] = [intercept[c], intercept[next]];
    for (let e = from; e < to; e++) {
      const at = indices[e] * classes;
      const value = values[e];
      a += value * weights[at + c];
      b += value * weights[at + next];
    }
    out[c] = a;
    out[next] = b;
  }
}

/** Adds the outer product of one row and of `slopes` [classes] to the gradient of the weights [features, classes]. */
function addOuter(
  { indptr, indices, values }: CsrMatrix,
  row: number,
  slopes: Float64Array,
  gradient: Float64Array,
): void {
  const classes = slopes.length;
  const [from, to] = [indptr[row], indptr[row + 1]];
  let c = 0;
  for (; c + 4 <= classes; c += 4) {
    const [a, b] = [slopes[c], slopes[c + 1]];
    const [d, f] = [slopes[c + 2], slopes[c + 3]];
    for (let e = from; e < to; e++) {
      const at = indices[e] * classes + c;
      const value = values[e];
      gradient[at] += value * a;
      gradient[at + 1] += value * b;
      gradient[at + 2] += value * d;
      gradient[at + 3] += value * f;
    }
  }
  for (; c + 2 <= classes; c += 2) {
    const [a, b] = [slopes[c], slopes[c + 1]];
    for (let e = from; e < to; e++) {
      const at = indices[e] * classes + c;
      const value = values[e];
      gradient[at] += value * a;
      gradient[at + 1] += value * b;
    }
  }
  if (c < classes) {
    const slope = slopes[c];
    for (let e = from; e < to; e++) gradient[indices[e] * classes + c] += values[e] * slope;
  }
}

/** Logits to probabilities in place; returns the log of their normaliser. */
function softmax(logits: Float64Array): number {
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += logits[c] = Math.exp(logits[c] - top);
  for (let c = 0; c < logits.length; c++) logits[c] /= sum;
  return top + Math.log(sum);
}

/**
 * Fits P(class | row) = softmax(row · weights + intercept) by L-BFGS.
 *
 * @param rows features [n, features] @param codes class of each row, 0 … classes − 1; rows with −1 are left out
 * @throws StudioError cancelled
 * The optimum is the one scikit-learn's LogisticRegression seeks, up to one constant added to all intercepts.
 */
export async function fitLogistic(
  rows: CsrMatrix,
  codes: ArrayLike<number>,
  classes: number,
  options: LogisticOptions,
): Promise<LogisticModel> {
  const pacer = options.pacer ?? new Pacer();
  const features = rows.cols;
  const probabilities = new Float64Array(classes);
  const size = features * classes;
  const objective = async (x: Float64Array, gradient: Float64Array): Promise<number> => {
    const weights = x.subarray(0, size);
    const intercept = x.subarray(size);
    let loss = 0;
    for (let k = 0; k < size; k++) {
      loss += (weights[k] * weights[k]) / (2 * options.C);
      gradient[k] = weights[k] / options.C;
    }
    gradient.fill(0, size);
    for (let row = 0; row < rows.rows; row++) {
      if (codes[row] < 0) continue;
      if (row % ROWS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
      scoreRow(rows, row, weights, intercept, probabilities);
      const own = probabilities[codes[row]];
      loss += softmax(probabilities) - own;
      probabilities[codes[row]] -= 1;
      for (let c = 0; c < classes; c++) gradient[size + c] += probabilities[c];
      addOuter(rows, row, probabilities, gradient);
    }
    return loss;
  };
  const x = await minimise(objective, new Float64Array(size + classes), {
    iterations: options.iterations ?? 200,
    tolerance: options.tolerance ?? 1e-4,
  });
  return { classes, features, weights: x.slice(0, size), intercept: x.slice(size) };
}

/** Probabilities of every row, [rows, classes]. */
export function classProbabilities(model: LogisticModel, rows: CsrMatrix): Float64Array {
  const out = new Float64Array(rows.rows * model.classes);
  for (let row = 0; row < rows.rows; row++) {
    const own = out.subarray(row * model.classes, (row + 1) * model.classes);
    scoreRow(rows, row, model.weights, model.intercept, own);
    softmax(own);
  }
  return out;
}

/** The most probable class of every row; the first of equals. */
export function predictClasses(model: LogisticModel, rows: CsrMatrix): Int32Array {
  const logits = new Float64Array(model.classes);
  return Int32Array.from({ length: rows.rows }, (_, row) => {
    scoreRow(rows, row, model.weights, model.intercept, logits);
    let best = 0;
    for (let c = 1; c < model.classes; c++) if (logits[c] > logits[best]) best = c;
    return best;
  });
}
