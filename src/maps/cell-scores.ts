/** @file PCA scores of all cells from their counts; beyond 50,000 cells the PCA is fitted to a sample and the cells are scored block by block. */
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { logNormalise } from './log-counts.ts';
import type { Pacer } from './pacer.ts';
import { fitExpressionPca, scoreExpression } from './pca.ts';
import { fitPeakSpace, scoreByPeaks } from './peak-space.ts';

/** Cells to which a PCA is fitted at most. */
const MOST_FITTED = 50_000;
/** Cells whose log values and scores in double precision are in memory at once. */
const BLOCK = 8192;

/** What cells are laid out by: principal components of log-normalised genes, or TF-IDF and LSI of peaks that are there or not. */
export type CellSpace = 'genes' | 'peaks';

/** A fitted space: how counts over the fitted columns are scored in it. */
export interface Scorer {
  readonly components: number;
  /** Share of the variance by component; empty for peaks. */
  readonly varianceRatio: readonly number[];
  readonly inputColumns: number;
  /** [cells, components]. Error: cancelled. */
  readonly score: (counts: CsrMatrix, pacer?: Pacer) => Promise<Float32Array>;
}

/** A space and where it puts the cells. */
export interface CellScores {
  readonly scorer: Scorer;
  /** [cells, components] */
  readonly scores: Float32Array;
}

/** Counts of many cells, of which some are taken at a time. */
export interface CellRows {
  /** Number of all cells. */
  readonly rows: number;
  /** Counts of some of them, [rows.length, genes]. */
  readonly take: (rows: Int32Array) => CsrMatrix | Promise<CsrMatrix>;
}

/** Fits a PCA to counts [cells, genes], at most 50,000 evenly spread cells of them, and scores all cells. Error: cancelled. */
export function scoreCells(
  counts: CsrMatrix,
  seed: number,
  pacer: Pacer,
  mostFitted = MOST_FITTED,
  space: CellSpace = 'genes',
): Promise<CellScores> {
  const all = allRows(counts);
  return counts.rows > mostFitted
    ? scoreTaken(all, seed, pacer, mostFitted, space)
    : scoreFitted(counts, all, { seed, pacer, space });
}

/** As `scoreCells`, for counts that lie elsewhere: memory holds those of the fitted cells, then of one block. Error: cancelled. */
export async function scoreTaken(
  cells: CellRows,
  seed: number,
  pacer: Pacer,
  mostFitted = MOST_FITTED,
  space: CellSpace = 'genes',
): Promise<CellScores> {
  const chosen = evenRows(cells.rows, Math.min(cells.rows, mostFitted));
  return scoreFitted(await cells.take(chosen), cells, { seed, pacer, space });
}

function allRows(counts: CsrMatrix): CellRows {
  return { rows: counts.rows, take: (rows) => selectRows(counts, rows) };
}

interface Fit {
  readonly seed: number;
  readonly pacer: Pacer;
  readonly space: CellSpace;
}

async function scoreFitted(fitted: CsrMatrix, cells: CellRows, fit: Fit): Promise<CellScores> {
  const scorer = await fitScorer(fitted, fit);
  return { scorer, scores: await scoreBlocks(scorer, cells, fit.pacer) };
}

async function fitScorer(counts: CsrMatrix, { seed, pacer, space }: Fit): Promise<Scorer> {
  if (space === 'genes') {
    const pca = await fitExpressionPca(await logNormalise(counts, pacer), { seed, pacer });
    const score: Scorer['score'] = async (own, p) => scoreExpression(pca, await logNormalise(own, p), p); // prettier-ignore
    return { ...shapeOf(pca), varianceRatio: pca.varianceRatio, score };
  }
  const peaks = await fitPeakSpace(present(counts), seed, pacer);
  const score: Scorer['score'] = async (own, p) => Float32Array.from(await scoreByPeaks(peaks, present(own), p)); // prettier-ignore
  return { ...shapeOf(peaks), varianceRatio: [], score };
}

const shapeOf = ({ components, inputColumns }: Pick<Scorer, 'components' | 'inputColumns'>) => ({
  components,
  inputColumns,
});

/** 1 for every count above it. */
function present(counts: CsrMatrix): CsrMatrix {
  return { ...counts, values: counts.values.map((value) => Math.min(1, value)) };
}

function evenRows(rows: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * rows) / count));
}

async function scoreBlocks(scorer: Scorer, cells: CellRows, pacer: Pacer): Promise<Float32Array> {
  const scores = new Float32Array(cells.rows * scorer.components);
  for (let from = 0; from < cells.rows; from += BLOCK) {
    const rows = Int32Array.from({ length: Math.min(BLOCK, cells.rows - from) }, (_, i) => from + i); // prettier-ignore
    const own = await scorer.score(await cells.take(rows), pacer);
    scores.set(own, from * scorer.components);
  }
  return scores;
}
