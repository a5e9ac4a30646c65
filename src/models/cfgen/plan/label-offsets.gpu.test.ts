/** @file Offsets by category over a whole genome keep to the limits that every WebGPU has; nothing is computed. */
import { expect, it } from 'vitest';
import { openSmallNullGpu } from '../../../engine/gpu/testing/gpus.ts';
import { createRandom } from '../../../numerics/random.ts';
import { initialAutoencoder } from '../initial-weights.ts';
import { createPlanBackend } from './plan-backend.ts';

it('decoding cells of 20,000 genes with 256 and 7 categories passes 8 storage buffers of 128 MiB', async () => {
  const [genes, rows, latentDim] = [20_000, 256, 4];
  const device = await openSmallNullGpu();
  expect(device.gpu.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
  expect(device.gpu.limits.maxStorageBuffersPerShaderStage).toBe(8);
  const shape = { genes, hidden: [8], latentDim };
  const tables = [new Float32Array(256 * genes), null, new Float32Array(7 * genes)];
  device.gpu.pushErrorScope('validation');
  const arrays = initialAutoencoder(shape, createRandom(1), 0);
  const decoder = createPlanBackend(device).startAutoencoder(shape, arrays, tables);
  expect(await decoder.shares(new Float32Array(rows * latentDim))).toHaveLength(rows * genes);
  expect((await device.gpu.popErrorScope())?.message ?? null).toBeNull();
  decoder.dispose();
  expect(device.bytesInUse).toBe(0);
});
