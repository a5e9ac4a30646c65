/** @file What the kernels compute, in float64 and the plainest possible loops: every device is measured against this. */
import type { CsrMatrix } from '../../numerics/csr.ts';

/** A vector or row-major matrix. */
export type Numbers = ArrayLike<number>;

/** (op(a) · op(b) + bias) · factor + addend, [m, n]; layout 0: a [m, k], b [k, n]; 1: b [n, k]; 2: a [k, m]. */
export function gemmReference(
  layout: 0 | 1 | 2,
  a: Numbers,
  b: Numbers,
  [m, n, k]: readonly [number, number, number],
  end: { bias?: Numbers; factor?: Numbers; addend?: Numbers; rows?: Numbers } = {},
): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = end.bias?.[j] ?? 0;
      for (let q = 0; q < k; q++) {
        sum += a[layout === 2 ? q * m + i : i * k + q] * b[layout === 1 ? j * k + q : q * n + j];
      }
      const row = end.rows?.[i] ?? i;
      c[i * n + j] = sum * (end.factor?.[i * n + j] ?? 1) + (end.addend?.[row * n + j] ?? 0);
    }
  }
  return c;
}

/** log1p of counts times weight plus bias, [rows, width]; weight [genes, width]. */
export function csrAffineReference(
  x: CsrMatrix,
  weight: Numbers,
  bias: Numbers,
  width: number,
): Float64Array {
  const y = new Float64Array(x.rows * width);
  for (let r = 0; r < x.rows; r++) {
    for (let j = 0; j < width; j++) y[r * width + j] = bias[j];
    for (let k = x.indptr[r]; k < x.indptr[r + 1]; k++) {
      const value = Math.log1p(x.values[k]);
      const row = x.indices[k] * width;
      for (let j = 0; j < width; j++) y[r * width + j] += value * weight[row + j];
    }
  }
  return y;
}

/** Transposed log1p counts times dy, [genes, width]. */
export function csrWeightGradientReference(x: CsrMatrix, dy: Numbers, width: number): Float64Array {
  const dw = new Float64Array(x.cols * width);
  for (let r = 0; r < x.rows; r++) {
    for (let k = x.indptr[r]; k < x.indptr[r + 1]; k++) {
      const value = Math.log1p(x.values[k]);
      for (let j = 0; j < width; j++) {
        dw[x.indices[k] * width + j] += value * dy[r * width + j];
      }
    }
  }
  return dw;
}

/** What csrPick leaves: the first `cells` of the picked rows, the others up to their number empty. */
export interface PickReference {
  readonly indptr: number[];
  readonly indices: number[];
  readonly values: number[];
  readonly totals: number[];
}

/** The rows of x that `picked` names, and their totals. */
export function csrPickReference(
  x: CsrMatrix,
  totals: Numbers,
  picked: Numbers,
  cells: number,
): PickReference {
  const out: PickReference = { indptr: [0], indices: [], values: [], totals: [] };
  for (let i = 0; i < picked.length; i++) {
    const row = picked[i];
    for (let k = x.indptr[row]; i < cells && k < x.indptr[row + 1]; k++) {
      out.indices.push(x.indices[k]);
      out.values.push(x.values[k]);
    }
    out.indptr.push(out.indices.length);
    out.totals.push(i < cells ? totals[row] : 1);
  }
  return out;
}

/** A matrix [rows, columns] as panels of 32 columns, [⌈columns/32⌉, rows, 32], filled up with 0. */
export function toPanels(plain: Numbers, rows: number, columns: number): Float64Array {
  const panels = Math.ceil(columns / 32);
  const out = new Float64Array(panels * rows * 32);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns; j++) {
      out[(Math.floor(j / 32) * rows + r) * 32 + (j % 32)] = plain[r * columns + j];
    }
  }
  return out;
}

/** x for x > 0, e^x − 1 below. */
export function eluReference(x: number): number {
  return x > 0 ? x : Math.expm1(x);
}

/** What batch normalisation in training mode leaves behind. */
export interface NormReference {
  readonly out: Float64Array;
  readonly mean: Float64Array;
  /** Biased. */
  readonly variance: Float64Array;
}

/** ELU(γ (x − mean) / √(variance + 1e-5) + β) with the statistics of the columns of x [rows, columns]. */
export function batchNormEluReference(
  x: Numbers,
  gamma: Numbers,
  beta: Numbers,
  rows: number,
): NormReference {
  const columns = gamma.length;
  const mean = new Float64Array(columns);
  const variance = new Float64Array(columns);
  const out = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    for (let r = 0; r < rows; r++) mean[j] += x[r * columns + j] / rows;
    for (let r = 0; r < rows; r++) variance[j] += (x[r * columns + j] - mean[j]) ** 2 / rows;
    const scale = gamma[j] / Math.sqrt(variance[j] + 1e-5);
    for (let r = 0; r < rows; r++) {
      const at = r * columns + j;
      out[at] = eluReference((x[at] - mean[j]) * scale + beta[j]);
    }
  }
  return { out, mean, variance };
}

/** x σ(x). */
export function siluReference(x: number): number {
  return x / (1 + Math.exp(-x));
}

/** Derivative of x σ(x). */
export function siluSlopeReference(x: number): number {
  const s = 1 / (1 + Math.exp(-x));
  return s * (1 + x * (1 - s));
}

/** State of one AdamW step in float64. */
export interface AdamWReference {
  readonly p: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
}

/** One AdamW step with PyTorch's constants on gradients that are clipped to a global norm of 1. @param step from 1 */
export function adamwReference(
  { p, m, v }: AdamWReference,
  g: Numbers,
  step: number,
  rate: number,
  weightDecay: number,
): void {
  let squares = 0;
  for (let i = 0; i < g.length; i++) squares += g[i] ** 2;
  const clip = Math.min(1, 1 / (Math.sqrt(squares) + 1e-6));
  for (let i = 0; i < p.length; i++) {
    const gradient = g[i] * clip;
    m[i] = 0.9 * m[i] + 0.1 * gradient;
    v[i] = 0.999 * v[i] + 0.001 * gradient ** 2;
    const change = m[i] / (1 - 0.9 ** step) / (Math.sqrt(v[i] / (1 - 0.999 ** step)) + 1e-8);
    p[i] = p[i] * (1 - rate * weightDecay) - rate * change;
  }
}

/** sin(1000 t ω_k), then cos, of each time; ω_k from 1 down to 1e-4 in equal ratios; [times, 2 half]. */
export function timeFeaturesReference(times: Numbers, half: number): Float64Array {
  const out = new Float64Array(times.length * 2 * half);
  for (let i = 0; i < times.length; i++) {
    for (let k = 0; k < half; k++) {
      const angle = 1000 * times[i] * 10 ** ((-4 * k) / Math.max(1, half - 1));
      out[i * 2 * half + k] = Math.sin(angle);
      out[i * 2 * half + half + k] = Math.cos(angle);
    }
  }
  return out;
}
