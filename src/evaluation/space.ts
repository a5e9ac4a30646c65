/** @file The space in which distances are measured: log1p(CP10k), 2,000 variable genes, 30 principal components of one half of the training cells. */
import { pickVariableGenes } from '../data/hvg.ts';
import { columnMoments, logNormalise } from '../maps/log-counts.ts';
import { Pacer } from '../maps/pacer.ts';
import { fitExpressionPca, scoreExpression, type Pca } from '../maps/pca.ts';
import { selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import { cloudOf, type Cloud } from './distance-table.ts';

const VARIABLE_GENES = 2000;
const COMPONENTS = 30;
const CORRELATED_GENES = 200;

/** A fitted space. All sets of cells are centred with the same gene means. */
export interface Space {
  /** Columns of the counts that are used, ascending. */
  readonly genes: Int32Array;
  /** The most expressed of them, for correlations; columns of the counts, ascending. */
  readonly top: Int32Array;
  readonly pca: Pca;
}

/** Fits the space on the counts of real cells; nothing measured later may be among them. Error: cancelled. */
export async function fitSpace(
  counts: CsrMatrix,
  seed: number,
  pacer = new Pacer(),
): Promise<Space> {
  const genes =
    counts.cols <= VARIABLE_GENES
      ? Int32Array.from({ length: counts.cols }, (_, g) => g)
      : pickVariableGenes(counts, VARIABLE_GENES);
  const log = selectColumns(await logNormalise(counts, pacer), genes);
  const { mean } = await columnMoments(log, pacer);
  const order = Int32Array.from(mean.keys()).sort((a, b) => mean[b] - mean[a] || a - b);
  const pca = await fitExpressionPca(log, {
    seed,
    components: COMPONENTS,
    genes: genes.length,
    pacer,
  });
  const top = order.slice(0, CORRELATED_GENES).map((g) => genes[g]);
  return { genes, top: top.sort(), pca };
}

/** Log-normalised values of the space's genes; normalised over all genes. Error: cancelled. */
export function spaceGenes(space: Space, log: CsrMatrix): CsrMatrix {
  return selectColumns(log, space.genes);
}

/** Coordinates of cells from their log-normalised values over the space's genes. Error: cancelled. */
export async function projectCells(
  space: Space,
  values: CsrMatrix,
  pacer = new Pacer(),
): Promise<Cloud> {
  return cloudOf(await scoreExpression(space.pca, values, pacer), space.pca.components);
}
