/** @file What the figures are measured on: PBMC3k's genes in at least 30 cells, or simulated counts of the same size. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBackend } from '../../src/data/h5-node.ts';
import { IoService } from '../../src/data/io-service.ts';
import { csrFromDense, type CsrMatrix } from '../../src/numerics/csr.ts';
import { createRandom } from '../../src/numerics/random.ts';

const PBMC3K = join(import.meta.dirname, '../../../shared/data/pbmc3k/pbmc3k-labelled.h5ad');

/** Counts and where they come from. */
export interface BenchData {
  readonly name: string;
  readonly counts: CsrMatrix;
}

/** PBMC3k if it is there; a few small simulated cells for a short run. */
export async function readBenchData(short = false): Promise<BenchData> {
  if (short) return simulated(300, 1000);
  if (!existsSync(PBMC3K)) return simulated(1024, 8573);
  const io = new IoService(nodeBackend());
  const summary = await io.open({ path: PBMC3K });
  if (summary.chosen === null) return simulated(1024, 8573);
  await io.load(summary.chosen);
  const data = await io.select({
    attributes: ['cell_type'],
    countsMin: null,
    countsMax: null,
    genesMin: null,
    genesMax: null,
    mitoMax: null,
    minCells: 30,
    genes: 'all',
    leftOut: {},
  });
  await io.close();
  return { name: 'PBMC3k, genes in ≥ 30 cells', counts: data.counts };
}

function simulated(cells: number, genes: number): BenchData {
  const random = createRandom(1);
  const dense = Float32Array.from({ length: cells * genes }, () =>
    random.uniform() < 0.1 ? 1 + random.integer(3) : 0,
  );
  return { name: 'simulated counts', counts: csrFromDense(cells, genes, dense) };
}
