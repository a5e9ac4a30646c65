/** @file The stage of trivial methods: each is measured as the synthetic cells are, overall and in every group. */
import { logNormalise } from '../maps/log-counts.ts';
import type { BaselineName } from '../protocol/judge.ts';
import { classNb, gaussianPlaces, independentGenes } from './baselines.ts';
import { twoClouds } from './cloud-measures.ts';
import type { DistanceTable } from './distance-table.ts';
import type { JudgeContext, Reference } from './judge-context.ts';
import { pickPlaced, type JudgedSet, type PlacedCells, type PlacedSet } from './judge-cells.ts';
import { recognise } from './recognition.ts';
import { measureKernels, measureSet } from './set-report.ts';
import { projectCells, spaceGenes } from './space.ts';
import type { RecogniserStage } from './stage-cells.ts';
import type { CopyStage } from './stage-copies.ts';

/** A trivial method's cells in the space; measured further by later stages. */
export interface PlacedBaseline {
  readonly name: BaselineName;
  /** Null for places without counts. */
  readonly set: PlacedSet | null;
  /** Distances of the held-out cells to them. */
  readonly between: DistanceTable;
}

/** Puts counts into the space of the judgement. Error: cancelled. */
export async function placeSet(
  { pacer }: JudgeContext,
  placed: PlacedCells,
  set: JudgedSet,
): Promise<PlacedSet> {
  const log = await logNormalise(set.counts, pacer);
  const values = spaceGenes(placed.space, log);
  return { ...set, log, values, scores: await projectCells(placed.space, values, pacer) };
}

/** Makes and measures the four trivial methods; they come back for dearer measures. Error: cancelled. */
export async function measureBaselines(
  context: JudgeContext,
  placed: PlacedCells,
  reference: Reference,
  recognised: RecogniserStage | null,
  copies: CopyStage,
): Promise<PlacedBaseline[]> {
  const { training, heldOut, heldOutLabels, trainingLabels, draws } = context.cells;
  const { pacer } = context;
  const { seed } = context.request;
  const source = { counts: training.counts, labels: trainingLabels, wanted: heldOutLabels };
  const { codes } = heldOut;
  const made: { readonly name: BaselineName; readonly set: PlacedSet }[] = [
    {
      name: 'independentGenes',
      set: await placeSet(context, placed, { counts: await independentGenes(source, seed, pacer), codes }), // prettier-ignore
    },
    {
      name: 'classNb',
      set: await placeSet(context, placed, { counts: await classNb(source, seed, pacer), codes }),
    },
    { name: 'copies', set: pickPlaced(placed.training, draws[0]) },
  ];
  const out: PlacedBaseline[] = [];
  for (const { name, set } of made) {
    const found = await copies.find(set);
    const seen = recognised && recognise(recognised.recognisers, set);
    const more = { hits: seen?.byCell ?? null, copies: found.marks };
    const facts = await context.factsOf(placed, reference, set, more);
    const { measures } = measureSet(facts, false);
    const kernels = measureKernels(facts, reference.width, 0, 0).measures;
    const near = await copies.nearness(set);
    context.findings.addBaseline(name, { ...measures, ...kernels, ...found.measures, ...near });
    context.groups.addBaseline(name, facts, set.codes, reference.width);
    seen?.shares.forEach((share, a) => {
      if (share !== null) context.findings.addBaselineHit(a, name, share);
    });
    out.push({ name, set, between: facts.clouds.between });
  }
  return [...out, await measureGaussian(context, placed, reference)];
}

/** One Gaussian a class has places only, no counts. */
async function measureGaussian(
  context: JudgeContext,
  placed: PlacedCells,
  { within, width }: Reference,
): Promise<PlacedBaseline> {
  const { heldOut, heldOutLabels, trainingLabels } = context.cells;
  const { seed } = context.request;
  const places = gaussianPlaces(placed.training.scores, trainingLabels, heldOutLabels, seed);
  const clouds = await twoClouds(placed.heldOut.scores, within, places, context.pacer);
  const labels = context.labelsOf(heldOut.codes, places.rows);
  const facts = { clouds, labels, facts: null, hits: null, copies: null };
  const { measures } = measureSet(facts, false);
  const kernels = measureKernels(facts, width, 0, 0).measures;
  context.findings.addBaseline('gaussian', { ...measures, ...kernels });
  context.groups.addBaseline('gaussian', facts, heldOut.codes, width);
  return { name: 'gaussian', set: null, between: clouds.between };
}
