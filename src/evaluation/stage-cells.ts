/** @file The stages that make the headline: counts, places, the classifier, and the floor of each. */
import { createRandom } from '../numerics/random.ts';
import type { Measures } from '../protocol/judge.ts';
import { intervalAround, predictedShares, resampledShares } from './bootstrap.ts';
import type { Measured } from './dear-measures.ts';
import { takeSome } from './draws.ts';
import { cellFacts, compareFacts, pickFacts } from './gene-statistics.ts';
import type { GroupMeasures } from './group-finder.ts';
import type { JudgeContext } from './judge-context.ts';
import { pickPlaced, type PlacedSet } from './judge-cells.ts';
import type { JudgeFrame } from './judge-frame.ts';
import { task, type JobTold, type Task } from './jobs.ts';
import { recognise, trainRecogniser, type Recogniser, type Recognition } from './recognition.ts';
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

/** Trains the classifier of one attribute on real training cells (on the held-out ones when there are none). Error: cancelled. */
export function teachRecogniser(
  { parts, pacer }: JudgeFrame,
  { attribute }: JobTold<'recogniser'>,
): Promise<Recogniser> {
  const { seed, attributes } = parts;
  const classes = attributes[attribute].categories.length;
  return trainRecogniser(teacherOf(parts.placed), attribute, classes, seed, pacer);
}

function teacherOf({ training, heldOut }: JudgeFrame['parts']['placed']): PlacedSet {
  return training.counts.rows > 0 ? training : heldOut;
}

/** One classifier an attribute; when all are trained they are asked about the synthetic and the held-out cells. */
export function recogniserTasks(context: JudgeContext, frame: JudgeFrame): Task[] {
  const { attributes } = context.request;
  const recognisers: Recogniser[] = [];
  return attributes.map((_, attribute) =>
    task('recogniser', { attribute }, (one) => {
      recognisers.push(one);
      if (recognisers.length < attributes.length) return;
      context.recognised = askRecognisers(context, frame, recognisers);
    }),
  );
}

function askRecognisers(
  { request, findings }: JudgeContext,
  { parts: { placed } }: JudgeFrame,
  recognisers: readonly Recogniser[],
): RecogniserStage {
  const { attributes, seed, training } = request;
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

/** Measures the synthetic cells. Error: cancelled. */
export async function measureSynthetic(
  { findings }: JudgeContext,
  frame: JudgeFrame,
): Promise<SyntheticStage> {
  const { placed, reference, seed } = frame.parts;
  const set = await frame.factsOf(placed.synthetic);
  const report = measureSet(set, false);
  findings.add(report.measures);
  const kernels = measureKernels(set, reference.width, TABLES, seed);
  findings.add(kernels.measures, kernels.resamples);
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

/** One draw of real cells beside the held-out ones. */
export interface FloorDraw {
  readonly measures: Measures;
  readonly groups: readonly GroupMeasures[];
}

/** Real against real: a draw from the half that the space was not fitted on. Error: cancelled. */
export async function measureDraw(
  frame: JudgeFrame,
  { draw }: JobTold<'floor'>,
): Promise<FloorDraw> {
  const { cells, placed, reference } = frame.parts;
  const { draws, heldOut } = cells;
  const groupDraws = heldOut.counts.rows > MANY_CELLS ? FEW_GROUP_DRAWS : draws.length;
  const kernels = draw < KERNEL_DRAWS;
  const cloud = pickPlaced(placed.training, draws[draw]);
  const set = await frame.factsOf(cloud);
  const { zeros, detectedShift, logLibrary, libraryShift, ...own } = measureSet(set, false).measures; // prettier-ignore
  // Counts have draws from all training cells already; these go to the groups.
  void [zeros, detectedShift, logLibrary, libraryShift];
  return {
    measures: { ...own, ...(kernels ? measureKernels(set, reference.width, 0, 0).measures : {}) },
    groups:
      draw < groupDraws ? frame.groups.measure(set, cloud.codes, reference.width, kernels) : [],
  };
}

/** All draws. */
export function floorTasks({ cells, findings, groups }: JudgeContext): Task[] {
  return cells.draws.map((_, draw) =>
    task('floor', { draw }, (found) => {
      findings.addDraw(found.measures);
      groups.addDraw(found.groups);
    }),
  );
}

/** Every category and combination of the synthetic cells, with intervals. @param set with the marks. Error: cancelled. */
export async function measureOwnGroups(
  { groups, pacer }: JudgeContext,
  { parts, groups: finder }: JudgeFrame,
  set: SetFacts,
): Promise<void> {
  const { placed, reference, seed } = parts;
  const list = finder.list(placed.synthetic.codes);
  const found: Measured[] = [];
  for (const group of list) {
    if (pacer.due()) await pacer.rest();
    found.push(finder.resample(set, group, reference.width, seed));
  }
  groups.addSynthetic(list, found);
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
export function fittedRows({ parts: { cells, seed } }: JudgeFrame, most: number): Int32Array {
  return takeSome(createRandom(seed, 66), cells.halves.fit, most).sort();
}
