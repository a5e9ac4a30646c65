/** @file An autoencoder's step over a whole genome keeps to the limits that every WebGPU has; nothing is computed. */
import { expect, it } from 'vitest';
import { openSmallNullGpu } from '../../../engine/gpu/testing/gpus.ts';
import { memorySource } from '../../../numerics/csr-source.ts';
import { createRandom } from '../../../numerics/random.ts';
import { createConfig } from '../config.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { AutoencoderPlan } from './autoencoder-plan.ts';
import { NetworkWeights } from '../../tape/tape.ts';

const GENES = 17_000;
const CELLS = 64;
const EXPRESSED = 3000;

function someCells() {
  const random = createRandom(5);
  const indices = new Uint32Array(CELLS * EXPRESSED);
  for (let c = 0; c < CELLS; c++) {
    indices.set(random.permutation(GENES).subarray(0, EXPRESSED).sort(), c * EXPRESSED);
  }
  return memorySource({
    rows: CELLS,
    cols: GENES,
    indptr: Uint32Array.from({ length: CELLS + 1 }, (_, c) => c * EXPRESSED),
    indices,
    values: new Float32Array(CELLS * EXPRESSED).fill(2),
  });
}

it('passes 8 storage buffers of 128 MiB with 17,000 genes and 64 cells, in less than 0.5 GB', async () => {
  const device = await openSmallNullGpu();
  expect(device.gpu.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
  expect(device.gpu.limits.maxStorageBuffersPerShaderStage).toBe(8);
  const { architecture, autoencoder } = createConfig({
    recipe: 'recommended',
    size: 'G',
    genes: GENES,
    trainingCells: CELLS,
    categories: [2],
    mostExpressed: EXPRESSED,
    autoencoderSteps: null,
    flowSteps: null,
  });
  const shape = architecture.autoencoder;
  const counts = someCells();
  device.gpu.pushErrorScope('validation');
  const weights = new NetworkWeights(device, autoencoderSpecs(shape));
  const recipe = { ...autoencoder, genesPerStep: null };
  const plan = new AutoencoderPlan(device, weights, { shape, rows: CELLS, counts, recipe });
  const every = Uint32Array.from({ length: CELLS }, (_, i) => i);
  plan.step(counts, every, 1e-3, { seed: 1, stream: 1, row: 0 });
  expect((await device.gpu.popErrorScope())?.message ?? null).toBeNull();
  expect(device.bytesInUse).toBeLessThan(0.5e9);
  plan.dispose();
  weights.dispose();
});
