/**
 * @file The numbers of cell-eval 0.5.42, with its quirks as choices: what published tables of perturbation models were made with.
 *
 * Its quirks: one correction over all perturbations × genes; fold changes of mean log values; discrimination by sizes without signs;
 * energy distances with diagonals; one area under the precision–recall curve for all perturbations together.
 */
import { adjustPValues } from '../../maps/study/rank-sum.ts';
import { Pacer } from '../../maps/pacer.ts';
import { csrToDense, selectRows, type CsrMatrix } from '../../numerics/csr.ts';
import { cloudOf, measureDistances, type Cloud } from '../distance-table.ts';
import { energyGap } from './cell-distances.ts';
import {
  changedGenes,
  changeRankCorrelation,
  CHANGED_BELOW,
  correlation,
  curveAreas,
  directionShare,
  discrimination,
  profileErrors,
  rankCorrelation,
  recalledShare,
  sharedTop,
  type GeneChanges,
} from './change-metrics.ts';
import { geneMeans, geneValues, rankSumPValues, type GeneMeans } from './changed-genes.ts';

/** Real or predicted cells: log-normalised values and the rows of control and of every perturbation. */
export interface GroupedCells {
  readonly logs: CsrMatrix;
  readonly control: ArrayLike<number>;
  /** The same perturbations in the same order on both sides. */
  readonly groups: readonly ArrayLike<number>[];
}

/** Which quirks are kept. */
export interface CellEvalRules {
  /** Ratio of mean log values (as shipped, whenever a cell's values add up to 15 or more), or of expm1 of them. */
  readonly folds: 'log-means' | 'expm1-means';
  /** Compare sizes of changes in the discrimination score (0.5.42), or the changes with their signs. */
  readonly absolute: boolean;
}

/** As shipped. */
export const shippedRules: CellEvalRules = { folds: 'log-means', absolute: true };

/** cell-eval's numbers for one perturbation; names are its own. */
export type CellEvalRow = Readonly<Record<string, number | null>>;

/** All numbers. */
export interface CellEvalTable {
  readonly rows: readonly CellEvalRow[];
  /** Numbers over all perturbations together. */
  readonly pooled: CellEvalRow;
  /** Fold changes and adjusted p of both sides, [perturbations][genes]. */
  readonly real: readonly GeneChanges[];
  readonly predicted: readonly GeneChanges[];
}

/** Fold changes where a mean is 0, as pdex 0.1.21 writes them. */
const [FOLD_FROM_NOTHING, FOLD_TO_NOTHING] = [20, 1 / 20];
const DEPTHS: readonly (number | null)[] = [null, 50, 100, 200, 500];

interface Side {
  readonly control: GeneMeans;
  readonly means: readonly GeneMeans[];
  readonly changes: readonly GeneChanges[];
}

/** Compares predicted with real cells of several perturbations. Error: cancelled. */
export async function cellEval(
  real: GroupedCells,
  predicted: GroupedCells,
  rules: CellEvalRules = shippedRules,
  pacer = new Pacer(),
): Promise<CellEvalTable> {
  const own = await describeSide(real, rules, pacer);
  const other = await describeSide(predicted, rules, pacer);
  const deltas = (side: Side): Float64Array[] =>
    side.means.map(({ log }) => log.map((mean, g) => mean - side.control.log[g]));
  const [realDeltas, otherDeltas] = [deltas(own), deltas(other)];
  const rows = own.changes.map((change, p): CellEvalRow => {
    const guess = other.changes[p];
    const [means, deltaErrors] = [
      profileErrors(other.means[p].log, own.means[p].log),
      profileErrors(otherDeltas[p], realDeltas[p]),
    ];
    const found = (distance: 'l1' | 'l2' | 'cosine'): number =>
      discrimination(otherDeltas[p], realDeltas, p, { distance, absolute: rules.absolute });
    return {
      ...sharedTops(guess, change),
      de_direction_match: directionShare(guess, change),
      de_spearman_lfc_sig: changeRankCorrelation(guess, change),
      de_sig_genes_recall: recalledShare(guess, change),
      de_nsig_counts_real: changedGenes(change).length,
      de_nsig_counts_pred: changedGenes(guess).length,
      pearson_delta: correlation(otherDeltas[p], realDeltas[p]),
      mse: means.mse,
      mae: means.mae,
      mse_delta: deltaErrors.mse,
      mae_delta: deltaErrors.mae,
      discrimination_score_l1: found('l1'),
      discrimination_score_l2: found('l2'),
      discrimination_score_cosine: found('cosine'),
    };
  });
  return {
    rows,
    pooled: await poolSides(real, predicted, own, other, pacer),
    real: own.changes,
    predicted: other.changes,
  };
}

