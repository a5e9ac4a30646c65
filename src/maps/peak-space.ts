/**
 * @file The space in which cells are laid out and compared by their peaks: TF-IDF and latent semantic indexing, fitted on real cells alone.
 *
 * Weights of peaks and directions come from the fitted cells and are the same for all that is placed, so that sets lie in one space.
 * tf-idf = log1p(10⁴ · x / peaks of the cell) · log1p(cells / cells with the peak). Source of the formula: muon's tfidf, which CFGen used.
 */
import { columnCounts, rowSums, selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import { pearson } from '../numerics/statistics.ts';
import { Pacer } from './pacer.ts';
import { CentredRows } from './pca.ts';
import { findLeadingDirections } from './subspace.ts';

const COMPONENTS = 30;
const PER_CELL = 1e4;
const OVERSAMPLING = 10;
const ITERATIONS = 6;

/** A direction that follows the number of peaks of a cell closer than this says how deep it was read, not what it is. */
const DEPTH_CORRELATION = 0.5;

/** A fitted space. */
export interface PeakSpace {
  /** Peaks that some fitted cell has, ascending; the others have no weight. */
  readonly peaks: Int32Array;
  /** Weight of each of them. */
  readonly idf: Float64Array;
  /** [peaks, components], orthonormal columns. */
  readonly directions: Float64Array;
  readonly components: number;
  /** Whether the first direction was the depth and was left out. */
  readonly depthLeftOut: boolean;
  /** Columns of the fitted counts in all. */
  readonly inputColumns: number;
}

/** Weighted values of the space's peaks. */
export function tfIdf(
  counts: CsrMatrix,
  { peaks, idf }: Pick<PeakSpace, 'peaks' | 'idf'>,
): CsrMatrix {
  const depth = rowSums(counts);
  const own = selectColumns(counts, peaks);
  const values = new Float32Array(own.values.length);
  for (let r = 0; r < own.rows; r++) {
    for (let k = own.indptr[r]; k < own.indptr[r + 1]; k++) {
      values[k] = Math.log1p((PER_CELL * own.values[k]) / depth[r]) * idf[own.indices[k]];
    }
  }
  return { ...own, values };
}

/** Fits the space on real cells (0 and 1); nothing measured later may be among them. Error: cancelled. */
export async function fitPeakSpace(
  counts: CsrMatrix,
  seed: number,
  pacer = new Pacer(),
): Promise<PeakSpace> {
  const cellsOf = columnCounts(counts);
  const peaks = Int32Array.from(cellsOf.keys()).filter((peak) => cellsOf[peak] > 0);
  const idf = Float64Array.from(peaks, (peak) => Math.log1p(counts.rows / cellsOf[peak]));
  const weighted = tfIdf(counts, { peaks, idf });
  const wanted = Math.min(COMPONENTS + 1, counts.rows - 1, peaks.length);
  const plain = new CentredRows(weighted, new Float64Array(peaks.length), pacer);
  const { vectors } = await findLeadingDirections(plain, wanted, OVERSAMPLING, ITERATIONS, seed, pacer); // prettier-ignore
  const scores = await plain.times(vectors, wanted);
  const first = Float64Array.from({ length: counts.rows }, (_, r) => scores[r * wanted]);
  const depths = rowSums(counts).map((sum) => Math.log1p(sum));
  const depthLeftOut = Math.abs(pearson(first, depths)) > DEPTH_CORRELATION;
  const from = depthLeftOut ? 1 : 0;
  const components = Math.min(COMPONENTS, wanted - from);
  const directions = new Float64Array(peaks.length * components);
  for (let p = 0; p < peaks.length; p++) {
    for (let j = 0; j < components; j++) {
      directions[p * components + j] = vectors[p * wanted + from + j];
    }
  }
  return { peaks, idf, directions, components, depthLeftOut, inputColumns: counts.cols };
}

/** Coordinates of cells in a fitted space, [cells, components]. Error: cancelled. */
export async function scoreByPeaks(
  space: PeakSpace,
  counts: CsrMatrix,
  pacer = new Pacer(),
): Promise<Float64Array> {
  const weighted = tfIdf(counts, space);
  const plain = new CentredRows(weighted, new Float64Array(space.peaks.length), pacer);
  return plain.times(space.directions, space.components);
}
