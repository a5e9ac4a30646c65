/** @file Scores of predicted perturbed cells beside simple rules and beside two halves of the real cells. */
import { erfc } from '../../numerics/special.ts';
import { logNormalise } from '../../maps/log-counts.ts';
import { Pacer } from '../../maps/pacer.ts';
import { adjustPValues } from '../../maps/study/rank-sum.ts';
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { PerturbScores, Predictor, ScoredPrediction } from '../../protocol/perturb.ts';
import { keyOfMembers, labelOf } from '../../protocol/screen-labels.ts';
import type { Cloud } from '../distance-table.ts';
import { baselineChanges, knownChanges, trainingSpread, type KnownChange } from './baselines.ts';
import { cloudGap } from './cell-distances.ts';
import {
  correlation,
  CHANGED_BELOW,
  curveAreas,
  directionShare,
  discrimination,
  profileErrors,
  sharedTop,
  type GeneChanges,
} from './change-metrics.ts';
import { adjustedChanges, geneMeans, geneValues } from './changed-genes.ts';
import { meanRows } from './means.ts';
import { pointsOf, type PreparedScreen } from './screen.ts';
import { halvesOf, truthOf, type Truth } from './truth.ts';

/** A set of perturbations in a context (null: every context). */
export interface ScoredAsk {
  readonly members: readonly string[];
  readonly context: string | null;
}

/** Predicted cells in the forms that scores need. */
export interface PredictedCells extends GeneChanges {
  /** Mean of log1p(CP10k), [genes]. */
  readonly mean: Float64Array;
  readonly points: Cloud;
}

/** The rows of a whole matrix. */
export function allRows({ rows }: CsrMatrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => i);
}

/** Describes predicted cells, given as counts or (`logged`) as log1p(CP10k), against the controls that predictions start from. Error: cancelled. */
export async function describePredicted(
  screen: PreparedScreen,
  context: string | null,
  cells: CsrMatrix,
  logged = false,
  pacer = new Pacer(),
): Promise<PredictedCells> {
  const logs = logged ? cells : await logNormalise(cells, pacer);
  return describeRows(screen, context, logs, allRows(logs), pacer);
}

async function describeRows(
  screen: PreparedScreen,
  context: string | null,
  logs: CsrMatrix,
  rows: Int32Array,
  pacer: Pacer,
): Promise<PredictedCells> {
  const values = geneValues(logs, rows);
  const control = geneValues(screen.logs, screen.controls(context).start);
  const mean = geneMeans(values).log;
  const untreated = geneMeans(control).log;
  return {
    mean,
    change: mean.map((value, g) => value - untreated[g]),
    adjusted: await adjustedChanges(values, control, pacer),
    points: await pointsOf(screen, logs, rows, pacer),
  };
}

/** Control cells of a context with what moving them takes. */
interface Movable {
  readonly mean: Float64Array;
  readonly spread: Float64Array;
  readonly cells: number;
  readonly points: Cloud;
}

async function movableControls(
  screen: PreparedScreen,
  context: string | null,
  pacer: Pacer,
): Promise<Movable> {
  const { start } = screen.controls(context);
  return {
    mean: meanRows(screen.logs, start),
    spread: await trainingSpread(screen),
    cells: start.length,
    points: await pointsOf(screen, screen.logs, start, pacer),
  };
}

/**
 * Control cells moved by a change: every cell by the same vector, in the space of distances and in means. Rank sums would call every gene of
 * moved cells changed, because their zeros move too; so a gene's p comes from its change over the standard error of two such means.
 */
