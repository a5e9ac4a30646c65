/** @file The stage that looks for copies: how near synthetic cells come to training cells, beside new real cells. */
import type { Measures } from '../protocol/judge.ts';
import { createRandom } from '../numerics/random.ts';
import { median } from '../numerics/statistics.ts';
import { predictedShares, resampledMedians, resampledShares } from './bootstrap.ts';
import { CopyWatch, findEqualRows } from './copy-watch.ts';
import { pickRows, stackClouds, type Cloud } from './distance-table.ts';
import { takeSome } from './draws.ts';
import type { JudgeContext } from './judge-context.ts';
import type { PlacedSet } from './judge-cells.ts';
import { oncePerFrame, type JudgeFrame } from './judge-frame.ts';
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
}

/** Watches over the training cells of a frame. */
interface Watches {
  /** Over the half that the space was fitted on, with new real cells as the measure. */
  readonly fitted: CopyWatch;
  readonly fresh: Cloud;
  /** Over all of them, with held-out cells as the measure. */
  readonly all: CopyWatch;
}

const watchesOf = oncePerFrame(async ({ parts, pacer }): Promise<Watches> => {
  const { seed, cells, placed } = parts;
  const { training, heldOut } = placed;
  const rows = takeSome(createRandom(seed, 55), cells.halves.draw, MOST_FRESH);
  const fresh = stackClouds(pickRows(training.scores, rows), heldOut.scores);
  return {
    fitted: await CopyWatch.build(pickRows(training.scores, cells.halves.fit), fresh, pacer),
    fresh,
    all: await CopyWatch.build(training.scores, heldOut.scores, pacer),
  };
});

/** Share of ones. */
export function shareOf(marks: Uint8Array): number {
  return marks.reduce((a, b) => a + b, 0) / marks.length;
}

/** Finds the copies in a set. Only with training cells. Error: cancelled. */
export async function findCopies(frame: JudgeFrame, set: PlacedSet): Promise<CopyMarks> {
  const { fitted } = await watchesOf(frame);
  const { marks: near } = await fitted.report(set.scores, frame.pacer);
  const same = findEqualRows(frame.parts.placed.training.counts, set.counts);
  const marks = near.map((mark, i) => mark | same[i]);
  return { marks, equal: same, measures: { copies: shareOf(marks), exactCopies: shareOf(same) } };
}

/** How near a set comes to all training cells. Only with training cells. Error: cancelled. */
export async function measureNearness(frame: JudgeFrame, set: PlacedSet): Promise<Measures> {
  const { all } = await watchesOf(frame);
  const { nearTraining, copyRatio } = await all.report(set.scores, frame.pacer);
  return { nearTraining, copyRatio };
}

/** Watches synthetic cells; null without training cells. Error: cancelled. */
export async function watchCopies(
  { findings }: JudgeContext,
  frame: JudgeFrame,
): Promise<CopyStage | null> {
  const { placed, seed } = frame.parts;
  const { training, heldOut, synthetic } = placed;
  if (training.counts.rows === 0) return null;
  const watches = await watchesOf(frame);
  await reportNearness(findings, frame, watches.all);
  // Real cells hardly ever sit on one another: what another sample may show says more than a band of zeros.
  const { marks: sitting } = await watches.fitted.report(watches.fresh, frame.pacer);
  const equal = shareOf(findEqualRows(training.counts, heldOut.counts));
  if (equal > FEW_EQUAL) {
    findings.notes.push(
      `${percentWords(equal)} of the held-out cells equal a training cell: they were not held out.`,
    );
  }
  const known = equal > FEW_EQUAL ? 0 : equal;
  const usual = Math.max(shareOf(sitting), known);
  const n = synthetic.counts.rows;
  const fresh = watches.fresh.rows;
  for (const copies of predictedShares(usual, fresh, n, RESAMPLES, seed)) {
    findings.addDraw({ copies });
  }
  for (const exactCopies of predictedShares(known, heldOut.counts.rows, n, RESAMPLES, seed)) {
    findings.addDraw({ exactCopies });
  }
  const own = await findCopies(frame, synthetic);
  findings.add(own.measures, { exactCopies: resampledShares(own.equal, RESAMPLES, seed) });
  return { usual, fresh, own };
}

/** Nearness to all training cells, with held-out cells as the measure and (resampled) as the floor. */
async function reportNearness(
  findings: JudgeContext['findings'],
  { parts, pacer }: JudgeFrame,
  watch: CopyWatch,
): Promise<void> {
  const { seed, placed } = parts;
  const own = await watch.report(placed.synthetic.scores, pacer);
  const real = await watch.report(placed.heldOut.scores, pacer);
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
}
