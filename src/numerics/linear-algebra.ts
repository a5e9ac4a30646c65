/** @file Small dense linear algebra in float64, row-major: products, thin QR, symmetric eigenvalues. */

/** Any row-major matrix of floats. */
export type Matrix = Float32Array | Float64Array;

/** Which factors of a product are stored transposed. */
export interface Transposes {
  readonly a?: boolean;
  readonly b?: boolean;
}

/**
 * The product C [m, n] = A [m, k] · B [k, n], summed in float64.
 *
 * @param a row-major [m, k], or [k, m] if `transposed.a`
 * @param b row-major [k, n], or [n, k] if `transposed.b`
 * @throws RangeError if the arrays do not have m·k and k·n elements
 */
export function matmul(
  a: Matrix,
  b: Matrix,
  m: number,
  k: number,
  n: number,
  transposed: Transposes = {},
): Float64Array {
  if (a.length !== m * k || b.length !== k * n)
    throw new RangeError(
      `A product of [${m}, ${k}] and [${k}, ${n}] does not fit ${a.length} and ${b.length} values.`,
    );
  if (transposed.b) return multiplyByRows(transposed.a ? transpose(a, k, m) : a, b, m, k, n);
  const out = new Float64Array(m * n);
  const stepRow = transposed.a ? 1 : k;
  const stepInner = transposed.a ? m : 1;
  for (let i = 0; i < m; i++) {
    const row = i * n;
    for (let inner = 0; inner < k; inner++) {
      const factor = a[i * stepRow + inner * stepInner];
      if (factor === 0) continue;
      const start = inner * n;
      for (let j = 0; j < n; j++) out[row + j] += factor * b[start + j];
    }
  }
  return out;
}

/** A · Bᵀ: every element is the product of two rows that lie together. */
function multiplyByRows(a: Matrix, b: Matrix, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let inner = 0; inner < k; inner++) sum += a[i * k + inner] * b[j * k + inner];
      out[i * n + j] = sum;
    }
  return out;
}

/** The transpose [cols, rows] of a row-major matrix [rows, cols]. */
export function transpose(a: Matrix, rows: number, cols: number): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = a[i * cols + j];
  return out;
}

/** A thin QR factorisation. */
export interface QrFactors {
  /** [rows, cols], columns orthonormal even where those of the matrix depend on each other. */
  readonly q: Float64Array;
  /** [cols, cols], upper triangular, its diagonal ≥ 0. */
  readonly r: Float64Array;
}

/**
 * Thin QR of a row-major matrix [rows, cols] with rows ≥ cols, by Householder reflections.
 *
 * @throws RangeError if there are fewer rows than columns or the array does not fit
 */
export function qr(a: Matrix, rows: number, cols: number): QrFactors {
  if (rows < cols || a.length !== rows * cols)
    throw new RangeError(
      `A thin QR needs at least as many rows as columns, not ${rows} × ${cols}.`,
    );
  // Columns are kept as rows of the transpose, so that every reflection runs along memory.
  const work = transpose(a, rows, cols);
  const reflectors: Float64Array[] = [];
  const signs = new Float64Array(cols);
  for (let j = 0; j < cols; j++) {
    const column = work.subarray(j * rows, (j + 1) * rows);
    const reflector = reflectorOf(column, j);
    reflectors.push(reflector);
    for (let other = j; other < cols; other++)
      reflect(work.subarray(other * rows, (other + 1) * rows), reflector, j);
    signs[j] = column[j] < 0 ? -1 : 1;
  }
  const r = new Float64Array(cols * cols);
  for (let i = 0; i < cols; i++)
    for (let j = i; j < cols; j++) r[i * cols + j] = signs[i] * work[j * rows + i];
  const q = new Float64Array(cols * rows);
  for (let j = 0; j < cols; j++) {
    const column = q.subarray(j * rows, (j + 1) * rows);
    column[j] = signs[j];
    for (let i = cols - 1; i >= 0; i--) reflect(column, reflectors[i], i);
  }
  return { q: transpose(q, cols, rows), r };
}

