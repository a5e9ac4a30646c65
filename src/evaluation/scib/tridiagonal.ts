/** @file Eigenpairs of a symmetric tridiagonal matrix by implicit QL steps. */

const MOST_STEPS = 60;

/** Eigenvalues in no order, and vectors in columns: vectors[row · n + j] belongs to values[j]. */
export interface TridiagonalEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * @param diagonal [n] @param beside [n − 1] the elements next to it
 * @throws RangeError when a value does not settle
 * Source: Golub & Van Loan, "Matrix Computations", section 8.3 (implicit shifts).
 */
export function tridiagonalEigen(diagonal: Float64Array, beside: Float64Array): TridiagonalEigen {
  const n = diagonal.length;
  const d = diagonal.slice();
  const e = new Float64Array(n);
  e.set(beside.subarray(0, Math.max(0, n - 1)));
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      const m = splitAfter(d, e, l);
      if (m === l) break;
      if (step === MOST_STEPS) throw new RangeError('An eigenvalue does not settle.');
      sweep(d, e, vectors, l, m);
    }
  }
  return { values: d, vectors };
}

/** First position from l on behind which the matrix falls apart. */
function splitAfter(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  for (; m < d.length - 1; m++) {
    const scale = Math.abs(d[m]) + Math.abs(d[m + 1]);
    if (Math.abs(e[m]) <= Number.EPSILON * scale) break;
  }
  return m;
}

/** One implicit QL sweep over the block l … m, with the shift of its first two values. */
function sweep(d: Float64Array, e: Float64Array, z: Float64Array, l: number, m: number): void {
  const n = d.length;
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(half, 1);
  let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= shift;
      e[m] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const gap = d[i + 1] - shift;
    const turned = (d[i] - gap) * sine + 2 * cosine * b;
    shift = sine * turned;
    d[i + 1] = gap + shift;
    g = cosine * turned - b;
    for (let row = 0; row < n; row++) {
      const at = row * n + i;
      const next = z[at + 1];
      z[at + 1] = sine * z[at] + cosine * next;
      z[at] = cosine * z[at] - sine * next;
    }
  }
  d[l] -= shift;
  e[l] = g;
  e[m] = 0;
}
