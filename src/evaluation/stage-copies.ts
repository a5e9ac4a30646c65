/** @file The stage that looks for copies: how near synthetic cells come to training cells, beside new real cells. */
import type { Measures } from '../protocol/judge.ts';
import { createRandom } from '../numerics/random.ts';
import { median } from '../numerics/statistics.ts';
import { predictedShares, resampledMedians, resampledShares } from './bootstrap.ts';
import { CopyWatch, findEqualRows } from './copy-watch.ts';
import { pickRows, stackClouds } from './distance-table.ts';
import { takeSome } from './draws.ts';
import type { JudgeContext } from './judge-context.ts';
import type { PlacedCells, PlacedSet } from './judge-cells.ts';
import { percentWords } from './number-words.ts';

const RESAMPLES = 200;
/** New real cells that say how near to a training cell is usual. */
const MOST_FRESH = 3000;
/** Real cells may happen to be equal; a larger share of held-out cells was never held out. */
const FEW_EQUAL = 0.05;

/** Marks of one set of cells. */
export interface CopyMarks {
  /** 1 where a cell sits on a training cell, or equals one. */
  readonly marks: Uint8Array;
  readonly measures: { readonly copies: number; readonly exactCopies: number };
  readonly equal: Uint8Array;
}

/** What later stages need of this one. */
export interface CopyStage {
  /** Share of new real cells that count as copies, and how many there were. */
  readonly usual: number;
  readonly fresh: number;
  /** Marks of the synthetic cells. */
  readonly own: CopyMarks;
  find(set: PlacedSet): Promise<CopyMarks>;
  /** How near a set comes to all training cells. */
  nearness(set: PlacedSet): Promise<Measures>;
}

/** Share of ones. */
export function shareOf(marks: Uint8Array): number {
  return marks.reduce((a, b) => a + b, 0) / marks.length;
}

/** Watches synthetic cells; null without training cells. Error: cancelled. */
export async function watchCopies(
  context: JudgeContext,
  placed: PlacedCells,
): Promise<CopyStage | null> {
  const { training, heldOut, synthetic } = placed;
  const { findings, cells, pacer } = context;
  const { seed } = context.request;
  if (training.counts.rows === 0) return null;
  const everything = await reportNearness(context, placed);
  const fresh = takeSome(createRandom(seed, 55), cells.halves.draw, MOST_FRESH);
  const unseen = stackClouds(pickRows(training.scores, fresh), heldOut.scores);
  const fitted = pickRows(training.scores, cells.halves.fit);
  const watch = await CopyWatch.build(fitted, unseen, pacer);
  // Real cells hardly ever sit on one another: what another sample may show says more than a band of zeros.
  const { marks: sitting } = await watch.report(unseen, pacer);
  const equal = shareOf(findEqualRows(training.counts, heldOut.counts));
  if (equal > FEW_EQUAL) {
    findings.notes.push(
      `${percentWords(equal)} of the held-out cells equal a training cell: they were not held out.`,
    );
  }
  const known = equal > FEW_EQUAL ? 0 : equal;
  const usual = Math.max(shareOf(sitting), known);
  const n = synthetic.counts.rows;
  for (const copies of predictedShares(usual, unseen.rows, n, RESAMPLES, seed)) {
    findings.addDraw({ copies });
  }
  for (const exactCopies of predictedShares(known, heldOut.counts.rows, n, RESAMPLES, seed)) {
    findings.addDraw({ exactCopies });
  }
  const find = async (set: PlacedSet): Promise<CopyMarks> => {
    const { marks: near } = await watch.report(set.scores, pacer);
    const same = findEqualRows(training.counts, set.counts);
    const marks = near.map((mark, i) => mark | same[i]);
    return { marks, equal: same, measures: { copies: shareOf(marks), exactCopies: shareOf(same) } };
  };
  const own = await find(synthetic);
  findings.add(own.measures, { exactCopies: resampledShares(own.equal, RESAMPLES, seed) });
  const nearness = async (set: PlacedSet): Promise<Measures> => {
    const { nearTraining, copyRatio } = await everything.report(set.scores, pacer);
    return { nearTraining, copyRatio };
  };
  return { usual, fresh: unseen.rows, own, find, nearness };
}

/** Nearness to all training cells, with held-out cells as the measure and (resampled) as the floor. */
async function reportNearness(context: JudgeContext, placed: PlacedCells): Promise<CopyWatch> {
  const { training, heldOut, synthetic } = placed;
  const { findings, pacer } = context;
  const { seed } = context.request;
  const watch = await CopyWatch.build(training.scores, heldOut.scores, pacer);
  const own = await watch.report(synthetic.scores, pacer);
  const real = await watch.report(heldOut.scores, pacer);
  const usual = median(real.distances);
  const medians = (distances: Float64Array): Float64Array =>
    resampledMedians(distances, RESAMPLES, seed).map((value) => value / usual);
  const shares = (near: Uint8Array): Float64Array => resampledShares(near, RESAMPLES, seed);
  findings.add(
    { nearTraining: own.nearTraining, copyRatio: own.copyRatio },
    { nearTraining: shares(own.near), copyRatio: medians(own.distances) },
  );
  const near = shares(real.near);
  medians(real.distances).forEach((copyRatio, i) =>
    findings.addDraw({ copyRatio, nearTraining: near[i] }),
  );
  return watch;
}
