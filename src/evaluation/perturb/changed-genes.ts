/** @file Which genes differ between two sets of cells, and by how much: rank sums, adjusted; changes of mean expression. */
import { adjustPValues, rankSum } from '../../maps/study/rank-sum.ts';
import { Pacer } from '../../maps/pacer.ts';
import { selectRows, transposeCsr, type CsrMatrix } from '../../numerics/csr.ts';

/** Cells by genes, gene by gene: row g holds the stored values of gene g, ascending in each. */
export interface GeneValues {
  readonly cells: number;
  readonly genes: number;
  /** Start of each gene's values, [genes + 1]. */
  readonly from: Uint32Array;
  /** Stored (non-zero) values, ascending within a gene. */
  readonly values: Float32Array;
}

/** Sorted values of every gene over some cells of log-normalised values. */
export function geneValues(logs: CsrMatrix, rows?: ArrayLike<number>): GeneValues {
  const turned = transposeCsr(rows === undefined ? logs : selectRows(logs, rows));
  for (let g = 0; g < turned.rows; g++) {
    turned.values.subarray(turned.indptr[g], turned.indptr[g + 1]).sort();
  }
  return { cells: turned.cols, genes: turned.rows, from: turned.indptr, values: turned.values };
}

function valuesOf(of: GeneValues, g: number): Float32Array {
  return of.values.subarray(of.from[g], of.from[g + 1]);
}

/** Values with their zeros, moved up so that all are above 0: what the rank sum asks of values that can be negative. */
function lifted(of: GeneValues, g: number, by: number): Float32Array {
  const out = new Float32Array(of.cells);
  out.set(valuesOf(of, g));
  return out.map((value) => value + by).sort();
}

/**
 * Two-sided p of every gene by rank sums, with tie and continuity corrections (as scipy's asymptotic mannwhitneyu); 1 where no value
 * differs. Values may be negative. Error: cancelled.
 */
export async function rankSumPValues(
  first: GeneValues,
  second: GeneValues,
  pacer = new Pacer(),
): Promise<Float64Array> {
  const pValues = new Float64Array(first.genes);
  for (let g = 0; g < first.genes; g++) {
    if (g % 16 === 0 && pacer.due()) await pacer.rest();
    let [a, b] = [valuesOf(first, g), valuesOf(second, g)];
    const least = Math.min(a.length > 0 ? a[0] : 0, b.length > 0 ? b[0] : 0);
    if (least < 0) [a, b] = [lifted(first, g, 1 - least), lifted(second, g, 1 - least)];
    pValues[g] = rankSum(a, first.cells, b, second.cells, true, true).pValue;
  }
  return pValues;
}

/** Mean values, and mean counts per 10,000 that they stand for, of every gene over some cells. */
export interface GeneMeans {
  /** Mean of log1p(CP10k). */
  readonly log: Float64Array;
  /** Mean of CP10k. */
  readonly linear: Float64Array;
}

/** Means of every gene over cells. */
export function geneMeans({ cells, genes, from, values }: GeneValues): GeneMeans {
  const [log, linear] = [new Float64Array(genes), new Float64Array(genes)];
  for (let g = 0; g < genes; g++) {
    for (let e = from[g]; e < from[g + 1]; e++) {
      log[g] += values[e];
      linear[g] += Math.expm1(values[e]);
    }
    log[g] /= cells;
    linear[g] /= cells;
  }
  return { log, linear };
}

/** Change of every gene, ln((1 + mean CP10k) / (1 + mean CP10k of control)): finite also where a gene is silent on one side. */
export function logChanges(cells: GeneMeans, control: GeneMeans): Float64Array {
  return cells.linear.map((mean, g) => Math.log1p(mean) - Math.log1p(control.linear[g]));
}

/** Adjusted p of every gene, Benjamini–Hochberg over the genes of this one comparison. Error: cancelled. */
export async function adjustedChanges(
  cells: GeneValues,
  control: GeneValues,
  pacer = new Pacer(),
): Promise<Float64Array> {
  return adjustPValues(await rankSumPValues(cells, control, pacer));
}
