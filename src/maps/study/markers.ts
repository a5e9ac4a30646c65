/** @file Marker genes: every gene tested between two sets of cells, the highest and the lowest returned. */
import type { Marker, MarkerRequest, MarkerTable } from '../../protocol/study.ts';
import type { Pacer } from '../pacer.ts';
import { adjustPValues, rankSum } from './rank-sum.ts';
import { gatherLogValues, membersOf, type StudyCells } from './study-cells.ts';

/** Keeps a ratio of means finite, as in scanpy. */
const FOLD_FLOOR = 1e-9;

/**
 * Tests all genes (those that both kinds have when kinds are compared) by rank sums of log(1 + count per 10,000), Benjamini–Hochberg over
 * all of them. Ties in the score keep the file's order. Error: cancelled.
 */
export async function findMarkers(
  study: StudyCells,
  request: MarkerRequest,
  pacer: Pacer,
): Promise<MarkerTable> {
  const { cells, others, tieCorrect, most } = request;
  const shared = cells.kind !== others.kind || cells.kind === 'synthetic';
  const genes = shared ? study.sharedGenes : study.allGenes;
  const own = side(study, cells, shared);
  const other = side(study, others, shared);
  const score = new Float64Array(genes.length);
  const pValues = new Float64Array(genes.length);
  const facts: Omit<Marker, 'gene' | 'score' | 'pValue' | 'adjusted'>[] = [];
  for (let g = 0; g < genes.length; g++) {
    if (pacer.due()) await pacer.rest();
    const mine = own.gene(genes[g]);
    const theirs = other.gene(genes[g]);
    const test = rankSum(mine, own.cells, theirs, other.cells, tieCorrect);
    score[g] = test.score;
    pValues[g] = test.pValue;
    const mean = sum(mine) / own.cells;
    const otherMean = sum(theirs) / other.cells;
    facts.push({
      logFold: Math.log2((Math.expm1(mean) + FOLD_FLOOR) / (Math.expm1(otherMean) + FOLD_FLOOR)),
      fraction: mine.length / own.cells,
      otherFraction: theirs.length / other.cells,
      mean,
      otherMean,
    });
  }
  const adjusted = adjustPValues(pValues);
  const order = Uint32Array.from(genes, (_, g) => g).sort((x, y) => score[y] - score[x] || x - y);
  const row = (g: number): Marker => ({
    gene: genes[g],
    score: score[g],
    pValue: pValues[g],
    adjusted: adjusted[g],
    ...facts[g],
  });
  return {
    tested: genes.length,
    cells: own.cells,
    others: other.cells,
    up: Array.from(order.subarray(0, most), row),
    down: Array.from(order.subarray(Math.max(0, order.length - most)).reverse(), row),
  };
}

/** One side of the test: sorted stored values of a gene, in a buffer that is used again. */
function side(study: StudyCells, set: MarkerRequest['cells'], shared: boolean) {
  const kind = study.kind(set.kind);
  const cells = kind?.cells ?? 0;
  const members = membersOf(set, cells);
  const scale = study.scale(set.kind, shared);
  const buffer = new Float32Array(cells);
  return {
    cells: members.reduce((count, own) => count + own, 0),
    gene: (gene: number): Float32Array =>
      kind
        ? buffer.subarray(0, gatherLogValues(kind, gene, scale, members, buffer)).sort()
        : buffer.subarray(0, 0),
  };
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
