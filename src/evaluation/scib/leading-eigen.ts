/** @file The eigenpairs of largest magnitude of a sparse symmetric matrix, by Lanczos' method with full reorthogonalisation. */
import { Pacer } from '../../maps/pacer.ts';
import { createRandom } from '../../numerics/random.ts';
import { tridiagonalEigen } from './tridiagonal.ts';

/** A symmetric matrix by rows: entries indptr[i] … indptr[i + 1] − 1 of row i. */
export interface SymmetricRows {
  readonly size: number;
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

/** Eigenvalues by falling magnitude, and their vectors of length 1, [pairs · size], one after the other. */
export interface LeadingPairs {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const RESIDUAL = 1e-8;

/**
 * The `count` leading eigenpairs of a matrix that does not fall apart. The basis grows until every pair is exact to 1e-8 of the largest
 * value or it spans everything.
 *
 * Error: cancelled.
 */
export async function leadingEigen(
  matrix: SymmetricRows,
  count: number,
  pacer = new Pacer(),
): Promise<LeadingPairs> {
  const n = matrix.size;
  const wanted = Math.min(count, n);
  const run = new Lanczos(matrix, pacer);
  for (let size = Math.min(n, 2 * wanted + 40); ; size = Math.min(n, Math.ceil(size * 1.5))) {
    await run.grow(size);
    const { values, vectors } = tridiagonalEigen(run.diagonal(), run.beside());
    const m = values.length;
    const order = [...values.keys()].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
    const chosen = order.slice(0, wanted);
    const last = run.lastBeside();
    const largest = Math.abs(values[order[0]]);
    const settled = chosen.every(
      (j) => Math.abs(last * vectors[(m - 1) * m + j]) <= RESIDUAL * largest,
    );
    if (!settled && m < n && !run.ended) continue;
    return {
      values: Float64Array.from(chosen, (j) => values[j]),
      vectors: run.combine(
        chosen.map((j) => Float64Array.from({ length: m }, (_, i) => vectors[i * m + j])),
      ),
    };
  }
}

/** A growing orthonormal basis in which the matrix is tridiagonal. */
class Lanczos {
  /** No further direction exists. */
  ended = false;
  readonly #matrix: SymmetricRows;
  readonly #pacer: Pacer;
  readonly #basis: Float64Array[] = [];
  readonly #diagonal: number[] = [];
  readonly #beside: number[] = [];
  readonly #random = createRandom(0, 70);
  #next: Float64Array;

  constructor(matrix: SymmetricRows, pacer: Pacer) {
    this.#matrix = matrix;
    this.#pacer = pacer;
    this.#next = unit(Float64Array.from({ length: matrix.size }, () => this.#random.normal()));
  }

  diagonal(): Float64Array {
    return Float64Array.from(this.#diagonal);
  }

  beside(): Float64Array {
    return Float64Array.from(this.#beside.slice(0, this.#diagonal.length - 1));
  }

  /** Length of what the matrix makes of the last direction outside the basis. */
  lastBeside(): number {
    return this.#beside[this.#diagonal.length - 1] ?? 0;
  }

  async grow(size: number): Promise<void> {
    while (this.#basis.length < size && !this.ended) {
      if (this.#pacer.due()) await this.#pacer.rest();
      this.#step();
    }
  }

  /** Σ c_i · basis_i for each list of coefficients. */
  combine(lists: readonly Float64Array[]): Float64Array {
    const n = this.#matrix.size;
    const out = new Float64Array(lists.length * n);
    lists.forEach((coefficients, j) => {
      const to = out.subarray(j * n, (j + 1) * n);
      coefficients.forEach((c, i) => addTo(to, this.#basis[i], c));
    });
    return out;
  }

  #step(): void {
    const q = this.#next;
    this.#basis.push(q);
    const w = multiply(this.#matrix, q);
    this.#diagonal.push(dot(w, q));
    // Twice is enough to be orthogonal to rounding.
    for (let pass = 0; pass < 2; pass++) {
      for (const old of this.#basis) addTo(w, old, -dot(w, old));
    }
    const length = Math.sqrt(dot(w, w));
    this.#beside.push(length);
    if (length < 1e-13 || this.#basis.length === this.#matrix.size) this.ended = true;
    else this.#next = w.map((value) => value / length);
  }
}

function multiply({ size, indptr, indices, values }: SymmetricRows, x: Float64Array): Float64Array {
  const out = new Float64Array(size);
  for (let r = 0; r < size; r++) {
    let sum = 0;
    for (let e = indptr[r]; e < indptr[r + 1]; e++) sum += values[e] * x[indices[e]];
    out[r] = sum;
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addTo(to: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * what[i];
}

function unit(x: Float64Array): Float64Array {
  const length = Math.sqrt(dot(x, x));
  return x.map((value) => value / length);
}
