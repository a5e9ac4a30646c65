/** @file Loading only the most variable genes: which they are, and the quality measures over all genes while the others pass by. */
import { columnCounts, selectColumns } from '../numerics/csr.ts';
import type { QcColumns } from '../protocol/dataset.ts';
import { readCsr, type ReadOptions } from './csr-reading.ts';
import { pickVariableGenes } from './hvg.ts';
import { sampleRuns } from './load-estimate.ts';
import { storeWidth, type MatrixStore } from './matrix-parts.ts';

/** Cells from which the genes are chosen. */
const judgedCells = 10_000;
/** A gene must be found in so many of them. */
const fewestCells = 3;

/**
 * The `wanted` most variable genes (seurat_v3) over a sample of cells, ascending; null when all are to be kept.
 *
 * @param batchOf batch of each cell of the matrix, when batches choose for themselves
 */
export async function pickKeptGenes(
  store: MatrixStore,
  wanted: number | undefined,
  options: Pick<ReadOptions, 'convert' | 'signal'>,
  batchOf: ((cell: number) => number) | null = null,
): Promise<Int32Array | null> {
  if (wanted === undefined || wanted >= storeWidth(store)) return null;
  const cells = sampleRuns(store.shape[0], judgedCells);
  const counts = await readCsr(store, { ...options, cells });
  const seen = columnCounts(counts);
  const found = Int32Array.from(seen.keys()).filter((gene) => seen[gene] >= fewestCells);
  if (found.length <= wanted) return found;
  const picked = pickVariableGenes(
    selectColumns(counts, found),
    Math.max(2, wanted),
    batchOf && Array.from(cells, batchOf),
  );
  return picked.map((position) => found[position]);
}

/** Quality measures gathered entry by entry, as `measureCells` and `measureGenes` make them of a whole matrix. */
export class QcTally {
  private readonly counts: Float64Array;
  private readonly genes: Float32Array;
  private readonly markedCounts: Float64Array | null;
  private readonly cellsOfGene: Float32Array;

  /** @param marked 1 for mitochondrial genes */
  constructor(
    cells: number,
    genes: number,
    private readonly marked: Uint8Array,
  ) {
    this.counts = new Float64Array(cells);
    this.genes = new Float32Array(cells);
    this.markedCounts = marked.includes(1) ? new Float64Array(cells) : null;
    this.cellsOfGene = new Float32Array(genes);
  }

  readonly add = (value: number, row: number, gene: number): void => {
    this.counts[row] += value;
    this.genes[row]++;
    this.cellsOfGene[gene]++;
    if (this.markedCounts !== null && this.marked[gene] === 1) this.markedCounts[row] += value;
  };

  cellMeasures(): QcColumns {
    const { counts, genes, markedCounts } = this;
    const share = markedCounts?.map((sum, row) => (sum > 0 ? (100 * sum) / counts[row] : 0));
    return {
      counts: Float32Array.from(counts),
      genes,
      mito: share ? Float32Array.from(share) : null,
    };
  }

  /** Cells with a count of each gene. */
  allGenes(): Float32Array {
    return this.cellsOfGene;
  }

  /** Cells with a count of each of these genes. */
  geneMeasures(genes: Int32Array): Float32Array {
    return Float32Array.from(genes, (gene) => this.cellsOfGene[gene]);
  }
}
