/** @file What counts look like, cell by cell and gene by gene, without any space: where generators differ most from real cells. */
import { rowSums, selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import { Pacer } from '../maps/pacer.ts';
import { wasserstein1d } from '../numerics/statistics.ts';
import type { Measures } from '../protocol/judge.ts';

/** Per-cell facts of counts. */
export interface CellFacts {
  /** Genes without counts. */
  readonly zeros: Float64Array;
  /** Natural log of total counts (at least 1). */
  readonly logLibrary: Float64Array;
}

/** Zeros and library size of every cell. */
export function cellFacts(counts: CsrMatrix): CellFacts {
  return {
    zeros: Float64Array.from({ length: counts.rows }, (_, r) => {
      return counts.cols - (counts.indptr[r + 1] - counts.indptr[r]);
    }),
    logLibrary: rowSums(counts).map((sum) => Math.log(Math.max(sum, 1))),
  };
}

/** Facts of some cells, in the order given. */
export function pickFacts(facts: CellFacts, rows: ArrayLike<number>): CellFacts {
  const pick = (all: Float64Array): Float64Array =>
    Float64Array.from({ length: rows.length }, (_, i) => all[rows[i]]);
  return { zeros: pick(facts.zeros), logLibrary: pick(facts.logLibrary) };
}

function meanOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Mean of the first list minus mean of the second. */
export function meanShift(a: Float64Array, b: Float64Array): number {
  return meanOf(a) - meanOf(b);
}

/** Zeros, detected genes and library sizes of two sets of cells. */
export function compareFacts(real: CellFacts, other: CellFacts): Measures {
  return {
    zeros: wasserstein1d(real.zeros, other.zeros),
    detectedShift: meanShift(real.zeros, other.zeros),
    logLibrary: wasserstein1d(real.logLibrary, other.logLibrary),
    libraryShift: meanShift(other.logLibrary, real.logLibrary),
  };
}

/** Sums over some cells from which every per-gene fact follows; sums of several parts of a set can be added. */
export interface GeneSums {
  readonly cells: number;
  /** Per gene, of log-normalised expression: sum and sum of squares. */
  readonly log: Float64Array;
  readonly squares: Float64Array;
  /** Per gene: sum of counts per 10,000, and cells with counts. */
  readonly normalised: Float64Array;
  readonly seen: Float64Array;
  /** Per panel: sums [genes] and products [genes · genes] (upper half) of its genes' log expression. */
  readonly panels: readonly { readonly sums: Float64Array; readonly products: Float64Array }[];
}

/**
 * Sums over every `parts`-th cell, one for each part.
 *
 * @param log log1p(CP10k) @param panels ascending columns whose correlations are wanted
 */
export async function sumGenes(
  log: CsrMatrix,
  panels: readonly ArrayLike<number>[],
  parts = 1,
  pacer = new Pacer(),
): Promise<GeneSums[]> {
  const { rows, cols, indptr, indices, values } = log;
  const out = Array.from({ length: parts }, () => ({
    cells: 0,
    log: new Float64Array(cols),
    squares: new Float64Array(cols),
    normalised: new Float64Array(cols),
    seen: new Float64Array(cols),
    panels: panels.map(({ length }) => ({
      sums: new Float64Array(length),
      products: new Float64Array(length * length),
    })),
  }));
  for (let r = 0; r < rows; r++) {
    if (r % 32 === 0 && pacer.due()) await pacer.rest();
    const own = out[r % parts];
    own.cells++;
    for (let e = indptr[r]; e < indptr[r + 1]; e++) {
      const g = indices[e];
      own.log[g] += values[e];
      own.squares[g] += values[e] * values[e];
      own.normalised[g] += Math.expm1(values[e]);
      own.seen[g]++;
    }
  }
  for (const [p, columns] of panels.entries()) {
    const chosen = selectColumns(log, columns);
    for (let r = 0; r < rows; r++) {
      if (r % 32 === 0 && pacer.due()) await pacer.rest();
      addProducts(chosen, r, out[r % parts].panels[p]);
    }
  }
  return out;
}

function addProducts(
  { cols, indptr, indices, values }: CsrMatrix,
  r: number,
  { sums, products }: GeneSums['panels'][number],
): void {
  const end = indptr[r + 1];
  for (let a = indptr[r]; a < end; a++) {
    const value = values[a];
    sums[indices[a]] += value;
    const at = indices[a] * cols;
    for (let b = a; b < end; b++) products[at + indices[b]] += value * values[b];
  }
}

/** Per-gene facts of a set of cells. */
export interface GeneFacts {
  /** Variance over mean of log-normalised expression; 0 where the mean is 0. */
  readonly varianceOverMean: Float64Array;
  /** log1p of mean counts per 10,000. */
  readonly logMean: Float64Array;
  readonly zeroFraction: Float64Array;
  /** Correlations [genes · genes] of each panel; 0 with a gene that does not vary. */
  readonly correlations: readonly Float64Array[];
}

/** Facts of the cells of some parts together; a part may be given more than once. */
export function geneFacts(parts: readonly GeneSums[]): GeneFacts {
  const cells = parts.reduce((sum, part) => sum + part.cells, 0);
  const repeats = new Map<GeneSums, number>();
  for (const part of parts) repeats.set(part, (repeats.get(part) ?? 0) + 1);
  const total = (pick: (part: GeneSums) => Float64Array): Float64Array => {
    const sum = new Float64Array(pick(parts[0]).length);
    for (const [part, times] of repeats) {
      const own = pick(part);
      for (let k = 0; k < own.length; k++) sum[k] += times * own[k];
    }
    return sum;
  };
  // Only the upper halves of products hold anything.
  const totalUpper = (pick: (part: GeneSums) => Float64Array, genes: number): Float64Array => {
    const sum = new Float64Array(genes * genes);
    for (const [part, times] of repeats) {
      const own = pick(part);
      for (let a = 0; a < genes; a++) {
        const end = (a + 1) * genes;
        for (let k = a * genes + a; k < end; k++) sum[k] += times * own[k];
      }
    }
    return sum;
  };
  const mean = total((part) => part.log).map((sum) => sum / cells);
  const squares = total((part) => part.squares);
  return {
    varianceOverMean: mean.map((m, g) => (m > 0 ? Math.max(0, squares[g] / cells - m * m) / m : 0)),
    logMean: total((part) => part.normalised).map((sum) => Math.log1p(sum / cells)),
    zeroFraction: total((part) => part.seen).map((n) => 1 - n / cells),
    correlations: parts[0].panels.map(({ sums }, p) =>
      correlationsOf(
        total((part) => part.panels[p].sums),
        totalUpper((part) => part.panels[p].products, sums.length),
        cells,
      ),
    ),
  };
}

function correlationsOf(sums: Float64Array, products: Float64Array, cells: number): Float64Array {
  const n = sums.length;
  const covariance = (a: number, b: number): number =>
    products[a * n + b] - (sums[a] * sums[b]) / cells;
  const spread = Float64Array.from(sums, (_, a) => Math.sqrt(Math.max(0, covariance(a, a))));
  const out = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = a; b < n; b++) {
      const scale = spread[a] * spread[b];
      const r = scale > 1e-9 ? covariance(a, b) / scale : 0;
      out[a * n + b] = r;
      out[b * n + a] = r;
    }
  }
  return out;
}

/** Mean absolute difference of two equally long lists. */
export function meanGap(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/** Pearson correlation of two equally long lists. */
export function pearson(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [meanOf(a), meanOf(b)];
  let [top, va, vb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    top += (a[i] - ma) * (b[i] - mb);
    va += (a[i] - ma) ** 2;
    vb += (b[i] - mb) ** 2;
  }
  return top / Math.sqrt(va * vb);
}

/** Genes of two sets of cells compared; the first panel holds expressed genes, the second (if any) marker genes. */
export function compareGenes(real: GeneFacts, other: GeneFacts): Measures {
  const [expressed, markers] = real.correlations.map((own, p) =>
    meanGap(own, other.correlations[p]),
  );
  return {
    varianceOverMean: wasserstein1d(real.varianceOverMean, other.varianceOverMean),
    zeroFraction: meanGap(real.zeroFraction, other.zeroFraction),
    geneMeans: pearson(real.logMean, other.logMean),
    geneCorrelation: expressed,
    ...(markers === undefined ? {} : { markerCorrelation: markers }),
  };
}