function sharedTops(guess: GeneChanges, real: GeneChanges): CellEvalRow {
  return Object.fromEntries(
    (['overlap', 'precision'] as const).flatMap((side) =>
      DEPTHS.map((k) => [`${side}_at_${k ?? 'N'}`, sharedTop(guess, real, side, k)]),
    ),
  );
}

async function poolSides(
  real: GroupedCells,
  predicted: GroupedCells,
  own: Side,
  other: Side,
  pacer: Pacer,
): Promise<CellEvalRow> {
  const truth = own.changes.flatMap(({ adjusted }) =>
    Array.from(adjusted, (p) => p < CHANGED_BELOW),
  );
  const scores = other.changes.flatMap(({ adjusted }) =>
    Array.from(adjusted, (p) => -Math.log10(Math.max(p, Number.MIN_VALUE))),
  );
  const areas = curveAreas(scores, truth);
  const counts = (side: Side): number[] => side.changes.map((one) => changedGenes(one).length);
  return {
    pr_auc: areas?.precisionRecall ?? null,
    roc_auc: areas?.receiver ?? null,
    de_spearman_sig: rankCorrelation(counts(own), counts(other)),
    pearson_edistance: correlation(
      await energiesToControl(real, pacer),
      await energiesToControl(predicted, pacer),
    ),
  };
}

async function describeSide(
  { logs, control, groups }: GroupedCells,
  { folds }: CellEvalRules,
  pacer: Pacer,
): Promise<Side> {
  const untreated = geneValues(logs, control);
  const controlMeans = geneMeans(untreated);
  const pValues = new Float64Array(groups.length * logs.cols);
  const means: GeneMeans[] = [];
  for (const [p, rows] of groups.entries()) {
    const cells = geneValues(logs, rows);
    means.push(geneMeans(cells));
    pValues.set(await rankSumPValues(cells, untreated, pacer), p * logs.cols);
  }
  const adjusted = adjustPValues(pValues);
  const scale = ({ log }: GeneMeans): Float64Array =>
    folds === 'log-means' ? log : log.map(Math.expm1);
  const ratios = means.map((own) => foldChanges(scale(own), scale(controlMeans)));
  const changes = ratios.map((fold, p) => ({
    change: fold.map(Math.log2),
    adjusted: adjusted.subarray(p * logs.cols, (p + 1) * logs.cols),
  }));
  return { control: controlMeans, means, changes };
}

function foldChanges(mean: Float64Array, control: Float64Array): Float64Array {
  return mean.map((value, g) => {
    if (control[g] === 0) return value === 0 ? 1 : FOLD_FROM_NOTHING;
    return value === 0 ? FOLD_TO_NOTHING : value / control[g];
  });
}

/** Energy distance of every perturbation's cells to control in the space of all genes, diagonals counted. Error: cancelled. */
export async function energiesToControl(
  { logs, control, groups }: GroupedCells,
  pacer = new Pacer(),
): Promise<number[]> {
  const cloud = (rows: ArrayLike<number>): Cloud =>
    cloudOf(csrToDense(selectRows(logs, rows)), logs.cols);
  const untreated = cloud(control);
  const within = await measureDistances(untreated, untreated, pacer);
  const out: number[] = [];
  for (const rows of groups) {
    const cells = cloud(rows);
    const own = await measureDistances(cells, cells, pacer);
    const between = await measureDistances(cells, untreated, pacer);
    out.push(energyGap(own, within, between, false));
  }
  return out;
}
