/** @file One gene over all cells: from a copy of the counts ordered by gene, or, where that would cost too much memory, row by row. */
import { csrNnz, rowSums, selectColumns, transposeCsr, type CsrMatrix } from '../numerics/csr.ts';
import type { Modality } from '../protocol/dataset.ts';
import { StudioError } from '../protocol/errors.ts';
import { columnsOf, runsOf } from './modalities.ts';

/** Values of log1p(counts per ten thousand). */
const perCell = 10_000;

/** Entries up to which a copy ordered by gene is made: 160 MB. */
const mostCopied = 20_000_000;

/** Fast look-up of genes. Rows of the counts are ascending. */
export class GeneColumns {
  private byGene: CsrMatrix | null = null;
  private libraries: Float64Array | null = null;
  private readonly positions = new Map<string, number>();

  constructor(
    private readonly counts: CsrMatrix,
    private readonly names: readonly string[],
    private readonly most = mostCopied,
    private readonly modalities: readonly Modality[] = [],
  ) {
    for (const [i, name] of names.entries()) {
      if (!this.positions.has(name)) this.positions.set(name, i);
    }
  }

  /**
   * Counts or log1p(CP10k) of a gene, [cells], by the counts of genes alone; for 'log' of a peak 1 where it is there. Upper and lower case
   * may differ. Error: no-gene.
   */
  column(name: string, scale: 'log' | 'counts'): Float32Array {
    const gene = this.find(name);
    const runs = runsOf(this.modalities);
    const run = runs.find(({ from, to }) => gene >= from && gene < to);
    const genes = run?.likelihood === 'negative-binomial' ? run : undefined;
    const { rows } = this.counts;
    const values = new Float32Array(rows);
    if (csrNnz(this.counts) <= this.most) this.fromCopy(gene, values);
    else this.fromRows(gene, values);
    if (scale === 'counts') return values;
    if (run && !genes) return values.map((value) => (value > 0 ? 1 : 0));
    this.libraries ??= rowSums(genes ? selectColumns(this.counts, columnsOf(genes)) : this.counts);
    for (let cell = 0; cell < rows; cell++) {
      if (values[cell] > 0)
        values[cell] = Math.log1p((values[cell] * perCell) / this.libraries[cell]);
    }
    return values;
  }

  private fromCopy(gene: number, values: Float32Array): void {
    this.byGene ??= transposeCsr(this.counts);
    const { indptr, indices, values: stored } = this.byGene;
    for (let k = indptr[gene]; k < indptr[gene + 1]; k++) values[indices[k]] = stored[k];
  }

  /** Looks the gene up in each cell by halving. */
  private fromRows(gene: number, values: Float32Array): void {
    const { rows, indptr, indices, values: stored } = this.counts;
    for (let cell = 0; cell < rows; cell++) {
      let low = indptr[cell];
      let high = indptr[cell + 1];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (indices[middle] < gene) low = middle + 1;
        else high = middle;
      }
      if (low < indptr[cell + 1] && indices[low] === gene) values[cell] = stored[low];
    }
  }

  private find(name: string): number {
    const exact = this.positions.get(name);
    if (exact !== undefined) return exact;
    const lower = name.toLowerCase();
    const position = this.names.findIndex((other) => other.toLowerCase() === lower);
    if (position >= 0) return position;
    throw new StudioError(
      'no-gene',
      `No gene called '${name}'.`,
      `Gene names here look like ${this.names[0]}.`,
      { gene: name },
    );
  }
}
