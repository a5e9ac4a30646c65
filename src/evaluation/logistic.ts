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

/** Logits of one row, into `out` [classes]. */
function scoreRow(
  rows: CsrMatrix,
  row: number,
  weights: Float64Array,
  intercept: Float64Array,
  out: Float64Array,
): void {
  const classes = out.length;
  out.set(intercept);
  for (let e = rows.indptr[row]; e < rows.indptr[row + 1]; e++) {
    const at = rows.indices[e] * classes;
    const value = rows.values[e];
    for (let c = 0; c < classes; c++) out[c] += value * weights[at + c];
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
      for (let e = rows.indptr[row]; e < rows.indptr[row + 1]; e++) {
        const at = rows.indices[e] * classes;
        const value = rows.values[e];
        for (let c = 0; c < classes; c++) gradient[at + c] += value * probabilities[c];
      }
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
