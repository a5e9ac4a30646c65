/** @file Is a batch correction worth it? The scIB measures of corrected latents beside uncorrected cells and a simple linear correction. */
import { correctLinearly } from '../evaluation/scib/linear-correction.ts';
import { scoreEmbedding, type ScibCells, type ScibScores } from '../evaluation/scib/scib.ts';
import type { Points } from '../evaluation/scib/silhouette.ts';
import { logNormalise } from '../maps/log-counts.ts';
import { Pacer } from '../maps/pacer.ts';
import { fitExpressionPca, scoreExpression } from '../maps/pca.ts';
import { selectRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import { StudioError } from '../protocol/errors.ts';

/** Fewest cells that the measures are defined for (90 neighbours). */
const FEWEST = 91;

/** What is measured. */
export interface CorrectionMeasureRequest {
  readonly counts: CsrMatrix;
  /** Kind of each cell, −1 where it has none; such cells are left out. */
  readonly labels: Int32Array;
  readonly batches: Int32Array;
  /** Latents before and after, [cells, latentDim]. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly latentDim: number;
  /** Cells looked at, drawn at random where there are more. */
  readonly mostCells: number;
  readonly seed: number;
}

/** The measures of four embeddings of the same cells. */
export interface CorrectionMeasures {
  readonly cells: number;
  /** Fifty principal components of log-normalised counts. */
  readonly uncorrected: ScibScores;
  /** The same after a shift and a scale of batches with the kinds as covariates. */
  readonly linear: ScibScores;
  /** The model's latents as encoded. */
  readonly latents: ScibScores;
  /** The model's latents after the correction. */
  readonly corrected: ScibScores;
}

/**
 * Scores a correction. @param onDoing told what is being scored
 * Errors: too-few-cells, bad-request (one kind or one batch), cancelled.
 */
export async function measureCorrection(
  request: CorrectionMeasureRequest,
  onDoing: (what: string) => void = () => undefined,
  pacer = new Pacer(),
): Promise<CorrectionMeasures> {
  const rows = chooseRows(request);
  const labels = compact(rows, request.labels);
  const batches = compact(rows, request.batches);
  checkCodes(labels, batches);
  const pick = (values: Float32Array): Points => pickRows(values, rows, request.latentDim);
  onDoing('Principal components');
  const before = await components(selectRows(request.counts, rows), request.seed, pacer);
  const cells: ScibCells = { labels, batches, before };
  const score = (what: string, points: Points): Promise<ScibScores> => {
    onDoing(what);
    return scoreEmbedding(points, cells, {}, pacer);
  };
  const uncorrected = await score('Uncorrected components', before);
  const shifted = { ...before, values: correctLinearly(before, labels, batches) };
  const linear = await score('Linear correction', shifted);
  const latents = await score('Latents', pick(request.before));
  const corrected = await score('Corrected latents', pick(request.after));
  return { cells: rows.length, uncorrected, linear, latents, corrected };
}

function chooseRows({ labels, batches, mostCells, seed }: CorrectionMeasureRequest): Int32Array {
  const usable = [...labels.keys()].filter((i) => labels[i] >= 0 && batches[i] >= 0);
  if (usable.length < FEWEST) {
    throw new StudioError(
      'too-few-cells',
      'Too few cells to measure.',
      `The measures look at 90 neighbours; ${usable.length} cells have a label and a batch.`,
      { cells: usable.length },
    );
  }
  if (usable.length <= mostCells) return Int32Array.from(usable);
  const order = createRandom(seed, 71).permutation(usable.length);
  return Int32Array.from(order.slice(0, Math.max(FEWEST, mostCells)), (i) => usable[i]).sort();
}

/** The codes of some cells, renumbered without gaps. */
function compact(rows: Int32Array, codes: Int32Array): Int32Array {
  const own = rows.map((i) => codes[i]);
  const present = [...new Set(own)].sort((a, b) => a - b);
  const place = new Map(present.map((code, at) => [code, at]));
  return own.map((code) => place.get(code) as number);
}

function checkCodes(labels: Int32Array, batches: Int32Array): void {
  const several = (codes: Int32Array): boolean => codes.some((code) => code !== codes[0]);
  if (several(labels) && several(batches)) return;
  throw new StudioError(
    'bad-request',
    'This cannot be measured.',
    'The measures need at least two kinds of cells and two batches. Choose other columns.',
  );
}

function pickRows(values: Float32Array, rows: Int32Array, dims: number): Points {
  const picked = new Float32Array(rows.length * dims);
  rows.forEach((i, at) => picked.set(values.subarray(i * dims, (i + 1) * dims), at * dims));
  return { values: picked, rows: rows.length, dims };
}

async function components(counts: CsrMatrix, seed: number, pacer: Pacer): Promise<Points> {
  const logs = await logNormalise(counts, pacer);
  const pca = await fitExpressionPca(logs, { seed, pacer });
  const values = await scoreExpression(pca, logs, pacer);
  return { values, rows: counts.rows, dims: pca.components };
}
