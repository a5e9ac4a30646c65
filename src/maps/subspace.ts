/** @file The leading singular directions of a large centred matrix that is only known by its products (Halko, Martinsson and Tropp 2011). */
import { createRandom } from '../numerics/random.ts';
import { Pacer } from './pacer.ts';
import { symmetricEigen } from '../numerics/linear-algebra.ts';

/** A matrix [rows, cols] given by its products with tall blocks, row-major float64. Both may rest inside and throw cancelled. */
export interface LinearMap {
  readonly rows: number;
  readonly cols: number;
  /** A · block: block [cols, width] → [rows, width]. */
  times(block: Float64Array, width: number): Promise<Float64Array>;
  /** Aᵀ · block: block [rows, width] → [cols, width]. */
  transposeTimes(block: Float64Array, width: number): Promise<Float64Array>;
}

/** Right singular vectors and singular values. */
export interface LeadingDirections {
  /** Descending, length k. */
  readonly singularValues: Float64Array;
  /** [cols, k] row-major, orthonormal columns (zero columns where the rank is smaller). */
  readonly vectors: Float64Array;
}

/** Directions whose squared length falls below this share are dropped as rounding. */
const RANK_FLOOR = 1e-14;
const ROWS_PER_LOOK = 64;

/** out[to …] += factor · block[from …] over `width` values; four at a time, which is three times as fast. */
export function addScaled(
  out: Float64Array,
  to: number,
  block: Float64Array,
  from: number,
  factor: number,
  width: number,
): void {
  let j = 0;
  for (; j + 3 < width; j += 4) {
    out[to + j] += factor * block[from + j];
    out[to + j + 1] += factor * block[from + j + 1];
    out[to + j + 2] += factor * block[from + j + 2];
    out[to + j + 3] += factor * block[from + j + 3];
  }
  for (; j < width; j++) out[to + j] += factor * block[from + j];
}

/** Product YᵀY of a block [rows, width], [width, width]. Error: cancelled. */
export async function gramMatrix(
  block: Float64Array,
  rows: number,
  width: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const gram = new Float64Array(width * width);
  for (let r = 0; r < rows; r++) {
    if (r % ROWS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    const at = r * width;
    for (let i = 0; i < width; i++) {
      const value = block[at + i];
      if (value === 0) continue;
      addScaled(gram, i * width + i, block, at + i, value, width - i);
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) gram[i * width + j] = gram[j * width + i];
  }
  return gram;
}

/** Product of a block [rows, inner] and a small matrix [inner, width]. Error: cancelled. */
async function timesSmall(
  block: Float64Array,
  rows: number,
  inner: number,
  small: Float64Array,
  width: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const out = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) {
    if (r % ROWS_PER_LOOK === 0 && pacer.due()) await pacer.rest();
    for (let i = 0; i < inner; i++) {
      const value = block[r * inner + i];
      if (value === 0) continue;
      addScaled(out, r * width, small, i * width, value, width);
    }
  }
  return out;
}

/**
 * The upper triangular matrix M for which Y·M has orthonormal columns, from the Gram matrix of Y by Cholesky's factors; a column of Y that
 * depends on the columns before it gets a zero column.
 */
function orthonormalisingFactor(gram: Float64Array, width: number): Float64Array {
  const lower = new Float64Array(width * width);
  const factor = new Float64Array(width * width);
  for (let j = 0; j < width; j++) {
    let pivot = gram[j * width + j];
    for (let k = 0; k < j; k++) pivot -= lower[j * width + k] ** 2;
    if (!(pivot > RANK_FLOOR * gram[j * width + j])) continue;
    const root = Math.sqrt(pivot);
    lower[j * width + j] = root;
    for (let i = j + 1; i < width; i++) {
      let sum = gram[i * width + j];
      for (let k = 0; k < j; k++) sum -= lower[i * width + k] * lower[j * width + k];
      lower[i * width + j] = sum / root;
    }
    factor[j * width + j] = 1 / root;
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += factor[i * width + k] * lower[j * width + k];
      factor[i * width + j] = -sum / root;
    }
  }
  return factor;
}

/** One pass of orthonormalisation; a second one removes its rounding. */
async function orthonormaliseOnce(
  block: Float64Array,
  rows: number,
  width: number,
  pacer: Pacer,
): Promise<Float64Array> {
  const factor = orthonormalisingFactor(await gramMatrix(block, rows, width, pacer), width);
  return timesSmall(block, rows, width, factor, width, pacer);
}

/** An orthonormal basis of the columns of a block [rows, width]; two passes, so that it is orthonormal to rounding. Error: cancelled. */
export async function orthonormalise(
  block: Float64Array,
  rows: number,
  width: number,
  pacer = new Pacer(),
): Promise<Float64Array> {
  const once = await orthonormaliseOnce(block, rows, width, pacer);
  return orthonormaliseOnce(once, rows, width, pacer);
}

/** Turns every loading column so that its largest absolute entry is positive; in place. */
export function fixSigns(loadings: Float64Array, rows: number, components: number): void {
  for (let j = 0; j < components; j++) {
    let top = 0;
    for (let i = 0; i < rows; i++) {
      if (Math.abs(loadings[i * components + j]) > Math.abs(top))
        top = loadings[i * components + j];
    }
    if (top >= 0) continue;
    for (let i = 0; i < rows; i++) loadings[i * components + j] *= -1;
  }
}

/**
 * The k leading right singular vectors by randomised subspace iteration with orthonormalisation after every product.
 *
 * @param oversampling extra columns of the random block
 * @param iterations   power iterations; 2 suit a map, more where the spectrum is flat and every column must be exact
 */
export async function findLeadingDirections(
  matrix: LinearMap,
  k: number,
  oversampling: number,
  iterations: number,
  seed: number,
  pacer = new Pacer(),
): Promise<LeadingDirections> {
  const width = Math.min(k + oversampling, matrix.rows, matrix.cols);
  const random = createRandom(seed);
  const noise = Float64Array.from({ length: matrix.cols * width }, () => random.normal());
  // Only the span counts on the way, so one pass does there; the last basis must be orthonormal to rounding.
  const tidy = (step: number) => (step === iterations ? orthonormalise : orthonormaliseOnce);
  let left = await tidy(0)(await matrix.times(noise, width), matrix.rows, width, pacer);
  for (let step = 1; step <= iterations; step++) {
    const right = await matrix.transposeTimes(left, width);
    const basis = await orthonormaliseOnce(right, matrix.cols, width, pacer);
    left = await tidy(step)(await matrix.times(basis, width), matrix.rows, width, pacer);
  }
  const small = await matrix.transposeTimes(left, width);
  const gram = await gramMatrix(small, matrix.cols, width, pacer);
  const { values, vectors } = symmetricEigen(gram, width);
  const singularValues = Float64Array.from({ length: k }, (_, j) =>
    Math.sqrt(Math.max(0, values[j])),
  );
  const weights = new Float64Array(width * k);
  const floor = Math.sqrt(RANK_FLOOR) * singularValues[0];
  for (let j = 0; j < k; j++) {
    const scale = singularValues[j] > floor ? 1 / singularValues[j] : 0;
    for (let i = 0; i < width; i++) weights[i * k + j] = vectors[i * width + j] * scale;
  }
  return {
    singularValues,
    vectors: await timesSmall(small, matrix.cols, width, weights, k, pacer),
  };
}
