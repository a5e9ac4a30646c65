/** @file Principal components of log-normalised counts, without ever making them dense. */
import { csrNnz, selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import { Pacer } from './pacer.ts';
import { addScaled, findLeadingDirections, fixSigns, type LinearMap } from './subspace.ts';
import { columnMoments, pickColumns } from './log-counts.ts';

/** A fitted PCA: how to score new rows, and how much variance each component holds. */
export interface Pca {
  /** Columns of the input that are used, ascending, [used]. */
  readonly columns: Uint32Array;
  /** Mean of each used column, [used]. */
  readonly mean: Float64Array;
  readonly components: number;
  /** [used, components]; in each column the largest absolute loading is positive. */
  readonly loadings: Float64Array;
  /** Share of the total variance of the used columns, [components]. */
  readonly varianceRatio: number[];
  /** Columns of the input in all. */
  readonly inputColumns: number;
}

/** How an expression PCA is computed. */
export interface ExpressionPcaOptions {
  readonly seed: number;
  /** At most this many components; never more than cells − 1 or genes − 1. Default 50. */
  readonly components?: number;
  /** At most this many genes, those whose log values vary most. Default 2,000. */
  readonly genes?: number;
  readonly pacer?: Pacer;
}

const COMPONENTS = 50;
const GENES = 2000;
const OVERSAMPLING = 10;
/** Multiply-adds that the power iterations may cost; at least 2 and at most 24 iterations are made. */
const BUDGET = 1.2e9;
const MIN_ITERATIONS = 2;
const MAX_ITERATIONS = 24;

/** A sparse matrix minus its column means, known by its products: (A − 1·mᵀ)·B = A·B − 1·(mᵀB). */
export class CentredRows implements LinearMap {
  readonly rows: number;
  readonly cols: number;
  private readonly matrix: CsrMatrix;
  private readonly mean: Float64Array;
  private readonly pacer: Pacer;

  constructor(matrix: CsrMatrix, mean: Float64Array, pacer: Pacer) {
    this.rows = matrix.rows;
    this.cols = matrix.cols;
    this.matrix = matrix;
    this.mean = mean;
    this.pacer = pacer;
  }

  async times(block: Float64Array, width: number): Promise<Float64Array> {
    const { indptr, indices, values } = this.matrix;
    const shift = new Float64Array(width);
    for (let c = 0; c < this.cols; c++) {
      for (let j = 0; j < width; j++) shift[j] += this.mean[c] * block[c * width + j];
    }
    const out = new Float64Array(this.rows * width);
    for (let r = 0; r < this.rows; r++) {
      if (r % 16 === 0 && this.pacer.due()) await this.pacer.rest();
      const to = r * width;
      for (let j = 0; j < width; j++) out[to + j] = -shift[j];
      for (let e = indptr[r]; e < indptr[r + 1]; e++) {
        addScaled(out, to, block, indices[e] * width, values[e], width);
      }
    }
    return out;
  }

  async transposeTimes(block: Float64Array, width: number): Promise<Float64Array> {
    const { indptr, indices, values } = this.matrix;
    const sums = new Float64Array(width);
    const out = new Float64Array(this.cols * width);
    for (let r = 0; r < this.rows; r++) {
      if (r % 16 === 0 && this.pacer.due()) await this.pacer.rest();
      const from = r * width;
      addScaled(sums, 0, block, from, 1, width);
      for (let e = indptr[r]; e < indptr[r + 1]; e++) {
        addScaled(out, indices[e] * width, block, from, values[e], width);
      }
    }
    for (let c = 0; c < this.cols; c++) addScaled(out, c * width, sums, 0, -this.mean[c], width);
    return out;
  }
}

/**
 * PCA of log-normalised values [cells, genes] (from `logNormalise`), by a randomised method that never makes them dense.
 * Beyond 2,000 genes it uses the 2,000 whose log values vary most. Components: min(50, cells − 1, genes − 1). Error: cancelled.
 */
export async function fitExpressionPca(
  logValues: CsrMatrix,
  options: ExpressionPcaOptions,
): Promise<Pca> {
  const pacer = options.pacer ?? new Pacer();
  const moments = await columnMoments(logValues, pacer);
  const columns = pickColumns(moments.variance, options.genes ?? GENES);
  const mean = Float64Array.from(columns, (c) => moments.mean[c]);
  const wanted = Math.min(options.components ?? COMPONENTS, logValues.rows - 1, columns.length - 1);
  const components = Math.max(0, wanted);
  const total = columns.reduce((sum, c) => sum + moments.variance[c], 0) * logValues.rows;
  const base = { columns, mean, components, inputColumns: logValues.cols };
  if (components === 0) return { ...base, loadings: new Float64Array(0), varianceRatio: [] };
  const chosen = selectColumns(logValues, columns);
  const matrix = new CentredRows(chosen, mean, pacer);
  const found = await findLeadingDirections(
    matrix,
    components,
    OVERSAMPLING,
    chooseIterations(chosen, components),
    options.seed,
    pacer,
  );
  fixSigns(found.vectors, columns.length, components);
  const varianceRatio = [...found.singularValues].map((s) => (total > 0 ? (s * s) / total : 0));
  return { ...base, loadings: found.vectors, varianceRatio };
}

/** As many power iterations as the budget allows; small data get enough for a flat spectrum. */
function chooseIterations(matrix: CsrMatrix, components: number): number {
  const width = components + OVERSAMPLING;
  const cost = 2 * width * (csrNnz(matrix) + (matrix.rows + matrix.cols) * width);
  return Math.max(MIN_ITERATIONS, Math.min(MAX_ITERATIONS, Math.floor(BUDGET / cost)));
}

/** Scores [cells, components] of log-normalised values with the columns that the PCA was fitted on. Error: cancelled. */
export async function scoreExpression(
  pca: Pca,
  logValues: CsrMatrix,
  pacer = new Pacer(),
): Promise<Float32Array> {
  if (pca.components === 0) return new Float32Array(0);
  const matrix = new CentredRows(selectColumns(logValues, pca.columns), pca.mean, pacer);
  return Float32Array.from(await matrix.times(pca.loadings, pca.components));
}
