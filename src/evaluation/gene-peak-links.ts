/** @file Do generated cells keep what ties a gene to the peaks beside it? Correlations over cells, real against generated. */
import {
  columnCounts,
  rowSums,
  selectRows,
  transposeCsr,
  type CsrMatrix,
} from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type { LinkAgreement, LinkVerdict } from '../protocol/peaks.ts';
import { splitHalves, takeSome } from './draws.ts';
import { meanGap, pearson } from './gene-statistics.ts';

/** A stretch of the genome. */
export interface Place {
  readonly chromosome: string;
  readonly from: number;
  readonly to: number;
}

/** Reads "chr1:100-200" (or with "-" or "_" between all three); null when it is none. */
export function parsePlace(text: string): Place | null {
  const found = /^(\w+)[:_-](\d+)[-_](\d+)$/.exec(text);
  return found && { chromosome: found[1], from: Number(found[2]), to: Number(found[3]) };
}

/** Cells with both kinds of features, row by row the same cells. */
export interface BothKinds {
  readonly genes: CsrMatrix;
  /** 0 and 1. */
  readonly peaks: CsrMatrix;
}

/** What is compared. */
export interface LinkRequest {
  readonly heldOut: BothKinds;
  readonly synthetic: BothKinds;
  /** Cells that the generated ones were learnt from, for the floor; null: no floor. */
  readonly training: BothKinds | null;
  readonly geneNames: readonly string[];
  readonly peakNames: readonly string[];
  /** Places of genes and peaks; null where unknown. */
  readonly genePlaces: readonly (Place | null)[];
  readonly peakPlaces: readonly (Place | null)[];
  readonly seed: number;
}

const NEAR = 100_000;
const LEAST_SHARE = 0.05;
const PER_CELL = 1e4;
const SHOWN = 10;

/** Compares correlations of genes with near peaks; null when fewer than three pairs have known places. */
export function compareLinks(request: LinkRequest): LinkVerdict | null {
  const { heldOut, synthetic, training, seed } = request;
  const pairs = nearPairs(request);
  if (pairs.length < 3) return null;
  const random = createRandom(seed, 23);
  const pool = training === null ? null : splitHalves(training.genes.rows, seed).draw;
  const cells = Math.min(heldOut.genes.rows, synthetic.genes.rows, pool?.length ?? Infinity);
  const every = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
  const pick = ({ genes, peaks }: BothKinds, from: Int32Array): BothKinds => {
    const rows = takeSome(random, from, cells);
    return { genes: selectRows(genes, rows), peaks: selectRows(peaks, rows) };
  };
  const own = pick(heldOut, every(heldOut.genes.rows));
  const made = pick(synthetic, every(synthetic.genes.rows));
  const real = correlations(own, pairs);
  const generated = correlations(made, pairs);
  const shuffled = selectRows(made.genes, Int32Array.from(random.permutation(cells)));
  const agree = (other: Float64Array): LinkAgreement => ({
    correlation: pearson(real, other),
    difference: meanGap(real, other),
  });
  const floor =
    training === null || pool === null ? null : agree(correlations(pick(training, pool), pairs));
  const order = [...pairs.keys()].sort((a, b) => Math.abs(real[b]) - Math.abs(real[a]));
  return {
    pairs: pairs.length,
    cells,
    synthetic: agree(generated),
    floor,
    untied: agree(correlations({ genes: shuffled, peaks: made.peaks }, pairs)),
    strongest: order.slice(0, SHOWN).map((at) => ({
      gene: request.geneNames[pairs[at][0]],
      peak: request.peakNames[pairs[at][1]],
      real: real[at],
      synthetic: generated[at],
    })),
  };
}

/** Pairs [gene, peak] that are near and seen often enough in the real cells. */
function nearPairs({ heldOut, genePlaces, peakPlaces }: LinkRequest): [number, number][] {
  const often = (counts: CsrMatrix): boolean[] =>
    Array.from(columnCounts(counts), (cells) => cells >= LEAST_SHARE * counts.rows);
  const [genes, peaks] = [often(heldOut.genes), often(heldOut.peaks)];
  return genePlaces.flatMap((gene, g) =>
    peakPlaces.flatMap((peak, p): [number, number][] =>
      gene !== null && peak !== null && genes[g] && peaks[p] && near(gene, peak) ? [[g, p]] : [],
    ),
  );
}

function near(a: Place, b: Place): boolean {
  return a.chromosome === b.chromosome && a.from - NEAR <= b.to && b.from - NEAR <= a.to;
}

/** Correlation of every pair over the cells; 0 where one of them never varies. */
function correlations(
  { genes, peaks }: BothKinds,
  pairs: readonly [number, number][],
): Float64Array {
  const libraries = rowSums(genes);
  const [byGene, byPeak] = [transposeCsr(genes), transposeCsr(peaks)];
  const dense = (
    columns: CsrMatrix,
    at: number,
    value: (x: number, cell: number) => number,
  ): Float64Array => {
    const out = new Float64Array(genes.rows);
    for (let k = columns.indptr[at]; k < columns.indptr[at + 1]; k++) {
      out[columns.indices[k]] = value(columns.values[k], columns.indices[k]);
    }
    return out;
  };
  return Float64Array.from(pairs, ([g, p]) => {
    const gene = dense(byGene, g, (x, cell) => Math.log1p((PER_CELL * x) / libraries[cell]));
    const r = pearson(
      gene,
      dense(byPeak, p, (x) => x),
    );
    return Number.isFinite(r) ? r : 0;
  });
}
