/** @file Memory of an autoencoder's training step, by a formula of its sizes: what the device hands out is that, and little for whole genomes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { memorySource } from '../../../numerics/csr-source.ts';
import { createRandom } from '../../../numerics/random.ts';
import { createConfig } from '../config.ts';
import { initialAutoencoder } from '../initial-weights.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { learnAutoencoder } from './learners.ts';
import { countParameters } from './testing/parameters.ts';

interface Load {
  readonly genes: number;
  readonly cells: number;
  /** Expressed genes of each cell. */
  readonly expressed: number;
}

/** Pieces of sums over genes, and over cells. */
const PARTS = 8;

function recipeOf(size: 'S' | 'G', { genes, cells, expressed }: Load) {
  return createConfig({
    recipe: 'recommended',
    size,
    genes,
    trainingCells: cells,
    categories: [2],
    mostExpressed: expressed,
    autoencoderSteps: null,
    flowSteps: null,
  });
}

/**
 * Bytes of a step that learns from all genes: weights, gradients and two moments; vectors per gene, of which the pooled table and
 * what is mixed have gradients in pieces; vectors per token of a cell; weights per expressed gene; logits.
 */
function stepBytes(shape: AutoencoderShape, { genes, cells, expressed }: Load): number {
  const { width, gated, tokens, layers } = shape;
  const side = width + 2 * gated;
  const rows = cells * tokens;
  const perGene =
    (8 + 6) * width + 2 * side + cells + (2 + PARTS) * (width + tokens + 2) + 2 * (cells / 16);
  const block = 16 * width + 6 * gated;
  const perRow =
    2 * layers * block + (4 * width + 6 * gated) + 10 * width + side + (1 + PARTS) * (width + side);
  const perToken = tokens + 1 + 10;
  const parameters = countParameters(autoencoderSpecs(shape));
  return 4 * (4 * parameters + genes * perGene + rows * perRow + cells * expressed * perToken);
}

function someCells({ genes, cells, expressed }: Load) {
  const random = createRandom(5);
  const indices = new Uint32Array(cells * expressed);
  for (let c = 0; c < cells; c++) {
    indices.set(random.permutation(genes).subarray(0, expressed).sort(), c * expressed);
  }
  return memorySource({
    rows: cells,
    cols: genes,
    indptr: Uint32Array.from({ length: cells + 1 }, (_, c) => c * expressed),
    indices,
    values: new Float32Array(cells * expressed).fill(2),
  });
}

describe('memory of a step', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu();
  });

  afterAll(() => device.dispose());

  it.each([
    { genes: 3000, cells: 3, expressed: 41 },
    { genes: 131, cells: 32, expressed: 100 },
    { genes: 300, cells: 7, expressed: 280 },
  ])('$genes genes, $cells cells, $expressed expressed', async (load) => {
    const { architecture, autoencoder } = recipeOf('S', load);
    const shape = architecture.autoencoder;
    const before = device.bytesInUse;
    const learner = learnAutoencoder(device, {
      shape,
      recipe: { ...autoencoder, genesPerStep: null },
      initial: initialAutoencoder(shape, createRandom(1), 1, new Float32Array(load.genes)),
      counts: someCells(load),
      rows: load.cells,
    });
    const every = Uint32Array.from({ length: load.cells }, (_, i) => i);
    learner.step(every, 1e-3, { seed: 1, stream: 1, row: 0 });
    await learner.settle();
    const found = device.bytesInUse - before;
    learner.dispose();
    expect(device.bytesInUse).toBe(before);
    expect(found / stepBytes(shape, load)).toBeGreaterThan(0.9);
    expect(found / stepBytes(shape, load)).toBeLessThan(1.1);
  });

  it('is below 1.5 GB for 17,000 genes and 64 cells, whichever of them are expressed', () => {
    for (const expressed of [3000, 17_000]) {
      const load = { genes: 17_000, cells: 64, expressed };
      const bytes = stepBytes(recipeOf('G', load).architecture.autoencoder, load);
      expect(bytes).toBeLessThan(1.5e9);
    }
  });
});
