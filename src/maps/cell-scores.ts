/** @file PCA scores of all cells from their counts; beyond 50,000 cells the PCA is fitted to a sample and the cells are scored block by block. */
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { logNormalise } from './log-counts.ts';
import type { Pacer } from './pacer.ts';
import { fitExpressionPca, scoreExpression, type Pca } from './pca.ts';

/** Cells to which a PCA is fitted at most. */
const MOST_FITTED = 50_000;
/** Cells whose log values and scores in double precision are in memory at once. */
const BLOCK = 8192;

/** A PCA and where it puts the cells. */
export interface CellScores {
  readonly pca: Pca;
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
): Promise<CellScores> {
  const all = allRows(counts);
  return counts.rows > mostFitted
    ? scoreTaken(all, seed, pacer, mostFitted)
    : scoreFitted(counts, all, seed, pacer);
}

/** As `scoreCells`, for counts that lie elsewhere: memory holds those of the fitted cells, then of one block. Error: cancelled. */
export async function scoreTaken(
  cells: CellRows,
  seed: number,
  pacer: Pacer,
  mostFitted = MOST_FITTED,
): Promise<CellScores> {
  const chosen = evenRows(cells.rows, Math.min(cells.rows, mostFitted));
  return scoreFitted(await cells.take(chosen), cells, seed, pacer);
}

function allRows(counts: CsrMatrix): CellRows {
  return { rows: counts.rows, take: (rows) => selectRows(counts, rows) };
}

async function scoreFitted(
  fitted: CsrMatrix,
  cells: CellRows,
  seed: number,
  pacer: Pacer,
): Promise<CellScores> {
  const pca = await fitExpressionPca(await logNormalise(fitted, pacer), { seed, pacer });
  return { pca, scores: await scoreBlocks(pca, cells, pacer) };
}

function evenRows(rows: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * rows) / count));
}

async function scoreBlocks(pca: Pca, cells: CellRows, pacer: Pacer): Promise<Float32Array> {
  const scores = new Float32Array(cells.rows * pca.components);
  for (let from = 0; from < cells.rows; from += BLOCK) {
    const rows = Int32Array.from({ length: Math.min(BLOCK, cells.rows - from) }, (_, i) => from + i); // prettier-ignore
    const values = await logNormalise(await cells.take(rows), pacer);
    scores.set(await scoreExpression(pca, values, pacer), from * pca.components);
  }
  return scores;
}