function moveControls(
  { mean, spread, cells, points }: Movable,
  change: Float64Array,
  { space }: PreparedScreen,
): PredictedCells {
  const shift = new Float64Array(points.dims);
  space.columns.forEach((g, row) => {
    for (let d = 0; d < shift.length; d++) {
      shift[d] += change[g] * space.loadings[row * shift.length + d];
    }
  });
  const pValues = change.map((value, g) => {
    const error = spread[g] * Math.sqrt(2 / cells);
    if (error > 0) return erfc(Math.abs(value) / error / Math.SQRT2);
    return value === 0 ? 1 : 0;
  });
  return {
    mean: mean.map((value, g) => value + change[g]),
    change,
    adjusted: adjustPValues(pValues),
    points: { ...points, values: points.values.map((x, i) => x + shift[i % points.dims]) },
  };
}

/** Compares predicted with real cells. Error: cancelled. */
export async function scoreCells(
  screen: PreparedScreen,
  truth: Truth,
  predicted: PredictedCells,
  pacer = new Pacer(),
): Promise<PerturbScores> {
  const areas = curveAreas(
    Array.from(predicted.adjusted, (p) => -Math.log10(Math.max(p, Number.MIN_VALUE))),
    Array.from(truth.adjusted, (p) => p < CHANGED_BELOW),
  );
  const place = new Map(screen.genes.map((name, g) => [name, g]));
  const perturbed = truth.members.flatMap((name) => place.get(name) ?? []);
  return {
    pearsonDelta: correlation(predicted.change, truth.change),
    overlap: sharedTop(predicted, truth, 'overlap'),
    direction: directionShare(predicted, truth),
    discrimination:
      truth.all.length < 3
        ? null
        : discrimination(
            predicted.change,
            truth.all,
            truth.own,
            { distance: 'l1', absolute: false },
            new Set(perturbed),
          ),
    ...profileErrors(predicted.mean, truth.mean),
    prAuc: areas?.precisionRecall ?? null,
    ...(await cloudGap(predicted.points, truth.points, truth.within, pacer)),
  };
}

/** What scoring may be told. */
export interface ScoreOptions {
  /** Changes that simple rules know; those of training cells when left out. */
  readonly known?: readonly KnownChange[];
  readonly pacer?: Pacer;
}

/**
 * Scores of the model (when its cells are given), of every simple rule that has an answer, and of one half of the real cells against the
 * other. Empty when there are too few real cells. Error: cancelled.
 */
export async function scoreAsk(
  screen: PreparedScreen,
  { members, context }: ScoredAsk,
  model: PredictedCells | null,
  { known = knownChanges(screen), pacer = new Pacer() }: ScoreOptions = {},
): Promise<ScoredPrediction[]> {
  const truth = await truthOf(screen, members, context, pacer);
  if (truth === null) return [];
  const key = keyOfMembers(members);
  const labels = screen.sets.map(({ label }) => label);
  const entry = (predictor: Predictor, scores: PerturbScores, cells: number): ScoredPrediction => ({
    predictor,
    label: labelOf(members, screen.labels, labels),
    context: context ?? '',
    cells,
    seen: screen.rows(key, context, 'training').length > 0,
    scores,
  });
  const out: ScoredPrediction[] = [];
  const cells = truth.rows.length;
  if (model) out.push(entry('model', await scoreCells(screen, truth, model, pacer), cells));
  const controls = await movableControls(screen, context, pacer);
  const moves = baselineChanges(screen, known, members, context);
  for (const [name, change] of Object.entries(moves)) {
    const moved = moveControls(controls, change, screen);
    const scores = await scoreCells(screen, truth, moved, pacer);
    out.push(entry(name as Predictor, scores, cells));
  }
  const floor = await floorScores(screen, truth, context, pacer);
  if (floor) out.push(entry('floor', floor, Math.floor(cells / 2)));
  return out;
}

async function floorScores(
  screen: PreparedScreen,
  truth: Truth,
  context: string | null,
  pacer: Pacer,
): Promise<PerturbScores | null> {
  const halves = await halvesOf(screen, truth, context, pacer);
  if (halves === null) return null;
  const first = await describeRows(screen, context, screen.logs, halves.first, pacer);
  return scoreCells(screen, halves.second, first, pacer);
}