/** The unit vector whose reflection takes a column's part from `from` on to its first axis; zero for a zero part. */
function reflectorOf(column: Float64Array, from: number): Float64Array {
  const v = column.slice(from);
  const scale = v.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (scale === 0) return v;
  for (let i = 0; i < v.length; i++) v[i] /= scale;
  v[0] += (v[0] < 0 ? -1 : 1) * norm(v);
  const length = norm(v);
  for (let i = 0; i < v.length; i++) v[i] /= length;
  return v;
}

function reflect(column: Float64Array, reflector: Float64Array, from: number): void {
  let product = 0;
  for (let i = 0; i < reflector.length; i++) product += reflector[i] * column[from + i];
  for (let i = 0; i < reflector.length; i++) column[from + i] -= 2 * product * reflector[i];
}

function norm(v: Float64Array): number {
  return Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
}

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface SymmetricEigen {
  /** Eigenvalues, largest first. */
  readonly values: Float64Array;
  /** Row-major [n, n]; column j is the unit eigenvector of values[j], its largest element positive. */
  readonly vectors: Float64Array;
}

const MAX_SWEEPS = 60;

/**
 * All eigenvalues and eigenvectors of a symmetric matrix [n, n] by cyclic Jacobi rotations; meant for n up to a few hundred.
 *
 * Only the upper triangle is read. Small eigenvalues keep an absolute error of about 1e-16 times the largest.
 * @throws RangeError if the array does not fit or holds values that are not finite
 * Source: Golub & Van Loan, "Matrix Computations", section 8.5.
 */
export function symmetricEigen(a: Matrix, n: number): SymmetricEigen {
  if (a.length !== n * n || !a.every(Number.isFinite))
    throw new RangeError(`Eigenvalues need ${n} × ${n} finite values.`);
  const work = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = i; j < n; j++) work[i * n + j] = work[j * n + i] = a[i * n + j];
  // Row j of `basis` becomes an eigenvector.
  const basis = new Float64Array(n * n);
  for (let i = 0; i < n; i++) basis[i * n + i] = 1;
  const small = 1e-17 * norm(work);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(work[p * n + q]) <= small) continue;
        rotate(work, basis, n, p, q);
        rotated = true;
      }
    if (!rotated) break;
  }
  return sortEigen(work, basis, n);
}

/** Rotates axes p and q so that element (p, q) becomes 0. */
function rotate(work: Float64Array, basis: Float64Array, n: number, p: number, q: number): void {
  const element = work[p * n + q];
  const slope = (work[q * n + q] - work[p * n + p]) / (2 * element);
  const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = tangent * cosine;
  rotateRows(work, n, p, q, cosine, sine);
  for (let i = 0; i < n * n; i += n) {
    const left = work[i + p];
    const right = work[i + q];
    work[i + p] = cosine * left - sine * right;
    work[i + q] = sine * left + cosine * right;
  }
  work[p * n + q] = work[q * n + p] = 0;
  rotateRows(basis, n, p, q, cosine, sine);
}

function rotateRows(
  matrix: Float64Array,
  n: number,
  p: number,
  q: number,
  cosine: number,
  sine: number,
): void {
  const upper = p * n;
  const lower = q * n;
  for (let j = 0; j < n; j++) {
    const above = matrix[upper + j];
    const below = matrix[lower + j];
    matrix[upper + j] = cosine * above - sine * below;
    matrix[lower + j] = sine * above + cosine * below;
  }
}

function sortEigen(work: Float64Array, basis: Float64Array, n: number): SymmetricEigen {
  const order = Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => work[j * n + j] - work[i * n + i]);
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    values[to] = work[from * n + from];
    const row = basis.subarray(from * n, (from + 1) * n);
    const peak = row.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    const sign = peak < 0 ? -1 : 1;
    for (let i = 0; i < n; i++) vectors[i * n + to] = sign * row[i];
  });
  return { values, vectors };
}
