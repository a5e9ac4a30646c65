/** @file The measures that cost seconds: exact transport, genes, the trained two-sample classifier; each with its resamples. */
import type { Pacer } from '../maps/pacer.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { Measures } from '../protocol/judge.ts';
import { resampledShares } from './bootstrap.ts';
import { pickTable, type Cloud, type DistanceTable } from './distance-table.ts';
import { compareGenes, geneFacts, sumGenes, type GeneSums } from './gene-statistics.ts';
import { findMarkers, type MarkerPanel } from './markers.ts';
import type { Resamples } from './set-report.ts';
import { moveClouds, squaredTable } from './transport.ts';
import { meanAuc, resampledAuc, scoreFolds } from './two-sample-auc.ts';

/** Measures and, where they were asked for, draws of each. */
export interface Measured {
  readonly measures: Measures;
  readonly resamples: Resamples;
}

const SHARE_DRAWS = 100;
const AUC_DRAWS = 60;
/** Cells are resampled in this many blocks: sums of blocks can be added, so a draw costs no pass over the counts. */
export const geneBlocks = 16;

/** Exact Wasserstein-1 and -2 of the first `most` cells of each side. Error: cancelled. */
export async function compareTransport(
  between: DistanceTable,
  most: number,
  seed: number,
  pacer: Pacer,
): Promise<Measured> {
  const some = (n: number) => Array.from({ length: Math.min(n, most) }, (_, i) => i);
  const whole = Math.max(between.rows, between.cols) <= most;
  const cut = whole ? between : pickTable(between, some(between.rows), some(between.cols));
  const resamples = (rows: Float64Array, cols: Float64Array): Float64Array => {
    const first = resampledShares(rows, SHARE_DRAWS, seed);
    return resampledShares(cols, SHARE_DRAWS, seed + 1).map((value, i) => value + first[i]);
  };
  const [one, two] = await moveClouds([cut, squaredTable(cut)], pacer);
  return {
    measures: { wasserstein1: one.cost, wasserstein2: Math.sqrt(Math.max(0, two.cost)) },
    resamples: {
      wasserstein1: resamples(one.rows, one.cols),
      wasserstein2: resamples(two.rows, two.cols).map((cost) => Math.sqrt(Math.max(0, cost))),
    },
  };
}

/** What is compared of the genes of one set. */
export interface GeneSide {
  /** log1p(CP10k) over all genes. */
  readonly log: CsrMatrix;
  /** Category of each cell in the first attribute; null without attributes. */
  readonly codes: Int32Array | null;
}

/** What decides a comparison of genes. */
export interface GeneSetting {
  readonly panels: readonly ArrayLike<number>[];
  /** Marker genes, and the number of categories; null without attributes. */
  readonly markers: { readonly panel: MarkerPanel; readonly classes: number } | null;
  /** Bootstrap draws. */
  readonly draws: number;
  readonly seed: number;
  readonly pacer: Pacer;
}

/** Genes of a set against the sums of the held-out cells' genes, in blocks when there are several. Error: cancelled. */
export async function compareGeneSets(
  real: readonly GeneSums[],
  other: GeneSide,
  { panels, markers, draws: times, seed, pacer }: GeneSetting,
): Promise<Measured> {
  const sums = await sumGenes(other.log, panels, real.length, pacer);
  const found =
    markers && other.codes && findMarkers(markers.panel, other.log, other.codes, markers.classes);
  const marks = found?.marks ?? new Uint8Array();
  const draws = real.length > 1 ? resampleGenes(real, sums, times, seed) : [];
  const names = ['varianceOverMean', 'zeroFraction', 'geneMeans', 'geneCorrelation', 'markerCorrelation'] as const; // prettier-ignore
  return {
    measures: {
      ...compareGenes(geneFacts(real), geneFacts(sums)),
      ...(found && found.marks.length > 0
        ? { markers: shareOf(marks), markerFolds: found.folds }
        : {}),
    },
    resamples: {
      ...Object.fromEntries(
        names
          .filter((name) => draws[0]?.[name] !== undefined)
          .map((name) => [name, Float64Array.from(draws, (own) => own[name] ?? 0)]),
      ),
      ...(marks.length > 0 ? { markers: resampledShares(marks, SHARE_DRAWS, seed) } : {}),
    },
  };
}

function shareOf(marks: Uint8Array): number {
  return marks.reduce((a, b) => a + b, 0) / marks.length;
}

function resampleGenes(
  real: readonly GeneSums[],
  other: readonly GeneSums[],
  draws: number,
  seed: number,
): Measures[] {
  const random = createRandom(seed, 58);
  const draw = (blocks: readonly GeneSums[]): GeneSums[] =>
    blocks.map(() => blocks[random.integer(blocks.length)]);
  return Array.from({ length: draws }, () =>
    compareGenes(geneFacts(draw(real)), geneFacts(draw(other))),
  );
}

/** The classifier two-sample test; no measure below 5 cells a side. Error: cancelled. */
export async function compareAuc(
  real: Cloud,
  other: Cloud,
  seed: number,
  pacer: Pacer,
): Promise<Measured> {
  const folds = await scoreFolds(real, other, seed, pacer);
  if (folds.length === 0) return { measures: {}, resamples: {} };
  return { measures: { auc: meanAuc(folds) }, resamples: { auc: resampledAuc(folds, AUC_DRAWS, seed) } }; // prettier-ignore
}
