/** @file A map made anew from real and synthetic cells together: the check that cannot hide cells which are unlike all real ones. */
import { transposeCsr, type CsrMatrix } from '../../numerics/csr.ts';
import type { JointEvent, JointMap } from '../../protocol/study.ts';
import { logNormalise } from '../log-counts.ts';
import type { Pacer } from '../pacer.ts';
import { fitExpressionPca, scoreExpression } from '../pca.ts';
import { computeUmap, findSelfNeighbours } from '../umap.ts';
import type { StudyCells } from './study-cells.ts';

const NEIGHBOURS = 15;
const FRAME_MS = 150;

/** Counts of both kinds over the shared genes, real cells first. */
export function stackKinds(study: StudyCells): CsrMatrix {
  const kinds = [study.real, study.synthetic].filter((kind) => kind !== null);
  const cells = kinds.reduce((sum, kind) => sum + kind.cells, 0);
  const genes = study.sharedGenes;
  const stored = (row: number, { byGene }: (typeof kinds)[number]): number =>
    row < 0 ? 0 : byGene.indptr[row + 1] - byGene.indptr[row];
  const indptr = new Uint32Array(genes.length + 1);
  genes.forEach((gene, g) => {
    indptr[g + 1] =
      indptr[g] + kinds.reduce((sum, kind) => sum + stored(kind.rowOf[gene], kind), 0);
  });
  const indices = new Uint32Array(indptr[genes.length]);
  const values = new Float32Array(indptr[genes.length]);
  genes.forEach((gene, g) => {
    let at = indptr[g];
    let before = 0;
    for (const kind of kinds) {
      const row = kind.rowOf[gene];
      const { byGene } = kind;
      for (let e = row < 0 ? 0 : byGene.indptr[row]; row >= 0 && e < byGene.indptr[row + 1]; e++) {
        indices[at] = byGene.indices[e] + before;
        values[at++] = byGene.values[e];
      }
      before += kind.cells;
    }
  });
  return transposeCsr({ rows: genes.length, cols: cells, indptr, indices, values });
}

/** PCA and UMAP of both kinds together, and how well they mix among nearest neighbours. Error: cancelled. */
export async function mapTogether(
  study: StudyCells,
  seed: number,
  pacer: Pacer,
  onEvent: (event: JointEvent) => void,
): Promise<JointMap> {
  const started = performance.now();
  const real = study.real.cells;
  const synthetic = study.synthetic?.cells ?? 0;
  const cells = real + synthetic;
  const logs = await logNormalise(stackKinds(study), pacer);
  const pca = await fitExpressionPca(logs, { seed, pacer });
  const scores = await scoreExpression(pca, logs, pacer);
  const k = Math.min(cells, NEIGHBOURS + 1);
  const neighbours = await findSelfNeighbours(scores, cells, pca.components, k, pacer);
  let last = -Infinity;
  const split = (xy: Float32Array) => ({
    real: xy.slice(0, 2 * real),
    synthetic: xy.slice(2 * real),
  });
  const positions = await computeUmap(scores, cells, pca.components, {
    seed,
    pacer,
    onEpoch: (xy, epoch, of) => {
      if (performance.now() - last < FRAME_MS) return;
      last = performance.now();
      onEvent({ ...split(xy), share: epoch / of });
    },
  });
  const near = (from: number, to: number): number => {
    let found = 0;
    let all = 0;
    for (let i = from; i < to; i++)
      for (let at = i * k + 1; at < (i + 1) * k; at++) {
        if (neighbours.indices[at] < 0) continue;
        all++;
        if (neighbours.indices[at] < real) found++;
      }
    return all > 0 ? found / all : 0;
  };
  return {
    ...split(positions),
    realNearSynthetic: near(real, cells),
    realNearReal: near(0, real),
    expected: cells > 1 ? real / (cells - 1) : 0,
    seconds: (performance.now() - started) / 1000,
  };
}
