/**
 * @file Squared maximum mean discrepancy between two sets of cells with Gaussian kernels of four widths, and its gradient.
 *
 * Widths come from the target alone: the lower median of its squared distances times 0.5, 1, 2 and 4. The estimate is unbiased,
 * so it may fall below 0. Source: methods/scdfm §1.4.
 */

/** Widths in units of the median. */
export const MMD_SCALES: readonly number[] = [0.5, 1, 2, 4];

/** Smallest median. */
const LEAST_MEDIAN = 1e-12;

/** Cells as rows of one array. */
export interface CellRows {
  readonly values: ArrayLike<number>;
  /** First row and number of rows. */
  readonly from: number;
  readonly rows: number;
}

/** The discrepancy and what it needs. */
export interface Discrepancy {
  readonly value: number;
  /** Derivative by each row of the prediction, [rows, dims]. */
  readonly gradient: Float64Array;
  /** Squared widths. */
  readonly widths: readonly number[];
}

/** Squared distances of all rows of two sets, [a.rows, b.rows]. */
function distances(a: CellRows, b: CellRows, dims: number): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    const at = (a.from + i) * dims;
    for (let j = 0; j < b.rows; j++) {
      const other = (b.from + j) * dims;
      let sum = 0;
      for (let d = 0; d < dims; d++) {
        const difference = a.values[at + d] - b.values[other + d];
        sum += difference * difference;
      }
      out[i * b.rows + j] = sum;
    }
  }
  return out;
}

/** Squared widths for a target, from its lower median squared distance between different cells. */
export function kernelWidths(target: CellRows, dims: number): number[] {
  const { rows } = target;
  const all = distances(target, target, dims);
  const apart = all.filter((_, k) => Math.floor(k / rows) !== k % rows).sort();
  const median = apart.length === 0 ? 0 : apart[Math.floor((apart.length - 1) / 2)];
  return MMD_SCALES.map((scale) => scale * Math.max(LEAST_MEDIAN, median));
}

/** Discrepancy between a prediction and a target of at least two cells each, with its gradient by the prediction. */
export function discrepancy(prediction: CellRows, target: CellRows, dims: number): Discrepancy {
  const [n, m] = [prediction.rows, target.rows];
  const widths = kernelWidths(target, dims);
  const share = 1 / widths.length;
  const gradient = new Float64Array(n * dims);
  const own = distances(prediction, prediction, dims);
  const cross = distances(prediction, target, dims);
  const targets = distances(target, target, dims);
  let value = 0;
  for (let j = 0; j < m; j++) {
    for (let k = 0; k < j; k++) {
      const d = targets[j * m + k];
      for (const w of widths) value += (share * 2 * Math.exp(-d / (2 * w))) / (m * (m - 1));
    }
  }
  /** Adds weight · kernel, and `ends` times its derivative by row i: kernel′ = −(x − y) / width · kernel. */
  const add = (i: number, d: number, weight: number, ends: number, at: number, cells: CellRows) => {
    let slope = 0;
    for (const w of widths) {
      const kernel = share * weight * Math.exp(-d / (2 * w));
      value += kernel;
      slope -= (ends * kernel) / w;
    }
    const own = (prediction.from + i) * dims;
    const other = (cells.from + at) * dims;
    for (let c = 0; c < dims; c++) {
      gradient[i * dims + c] += slope * (prediction.values[own + c] - cells.values[other + c]);
    }
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      // A pair of predicted cells is met from both ends, and each time either end may move.
      if (k !== i) add(i, own[i * n + k], 1 / (n * (n - 1)), 2, k, prediction);
    }
    for (let j = 0; j < m; j++) add(i, cross[i * m + j], -2 / (n * m), 1, j, target);
  }
  return { value, gradient, widths };
}
