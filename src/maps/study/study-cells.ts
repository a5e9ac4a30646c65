/** @file Counts of some cells, arranged by gene, with each cell's scale: what every question of a study reads. */
import { transposeCsr, type CsrMatrix } from '../../numerics/csr.ts';
import type { CellSet } from '../../protocol/study.ts';

const TARGET_SUM = 1e4;

/** One kind of cells: counts by gene [genes, cells] and the genes' places. */
export interface KindOfCells {
  readonly byGene: CsrMatrix;
  /** Row of `byGene` for each gene of the file; −1 where there is none. */
  readonly rowOf: Int32Array;
  readonly cells: number;
}

/** Counts of real and synthetic cells over the genes of one file. */
export class StudyCells {
  readonly real: KindOfCells;
  readonly synthetic: KindOfCells | null;
  /** Genes (positions in the file) that both kinds have, ascending; all without synthetic cells. */
  readonly sharedGenes: Int32Array;
  readonly allGenes: Int32Array;
  private readonly allScale: Float64Array;
  private readonly sharedScale: Readonly<Record<'real' | 'synthetic', Float64Array>>;
  /** Total counts and detected genes per cell over the shared genes. */
  readonly totals: Readonly<Record<'real' | 'synthetic', Float32Array>>;
  readonly detected: Readonly<Record<'real' | 'synthetic', Float32Array>>;

  /** @param real counts by cell, or the kind of an earlier study */
  constructor(
    real: CsrMatrix | KindOfCells,
    synthetic: CsrMatrix | null,
    geneIndex: Int32Array | null,
  ) {
    this.real = 'byGene' in real ? real : allGenesOf(real);
    const genes = this.real.byGene.rows;
    this.allGenes = this.real.rowOf;
    if (synthetic && geneIndex) {
      const rowOf = new Int32Array(genes).fill(-1);
      geneIndex.forEach((gene, row) => {
        if (gene >= 0) rowOf[gene] = row;
      });
      this.synthetic = { byGene: transposeCsr(synthetic), rowOf, cells: synthetic.rows };
      this.sharedGenes = geneIndex.filter((gene) => gene >= 0).sort();
    } else {
      this.synthetic = null;
      this.sharedGenes = this.allGenes;
    }
    const own = sumsOf(this.real, this.sharedGenes);
    const made = this.synthetic ? sumsOf(this.synthetic, this.sharedGenes) : noSums;
    this.totals = { real: own.totals, synthetic: made.totals };
    this.detected = { real: own.detected, synthetic: made.detected };
    this.sharedScale = { real: scaleOf(own.totals), synthetic: scaleOf(made.totals) };
    this.allScale = this.synthetic
      ? scaleOf(sumsOf(this.real, this.allGenes).totals)
      : this.sharedScale.real;
  }

  /** The cells of a kind; null when none were loaded. */
  kind(name: 'real' | 'synthetic'): KindOfCells | null {
    return name === 'real' ? this.real : this.synthetic;
  }

  /** Factor that brings each cell's counts to 10,000, over the shared genes or (real cells only) all. */
  scale(name: 'real' | 'synthetic', shared: boolean): Float64Array {
    return shared || name === 'synthetic' ? this.sharedScale[name] : this.allScale;
  }
}

/** Counts by gene of cells that have every gene of the file. */
function allGenesOf(counts: CsrMatrix): KindOfCells {
  const rowOf = Int32Array.from({ length: counts.cols }, (_, gene) => gene);
  return { byGene: transposeCsr(counts), rowOf, cells: counts.rows };
}

/** Position of each loaded cell in a set: 1 where it belongs to it. */
export function membersOf({ rows }: CellSet, cells: number): Uint8Array {
  const members = new Uint8Array(cells);
  for (const row of rows) members[row] = 1;
  return members;
}

const noSums = { totals: new Float32Array(0), detected: new Float32Array(0) };

function sumsOf(
  { byGene, rowOf, cells }: KindOfCells,
  genes: Int32Array,
): { readonly totals: Float32Array; readonly detected: Float32Array } {
  const sums = new Float64Array(cells);
  const detected = new Float32Array(cells);
  const { indptr, indices, values } = byGene;
  for (const gene of genes) {
    const row = rowOf[gene];
    if (row < 0) continue;
    for (let e = indptr[row]; e < indptr[row + 1]; e++) {
      sums[indices[e]] += values[e];
      detected[indices[e]]++;
    }
  }
  return { totals: Float32Array.from(sums), detected };
}

function scaleOf(totals: Float32Array): Float64Array {
  return Float64Array.from(totals, (total) => (total > 0 ? TARGET_SUM / total : 0));
}

/** log1p of one gene's values over all cells of a kind that are members, non-zero ones only; returns how many there are. */
export function gatherLogValues(
  kind: KindOfCells,
  gene: number,
  scale: Float64Array,
  members: Uint8Array,
  out: Float32Array,
): number {
  const row = kind.rowOf[gene];
  if (row < 0) return 0;
  const { indptr, indices, values } = kind.byGene;
  let found = 0;
  for (let e = indptr[row]; e < indptr[row + 1]; e++) {
    const cell = indices[e];
    if (members[cell] === 1) out[found++] = Math.log1p(values[e] * scale[cell]);
  }
  return found;
}
