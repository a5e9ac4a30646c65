/** @file Test helper: simulated counts in which two attributes raise different genes. */
import { csrFromDense } from '../../numerics/csr.ts';
import { createRandom } from '../../numerics/random.ts';
import type { TrainingData } from '../../protocol/dataset.ts';

/** Genes that type b has more of; the others of the first half belong to type a. */
export const TYPE_GENES = 8;

/** Fold change between the two types, and between the two states. */
export const FOLD = 8;

/**
 * `cells` cells with `genes` genes (at least 4 · TYPE_GENES): type a raises genes 0–7, type b 8–15; state "on" raises
 * 16–23. Counts are NB with θ = 10, library sizes log-normal around 300 counts.
 */
export function simulateData(cells: number, genes: number, seed: number): TrainingData {
  const random = createRandom(seed);
  const type = Int32Array.from({ length: cells }, () => (random.uniform() < 0.6 ? 0 : 1));
  const state = Int32Array.from({ length: cells }, () => (random.uniform() < 0.5 ? 0 : 1));
  const base = Float64Array.from({ length: genes }, () => Math.exp(0.5 * random.normal()));
  const dense = new Float32Array(cells * genes);
  for (let i = 0; i < cells; i++) {
    const shares = base.map((b, g) => b * (raised(g, type[i], state[i]) ? FOLD : 1));
    const total = shares.reduce((a, b) => a + b, 0);
    const library = Math.exp(Math.log(300) + 0.3 * random.normal());
    shares.forEach((share, g) => {
      dense[i * genes + g] = random.negativeBinomial((share / total) * library, 10);
    });
  }
  return {
    fileName: 'simulated.h5ad',
    counts: csrFromDense(cells, genes, dense),
    geneNames: Array.from({ length: genes }, (_, g) => `gene${g}`),
    geneIndex: Int32Array.from({ length: genes }, (_, g) => 2 * g),
    cellIndex: Int32Array.from({ length: cells }, (_, i) => i),
    attributes: [
      { name: 'type', categories: ['a', 'b'], codes: type },
      { name: 'state', categories: ['off', 'on'], codes: state },
    ],
  };
}

function raised(gene: number, type: number, state: number): boolean {
  const group = Math.floor(gene / TYPE_GENES);
  return group === type || (group === 2 && state === 1);
}
