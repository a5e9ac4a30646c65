/** @file The classifier two-sample test: how well a trained classifier tells synthetic cells from real ones it has not seen. */
import { Pacer } from '../maps/pacer.ts';
import { csrFromDense, selectRows } from '../numerics/csr.ts';
import { createRandom, type Random } from '../numerics/random.ts';
import { pickRows, type Cloud } from './distance-table.ts';
import { classProbabilities, fitLogistic } from './logistic.ts';

const FOLDS = 5;

/**
 * Area under the ROC curve: the chance that a positive has the higher score, ties counting half; NaN when one side is empty.
 *
 * @param labels 1 positive, 0 negative
 */
export function areaUnderRoc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[a] - scores[b],
  );
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j < order.length && scores[order[j]] === scores[order[i]]) j++;
    const rank = (i + 1 + j) / 2;
    for (let k = i; k < j; k++) {
      if (labels[order[k]] !== 1) continue;
      rankSum += rank;
      positives++;
    }
    i = j;
  }
  const negatives = scores.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Mean over 5 folds of the AUC of a logistic regression on standardised coordinates and their squares, trained on the other folds.
 * 0.5 ideal, 1 told apart. Squares let it see differences in spread. Error: cancelled.
 */
export async function twoSampleAuc(
  real: Cloud,
  synthetic: Cloud,
  seed: number,
  pacer = new Pacer(),
): Promise<number> {
  return meanAuc(await scoreFolds(real, synthetic, seed, pacer));
}

/** Scores of the cells that a fold's classifier has not seen; label 1 is synthetic. */
export interface FoldScores {
  readonly scores: Float64Array;
  readonly labels: Int32Array;
}

/** Mean of the folds' AUCs; NaN without folds. */
export function meanAuc(folds: readonly FoldScores[]): number {
  return folds.reduce((sum, own) => sum + areaUnderRoc(own.scores, own.labels), 0) / folds.length;
}

/** Mean AUCs of folds whose cells are resampled within each label. */
export function resampledAuc(
  folds: readonly FoldScores[],
  draws: number,
  seed: number,
): Float64Array {
  const random = createRandom(seed, 32);
  const ranked = folds.map(rankFold);
  return Float64Array.from(
    { length: draws },
    () => ranked.reduce((sum, own) => sum + drawnAuc(own, random), 0) / folds.length,
  );
}

/** A fold put in order once, for all its resamples. */
interface RankedFold {
  readonly labels: Int32Array;
  /** Cells of either label. */
  readonly sides: readonly [readonly number[], readonly number[]];
  /** For each cell the place of its score among the different scores, ascending. */
  readonly place: Int32Array;
  /** How often each place comes up, by label; written anew in every draw. */
  readonly counts: readonly [Float64Array, Float64Array];
}

function rankFold({ scores, labels }: FoldScores): RankedFold {
  const different = Float64Array.from(new Set(scores)).sort();
  const places = new Map(Array.from(different, (score, at) => [score, at]));
  const side = (label: number): number[] =>
    [...labels.keys()].filter((cell) => labels[cell] === label);
  return {
    labels,
    sides: [side(0), side(1)],
    place: Int32Array.from(scores, (score) => places.get(score) ?? 0),
    counts: [new Float64Array(different.length), new Float64Array(different.length)],
  };
}

/** The AUC of as many cells of either label, drawn with replacement. */
function drawnAuc({ labels, sides, place, counts }: RankedFold, random: Random): number {
  const [negative, positive] = counts;
  negative.fill(0);
  positive.fill(0);
  for (let cell = 0; cell < labels.length; cell++) {
    const label = labels[cell];
    const own = sides[label];
    counts[label][place[own[random.integer(own.length)]]]++;
  }
  let rankSum = 0;
  for (let at = 0, before = 0; at < positive.length; at++) {
    const here = negative[at] + positive[at];
    rankSum += positive[at] * ((2 * before + 1 + here) / 2);
    before += here;
  }
  const [n, p] = [sides[0].length, sides[1].length];
  return (rankSum - (p * (p + 1)) / 2) / (p * n);
}

/** Trains a classifier on all folds but one, five times, and scores the fold left out. No folds below 5 cells a side. Error: cancelled. */
export async function scoreFolds(
  real: Cloud,
  synthetic: Cloud,
  seed: number,
  pacer = new Pacer(),
): Promise<FoldScores[]> {
  const n = Math.min(real.rows, synthetic.rows);
  if (n < FOLDS) return [];
  const random = createRandom(seed, 31);
  const chosen = [real, synthetic].map((c) => pickRows(c, random.permutation(c.rows).slice(0, n)));
  const features = withSquares(chosen[0], chosen[1]);
  const labels = Int32Array.from({ length: 2 * n }, (_, i) => (i < n ? 0 : 1));
  // Both samples are in random order, so every fold has the same share of each.
  const foldOf = (i: number): number => (i % n) % FOLDS;
  const out: FoldScores[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const rows = [...labels.keys()];
    const inside = rows.filter((i) => foldOf(i) !== fold);
    const outside = rows.filter((i) => foldOf(i) === fold);
    const model = await fitLogistic(
      selectRows(features, inside),
      inside.map((i) => labels[i]),
      2,
      { C: 0.1, iterations: 40, tolerance: 1e-4 * inside.length, pacer },
    );
    const chances = classProbabilities(model, selectRows(features, outside));
    out.push({
      scores: Float64Array.from(outside, (_, i) => chances[2 * i + 1]),
      labels: Int32Array.from(outside, (i) => labels[i]),
    });
  }
  return out;
}

function withSquares(real: Cloud, synthetic: Cloud) {
  const { dims } = real;
  const rows = real.rows + synthetic.rows;
  const all = new Float64Array([...real.values, ...synthetic.values]);
  const out = new Float64Array(rows * 2 * dims);
  for (let d = 0; d < dims; d++) {
    const column = Float64Array.from({ length: rows }, (_, i) => all[i * dims + d]);
    const scaled = standardise(column);
    const squares = standardise(scaled.map((value) => value * value));
    for (let i = 0; i < rows; i++) {
      out[i * 2 * dims + d] = scaled[i];
      out[i * 2 * dims + dims + d] = squares[i];
    }
  }
  return csrFromDense(rows, 2 * dims, out);
}

function standardise(column: Float64Array): Float64Array {
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  const spread = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length) || 1;
  return column.map((value) => (value - mean) / spread);
}
