/** @file Principal components of log expression: fitted on training cells, and cells' places on them. */
import { covarianceTimes } from '../centred-product.ts';
import { matmul, qr, symmetricEigen } from '../../numerics/linear-algebra.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { Random } from '../../numerics/random.ts';
import { logNormalised, visitCells } from './expression.ts';

/** Cells the components are fitted on, at most. */
const MOST_CELLS = 4_000;

/** Directions beside those that are kept, and rounds of subspace iteration. */
const SPARE = 8;
const ROUNDS = 5;

/** Components that are kept in any case. */
const LEAST_DIMS = 5;

/** Share of the cells that components are fitted on when it is found how many of them hold. */
const FITTED_SHARE = 0.75;

/** Cells that are placed at once. */
const AT_ONCE = 1_024;

/** Directions in the space of genes. */
export interface Components {
  readonly genes: number;
  readonly dims: number;
  /** Mean log expression, [genes]. */
  readonly mean: Float32Array;
  /** Orthonormal directions, [genes, dims], largest variance first. */
  readonly loadings: Float32Array;
}

/** Fits components on some cells by subspace iteration. @param most components at most */
export function fitComponents(
  counts: CsrSource,
  cells: Uint32Array,
  most: number,
  random: Random,
): Components {
  const genes = counts.cols;
  const chosen = random.permutation(cells.length).subarray(0, MOST_CELLS).sort();
  const dims = Math.max(1, Math.min(most, genes, chosen.length - 1));
  const width = Math.min(dims + SPARE, genes, Math.max(1, chosen.length - 1));
  const data = logNormalised(counts.readRows(chosen.map((i) => cells[i])));
  const mean = meanRows(data);
  let basis = Float64Array.from({ length: genes * width }, () => random.normal());
  let next = basis;
  for (let round = 0; round < ROUNDS; round++) {
    basis = Float64Array.from(qr(next, genes, width).q);
    next = covarianceTimes(data, mean, basis, width);
  }
  const inner = matmul(basis, next, width, genes, width, { a: true });
  const { vectors } = symmetricEigen(inner, width);
  const turned = matmul(basis, vectors, genes, width, width);
  const loadings = new Float32Array(genes * dims);
  for (let g = 0; g < genes; g++) {
    for (let d = 0; d < dims; d++) loadings[g * dims + d] = turned[g * width + d];
  }
  return { genes, dims, mean: Float32Array.from(mean), loadings };
}

/**
 * How many leading components hold beyond the cells they are fitted on: they are fitted on three quarters, and kept until the other cells
 * vary by less than `least` of these along one and the next. Among many genes and few cells the later ones are noise of these cells.
 */
export function reproducibleDims(
  counts: CsrSource,
  cells: Uint32Array,
  most: number,
  least: number,
  random: Random,
): number {
  const order = random.permutation(cells.length).subarray(0, MOST_CELLS);
  const fitted = Math.round(FITTED_SHARE * order.length);
  if (least <= 0 || order.length - fitted <= LEAST_DIMS) return most;
  const [inside, outside] = [order.subarray(0, fitted), order.subarray(fitted)].map((part) =>
    part.map((i) => cells[i]).sort(),
  );
  const components = fitComponents(counts, inside, most, random);
  const [own, held] = [inside, outside].map((some) =>
    varianceAlong(project(logNormalised(counts.readRows(some)), components), components.dims),
  );
  const last = components.dims - 1;
  const isNoise = (d: number): boolean => held[d] < least * own[d];
  for (let d = LEAST_DIMS; d <= last; d++) {
    if (isNoise(d) && isNoise(Math.min(d + 1, last))) return d;
  }
  return most;
}

function varianceAlong(places: Float32Array, dims: number): Float64Array {
  const n = places.length / dims;
  const [sum, squares] = [new Float64Array(dims), new Float64Array(dims)];
  places.forEach((value, k) => {
    sum[k % dims] += value / n;
    squares[k % dims] += (value * value) / n;
  });
  return squares.map((square, d) => square - sum[d] ** 2);
}

function meanRows({ rows, cols, indices, values }: CsrMatrix): Float64Array {
  const mean = new Float64Array(cols);
  values.forEach((value, k) => (mean[indices[k]] += value / rows));
  return mean;
}

/** Places of cells given by their log expression, [rows, dims]. */
export function project(logs: CsrMatrix, { dims, mean, loadings }: Components): Float32Array {
  const origin = new Float64Array(dims);
  for (let k = 0; k < loadings.length; k++) {
    origin[k % dims] += mean[Math.floor(k / dims)] * loadings[k];
  }
  const out = new Float32Array(logs.rows * dims);
  const row = new Float64Array(dims);
  for (let r = 0; r < logs.rows; r++) {
    for (let d = 0; d < dims; d++) row[d] = -origin[d];
    for (let k = logs.indptr[r]; k < logs.indptr[r + 1]; k++) {
      const from = logs.indices[k] * dims;
      for (let d = 0; d < dims; d++) row[d] += logs.values[k] * loadings[from + d];
    }
    out.set(row, r * dims);
  }
  return out;
}

/** Places of cells given by dense log expression, [rows, dims]. @param logs [rows, genes] */
export function projectDense(logs: Float32Array, components: Components): Float32Array {
  const { genes, dims, mean, loadings } = components;
  const out = new Float32Array((logs.length / genes) * dims);
  for (let row = 0; row * genes < logs.length; row++) {
    for (let g = 0; g < genes; g++) {
      const level = logs[row * genes + g] - mean[g];
      for (let d = 0; d < dims; d++) out[row * dims + d] += level * loadings[g * dims + d];
    }
  }
  return out;
}

/** Places of all cells of a source, [cells, dims]. */
export async function projectAll(
  counts: CsrSource,
  components: Components,
  breathe: () => Promise<void>,
): Promise<Float32Array> {
  const all = new Float32Array(counts.rows * components.dims);
  const cells = Uint32Array.from({ length: counts.rows }, (_, i) => i);
  for (let at = 0; at < cells.length; at += AT_ONCE) {
    visitCells(counts, cells.subarray(at, at + AT_ONCE), (block) =>
      all.set(project(logNormalised(block), components), at * components.dims),
    );
    await breathe();
  }
  return all;
}
