/** @file Marker genes: which genes tell a category apart in real cells, and are they found again in other cells? */
import type { CsrMatrix } from '../numerics/csr.ts';
import { pearson } from './gene-statistics.ts';

/** Best genes of each category that are looked for again. */
const MARKERS = 20;
/** Fewest cells inside and outside a category. */
const FEWEST = 10;
/** Marker genes whose correlations are compared at most. */
const MOST_CORRELATED = 200;

/** The marker genes of one category. */
interface Marked {
  readonly code: number;
  /** Best first. */
  readonly genes: Int32Array;
  /** Difference of mean log expression, category minus the rest, of each of them. */
  readonly folds: Float64Array;
}

/** Marker genes of every category with enough cells, and a panel of all of them (best first, up to 200; ascending). */
export interface MarkerPanel {
  readonly categories: readonly Marked[];
  readonly panel: Int32Array;
}

interface ClassSums {
  readonly cells: Float64Array;
  /** [classes · genes] */
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

function sumClasses(log: CsrMatrix, codes: ArrayLike<number>, classes: number): ClassSums {
  const out = {
    cells: new Float64Array(classes),
    sums: new Float64Array(classes * log.cols),
    squares: new Float64Array(classes * log.cols),
  };
  for (let r = 0; r < log.rows; r++) {
    if (codes[r] < 0) continue;
    out.cells[codes[r]]++;
    const at = codes[r] * log.cols;
    for (let e = log.indptr[r]; e < log.indptr[r + 1]; e++) {
      out.sums[at + log.indices[e]] += log.values[e];
      out.squares[at + log.indices[e]] += log.values[e] ** 2;
    }
  }
  return out;
}

/** Welch's t and the difference of means of every gene, each class with enough cells against all others. */
function contrast(log: CsrMatrix, codes: ArrayLike<number>, classes: number) {
  const genes = log.cols;
  const { cells, sums, squares } = sumClasses(log, codes, classes);
  const all = cells.reduce((a, b) => a + b, 0);
  const [total, totalSquares] = [new Float64Array(genes), new Float64Array(genes)];
  for (let k = 0; k < sums.length; k++) {
    total[k % genes] += sums[k];
    totalSquares[k % genes] += squares[k];
  }
  return [...cells.keys()].flatMap((code) => {
    const [n, m] = [cells[code], all - cells[code]];
    if (n < FEWEST || m < FEWEST) return [];
    const folds = new Float64Array(genes);
    const scores = new Float64Array(genes);
    for (let g = 0; g < genes; g++) {
      const [s, q] = [sums[code * genes + g], squares[code * genes + g]];
      const [own, rest] = [s / n, (total[g] - s) / m];
      const spread =
        Math.max(0, q / n - own * own) / (n - 1) +
        Math.max(0, (totalSquares[g] - q) / m - rest * rest) / (m - 1);
      folds[g] = own - rest;
      scores[g] = spread > 0 ? folds[g] / Math.sqrt(spread) : 0;
    }
    return [{ code, folds, scores }];
  });
}

function bestGenes(scores: Float64Array): Int32Array {
  return Int32Array.from(scores.keys())
    .sort((a, b) => scores[b] - scores[a] || a - b)
    .slice(0, MARKERS)
    .filter((g) => scores[g] > 0);
}

/** Chooses markers in real cells. @param log log1p(CP10k) @param codes category of each cell, −1 missing */
export function chooseMarkers(
  log: CsrMatrix,
  codes: ArrayLike<number>,
  classes: number,
): MarkerPanel {
  const categories = contrast(log, codes, classes).map(({ code, folds, scores }) => {
    const genes = bestGenes(scores);
    return { code, genes, folds: Float64Array.from(genes, (g) => folds[g]) };
  });
  const panel = new Set<number>();
  for (let rank = 0; rank < MARKERS; rank++) {
    for (const { genes } of categories) {
      if (rank < genes.length && panel.size < MOST_CORRELATED) panel.add(genes[rank]);
    }
  }
  return { categories, panel: Int32Array.from(panel).sort() };
}

/** Markers looked for in other cells. */
export interface FoundMarkers {
  /** 1 for each marker that is among the best genes again, category by category. */
  readonly marks: Uint8Array;
  /** Pearson correlation of the markers' fold changes. */
  readonly folds: number;
}

/** Looks for the markers in cells; null when no category has enough of them. */
export function findMarkers(
  { categories }: MarkerPanel,
  log: CsrMatrix,
  codes: ArrayLike<number>,
  classes: number,
): FoundMarkers | null {
  const marks: number[] = [];
  const [known, own]: [number[], number[]] = [[], []];
  for (const { code, folds, scores } of contrast(log, codes, classes)) {
    const wanted = categories.find((marked) => marked.code === code);
    if (!wanted) continue;
    const best = new Set(bestGenes(scores));
    wanted.genes.forEach((g, k) => {
      marks.push(best.has(g) ? 1 : 0);
      known.push(wanted.folds[k]);
      own.push(folds[g]);
    });
  }
  if (marks.length === 0) return null;
  return {
    marks: Uint8Array.from(marks),
    folds: pearson(Float64Array.from(known), Float64Array.from(own)),
  };
}
