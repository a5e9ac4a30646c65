/** @file PCA scores of the real sets that the map's benches use, read and scored by the studio's own code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { IoService } from '../../src/data/io-service.ts';
import { logNormalise } from '../../src/maps/log-counts.ts';
import { fitExpressionPca, scoreExpression } from '../../src/maps/pca.ts';

const folder = join(import.meta.dirname, '../../../shared/data');

/** The sets by their short names; all but `gasperini` and `papalexi` have whole transcriptomes. */
export const REAL_SETS: Readonly<Record<string, string>> = {
  kang: 'kang18/kang-donors-12k.h5ad',
  marques: 'marques-oligodendrocytes.h5ad',
  pancreas: 'pancreas-3.7k.h5ad',
  worm: 'worm-l2-neurons.h5ad',
  papalexi: 'papalexi-eccite.h5ad',
  gasperini: 'gasperini-k562-75k.h5ad',
};

/** Scores of cells on their first 50 principal components. */
export interface RealScores {
  readonly name: string;
  readonly cells: number;
  readonly dims: number;
  /** [cells, dims] */
  readonly scores: Float32Array;
}

/** The scores of a set; null where it is not at hand, with a line that says so. */
export async function readScores(name: string): Promise<RealScores | null> {
  const path = join(folder, REAL_SETS[name] ?? name);
  if (!existsSync(path)) {
    console.log(`left out: ${REAL_SETS[name] ?? name} is not there`);
    return null;
  }
  const io = new IoService(nodeBackend());
  const summary = await io.open({ path });
  if (summary.chosen === null) throw new Error(`There are no counts in ${path}.`);
  await io.load(summary.chosen);
  const values = await logNormalise(await io.counts());
  const pca = await fitExpressionPca(values, { seed: 0 });
  const scores = await scoreExpression(pca, values);
  return { name, cells: values.rows, dims: pca.components, scores };
}

/** The first `count` of the rows in an order drawn by a fixed generator, [count, dims]. */
export function drawRows({ cells, dims, scores }: RealScores, count: number): RealScores {
  const order = Uint32Array.from({ length: cells }, (_, i) => i);
  let state = 12345;
  for (let i = cells - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 4294967296) * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  const kept = Math.min(count, cells);
  const rows = new Float32Array(kept * dims);
  for (let i = 0; i < kept; i++) {
    rows.set(scores.subarray(order[i] * dims, (order[i] + 1) * dims), i * dims);
  }
  return { name: 'drawn', cells: kept, dims, scores: rows };
}
