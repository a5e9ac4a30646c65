/** @file The stages that make the headline: counts, places, the classifier, and the floor of each. */
import { createRandom } from '../numerics/random.ts';
import { intervalAround, predictedShares, resampledShares } from './bootstrap.ts';
import { takeSome } from './draws.ts';
import { cellFacts, compareFacts, pickFacts } from './gene-statistics.ts';
import type { JudgeContext, Reference } from './judge-context.ts';
import { pickPlaced, type PlacedCells } from './judge-cells.ts';
import { recognise, trainRecognisers, type Recogniser, type Recognition } from './recognition.ts';
import {
  measureKernels,
  measureSet,
  resampleCellFacts,
  resampleSet,
  type SetFacts,
  type SetReport,
} from './set-report.ts';
import type { CopyStage } from './stage-copies.ts';

const RESAMPLES = 100;
const LINES = 40;
/** Resamples of tables cost a pass over three tables each. */
const TABLES = 24;
/** Kernel MMDs of the floor are made for this many draws. */
const KERNEL_DRAWS = 2;
/** With more compared cells than this, groups have their floors from fewer draws. */
const MANY_CELLS = 1000;
const FEW_GROUP_DRAWS = 12;

/** Zeros and library sizes: no space is needed for them. */
export function countFacts({ cells, findings, request }: JudgeContext): void {
  const { heldOut, synthetic, training, countDraws } = cells;
  const real = cellFacts(heldOut.counts);
  const own = cellFacts(synthetic.counts);
  findings.add(compareFacts(real, own), resampleCellFacts([real, own], LINES, request.seed));
  const all = cellFacts(training.counts);
  for (const rows of countDraws) findings.addDraw(compareFacts(real, pickFacts(all, rows)));
}

/** The classifiers and what they said of real cells. */
export interface RecogniserStage {
  readonly recognisers: readonly Recogniser[];
  readonly real: Recognition;
  readonly own: Recognition;
}

/** Trains one classifier an attribute on real training cells, and asks it about the synthetic ones. Null without attributes. */
export async function recogniseAll(
  { request, findings, pacer }: JudgeContext,
  placed: PlacedCells,
): Promise<RecogniserStage | null> {
  const { attributes, seed, training } = request;
  if (attributes.length === 0) return null;
  const teacher = training.rows > 0 ? placed.training : placed.heldOut;
  const sizes = attributes.map(({ categories }) => categories.length);
  const recognisers = await trainRecognisers(teacher, sizes, seed, pacer);
  const own = recognise(recognisers, placed.synthetic);
  const real = recognise(recognisers, placed.heldOut);
  attributes.forEach(({ name }, a) => {
    const asked = own.seen[a].filter((mark) => mark >= 0);
    const share = own.shares[a];
    const again = asked.length > 0 ? resampledShares(asked, RESAMPLES, seed) : null;
    findings.hits[name] = {
      synthetic: share,
      interval: again && share !== null ? intervalAround(share, again, [0, 1]) : null,
      real: real.shares[a] ?? 0,
      baselines: {},
    };
  });
  if (own.hits === null || real.hits === null) return { recognisers, real, own };
  findings.add({ hits: own.hits });
  if (training.rows > 0) {
    // The classifier has seen the training cells, so the floor comes from held-out ones: what another sample may show.
    const [n, m] = [real.marks.length, own.marks.length];
    for (const hits of predictedShares(real.hits, n, m, RESAMPLES, seed)) {
      findings.addDraw({ hits });
    }
  }
  return { recognisers, real, own };
}

/** The synthetic cells beside the held-out ones. */
export interface SyntheticStage {
  readonly set: SetFacts;
  readonly report: SetReport;
}

/** Places and measures the synthetic cells. Error: cancelled. */
export async function measureSynthetic(
  context: JudgeContext,
  placed: PlacedCells,
  reference: Reference,
): Promise<SyntheticStage> {
  const set = await context.factsOf(placed, reference, placed.synthetic);
  const report = measureSet(set, false);
  context.findings.add(report.measures);
  const kernels = measureKernels(set, reference.width, TABLES, context.request.seed);
  context.findings.add(kernels.measures, kernels.resamples);
  return { set, report };
}

/** The synthetic cells with what classifiers and the watch say of each, for groups and intervals. */
export function completeSynthetic(
  set: SetFacts,
  recognised: RecogniserStage | null,
  copies: CopyStage | null,
): SetFacts {
  return {
    ...set,
    hits: recognised?.own.byCell ?? null,
    copies: copies?.own.marks ?? null,
  };
}

/** Real against real: draws from the half that the space was not fitted on. Error: cancelled. */
export async function measureFloor(
  context: JudgeContext,
  placed: PlacedCells,
  reference: Reference,
): Promise<void> {
  const { draws, heldOut } = context.cells;
  const groupDraws = heldOut.counts.rows > MANY_CELLS ? FEW_GROUP_DRAWS : draws.length;
  for (const [i, rows] of draws.entries()) {
    if (i % 4 === 0) context.tell('Real against real', 0.25 + (0.25 * i) / draws.length, i > 0);
    const draw = pickPlaced(placed.training, rows);
    const set = await context.factsOf(placed, reference, draw);
    const kernels = i < KERNEL_DRAWS;
    const { measures } = measureSet(set, false);
    const { zeros, detectedShift, logLibrary, libraryShift, ...own } = measures;
    // Counts have draws from all training cells already; these go to the groups.
    void [zeros, detectedShift, logLibrary, libraryShift];
    context.findings.addDraw(own);
    if (kernels) context.findings.addDraw(measureKernels(set, reference.width, 0, 0).measures);
    if (i < groupDraws) context.groups.addDraw(set, draw.codes, reference.width, kernels);
  }
}

/** Intervals of the synthetic cells' measures. @param set with the marks of classifier and watch */
export function makeIntervals(
  { findings, request }: JudgeContext,
  set: SetFacts,
  report: SetReport,
): void {
  const effort = { shares: RESAMPLES, lines: LINES, tables: TABLES };
  const asked = (set.hits ?? new Float64Array()).filter((mark) => !Number.isNaN(mark));
  findings.add({}, resampleSet(set, { ...report, asked }, effort, request.seed));
}

/** Rows of the placed training cells that the space was fitted on, at most `most`. */
export function fittedRows({ cells, request }: JudgeContext, most: number): Int32Array {
  return takeSome(createRandom(request.seed, 66), cells.halves.fit, most).sort();
}
