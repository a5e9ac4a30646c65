/** @file One gene over all cells, from a column-ordered copy of the counts that is made at the first request. */
import { rowSums, transposeCsr, type CsrMatrix } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';

/** Values of log1p(counts per ten thousand). */
const perCell = 10_000;

/** Fast look-up of genes. The first call sorts all entries by gene; later ones cost as much as the gene has cells. */
export class GeneColumns {
  private byGene: CsrMatrix | null = null;
  private libraries: Float64Array | null = null;
  private readonly positions = new Map<string, number>();

  constructor(
    private readonly counts: CsrMatrix,
    private readonly names: readonly string[],
  ) {
    for (const [i, name] of names.entries()) {
      if (!this.positions.has(name)) this.positions.set(name, i);
    }
  }

  /** Counts or log1p(CP10k) of a gene, [cells]. Upper and lower case may differ. Error: no-gene. */
  column(name: string, scale: 'log' | 'counts'): Float32Array {
    const gene = this.find(name);
    this.byGene ??= transposeCsr(this.counts);
    this.libraries ??= rowSums(this.counts);
    const values = new Float32Array(this.counts.rows);
    const { indptr, indices, values: stored } = this.byGene;
    for (let k = indptr[gene]; k < indptr[gene + 1]; k++) {
      const cell = indices[k];
      const perLibrary = perCell / this.libraries[cell];
      values[cell] = scale === 'counts' ? stored[k] : Math.log1p(stored[k] * perLibrary);
    }
    return values;
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
