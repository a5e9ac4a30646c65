/** @file Gene-wise mean and variance of counts, real and synthetic, for the plot of one against the other. */
import type { CsrMatrix } from '../../numerics/csr.ts';
import type { GeneMoments } from '../../protocol/study.ts';
import type { StudyCells } from './study-cells.ts';

/** Mean and variance (n − 1) of every shared gene; NaN for a kind without cells. */
export function geneMoments(study: StudyCells): GeneMoments {
  const genes = study.sharedGenes.slice();
  const real = momentsOf(study.real.byGene, study.real.rowOf, study.real.cells, genes);
  const { synthetic } = study;
  const made = synthetic
    ? momentsOf(synthetic.byGene, synthetic.rowOf, synthetic.cells, genes)
    : momentsOf(null, null, 0, genes);
  return {
    genes,
    realMean: real.mean,
    realVariance: real.variance,
    syntheticMean: made.mean,
    syntheticVariance: made.variance,
  };
}

function momentsOf(
  byGene: CsrMatrix | null,
  rowOf: Int32Array | null,
  cells: number,
  genes: Int32Array,
): { readonly mean: Float32Array; readonly variance: Float32Array } {
  const mean = new Float32Array(genes.length).fill(Number.NaN);
  const variance = mean.slice();
  if (!byGene || !rowOf) return { mean, variance };
  genes.forEach((gene, g) => {
    const row = rowOf[gene];
    let sum = 0;
    for (let e = byGene.indptr[row]; e < byGene.indptr[row + 1]; e++) sum += byGene.values[e];
    const middle = sum / cells;
    const stored = byGene.indptr[row + 1] - byGene.indptr[row];
    let squares = (cells - stored) * middle * middle;
    for (let e = byGene.indptr[row]; e < byGene.indptr[row + 1]; e++)
      squares += (byGene.values[e] - middle) ** 2;
    mean[g] = middle;
    variance[g] = cells > 1 ? squares / (cells - 1) : 0;
  });
  return { mean, variance };
}
