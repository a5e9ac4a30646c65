/** @file The trivial methods: each is measured as the synthetic cells are, overall and in every group. */
import type { BaselineName, Measures } from '../protocol/judge.ts';
import { classNb, gaussianPlaces, independentGenes } from './baselines.ts';
import { twoClouds } from './cloud-measures.ts';
import { compareAuc, compareTransport } from './dear-measures.ts';
import type { GroupMeasures } from './group-finder.ts';
import type { JudgeContext } from './judge-context.ts';
import { pickPlaced, type PlacedSet } from './judge-cells.ts';
import type { JudgeFrame } from './judge-frame.ts';
import { task, type JobTold, type Task } from './jobs.ts';
import { recognise } from './recognition.ts';
import { measureKernels, measureSet } from './set-report.ts';
import { findCopies, measureNearness } from './stage-copies.ts';
import { compareGenesPlainly } from './stage-dear.ts';

/** What was measured of one trivial method. */
export interface BaselineFound {
  readonly measures: Measures;
  readonly groups: readonly GroupMeasures[];
  /** Share recognised in each attribute; empty where nobody asked. */
  readonly hits: readonly (number | null)[];
}

const names: readonly BaselineName[] = ['independentGenes', 'classNb', 'copies', 'gaussian'];

/** All four, once the classifiers are trained. */
export function baselineTasks({ findings, groups, recognised }: JudgeContext): Task[] {
  const recognisers = recognised?.recognisers ?? null;
  return names.map((name) =>
    task('baseline', { name, recognisers }, (found) => {
      findings.addBaseline(name, found.measures);
      groups.addBaseline(name, found.groups);
      found.hits.forEach((share, a) => {
        if (share !== null) findings.addBaselineHit(a, name, share);
      });
    }),
  );
}

/** Makes one trivial method's cells and measures everything about them. Only with training cells. Error: cancelled. */
export async function measureBaseline(
  frame: JudgeFrame,
  { name, recognisers }: JobTold<'baseline'>,
): Promise<BaselineFound> {
  if (name === 'gaussian') return measureGaussian(frame);
  const { seed, mostTransport, reference, placed } = frame.parts;
  const { pacer } = frame;
  const set = await makeCells(frame, name);
  const copies = await findCopies(frame, set);
  const seen = recognisers && recognise(recognisers, set);
  const facts = await frame.factsOf(set, { hits: seen?.byCell ?? null, copies: copies.marks });
  const auc = await compareAuc(placed.heldOut.scores, set.scores, seed, pacer);
  const transport = await compareTransport(facts.clouds.between, mostTransport, seed, pacer);
  return {
    measures: {
      ...measureSet(facts, false).measures,
      ...measureKernels(facts, reference.width, 0, 0).measures,
      ...copies.measures,
      ...(await measureNearness(frame, set)),
      ...(await compareGenesPlainly(frame, set)),
      ...auc.measures,
      ...transport.measures,
    },
    groups: frame.groups.measure(facts, set.codes, reference.width, true),
    hits: seen?.shares ?? [],
  };
}

async function makeCells(
  frame: JudgeFrame,
  name: Exclude<BaselineName, 'gaussian'>,
): Promise<PlacedSet> {
  const { seed, cells, placed } = frame.parts;
  const { training, heldOut, heldOutLabels, trainingLabels, draws } = cells;
  if (name === 'copies') return pickPlaced(placed.training, draws[0]);
  const source = { counts: training.counts, labels: trainingLabels, wanted: heldOutLabels };
  const make = name === 'classNb' ? classNb : independentGenes;
  return frame.place({ counts: await make(source, seed, frame.pacer), codes: heldOut.codes });
}

/** One Gaussian a class has places only, no counts. */
async function measureGaussian(frame: JudgeFrame): Promise<BaselineFound> {
  const { seed, mostTransport, cells, placed, reference } = frame.parts;
  const { heldOut, heldOutLabels, trainingLabels } = cells;
  const { within, width } = reference;
  const places = gaussianPlaces(placed.training.scores, trainingLabels, heldOutLabels, seed);
  const clouds = await twoClouds(placed.heldOut.scores, within, places, frame.pacer);
  const labels = frame.labelsOf(heldOut.codes, places.rows);
  const facts = { clouds, labels, facts: null, hits: null, copies: null };
  const transport = await compareTransport(clouds.between, mostTransport, seed, frame.pacer);
  return {
    measures: {
      ...measureSet(facts, false).measures,
      ...measureKernels(facts, width, 0, 0).measures,
      ...transport.measures,
    },
    groups: frame.groups.measure(facts, heldOut.codes, width, true),
    hits: [],
  };
}
